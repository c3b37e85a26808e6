"""Drivers for real devices. Only the factory imports them; everything else knows the ports."""
