"""Receipts: what was bought, where and by whom; and how cash is rounded."""
