"""What runs on a terminal, below the screen."""
