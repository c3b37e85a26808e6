"""The rules, and nothing else: points, lots, rights, coupon codes, journal entries, wire messages.

No I/O, no clock, no randomness and no framework in here: time and ids come in as arguments, so
that terminal, central system and simulator call the same functions and get the same answers.
"""
