"""Kills a terminal at random moments while customers redeem and register, and checks what is left."""
