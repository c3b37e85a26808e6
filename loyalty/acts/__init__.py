"""Acts: what moved value, as a fact (which lots, which amounts). Frozen structs; each has a tag of its own.

What a terminal does by itself is a journal entry (`loyalty.entries`); acts are what the central system does.
"""
