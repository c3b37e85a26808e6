"""Telling a company's other systems what happened: signed, in order, again until it arrives.

The causes of the ledger are the outbox: one is written in the transaction in which value moves, whoever
moves it. `outbox` makes events of them, `delivering` sends events, `sending` speaks HTTP.
"""
