"""Reversal of a receipt, whole or by line: what comes back, to whom, and what is taken back.

`record.sold_receipt` keeps what is needed of a sale, `reverse.reverse` says what a reversal does, and
`taking_back.take_back` where points are taken that may have been spent already.
"""
