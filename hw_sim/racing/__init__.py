"""Many requests at once for the same few things, from real threads in real processes: who gets how much."""
