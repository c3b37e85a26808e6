"""The messages between a terminal and the central system, their codec and their topics."""
