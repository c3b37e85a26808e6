"""What is done when disks, terminals and the central system itself are lost: rights freed, written off, replayed."""
