"""The hardware of a terminal: ports (what a device must do), their factory, and the drivers."""
