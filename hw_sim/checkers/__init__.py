"""One checker per invariant. Each reads what is on the disks, and names what it finds wrong.

Checkers share no code with what they check beyond the wire format: the ledger is summed here again,
from its rows.
"""
