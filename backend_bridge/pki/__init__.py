"""A small certificate authority for demos and tests, and the basis for a real one."""
