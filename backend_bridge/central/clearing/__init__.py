"""What companies owe each other for network points, month by month."""
