"""Campaigns as the office keeps them, what is left of their limits, and the rules that terminals get of them."""
