"""Simulated devices and their workbench. Production code never imports this package."""
