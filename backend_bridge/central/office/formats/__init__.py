"""How the office writes dates: unmistakable in every country."""
