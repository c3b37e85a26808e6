"""Receipts that were sold with discounts, points and vouchers, and what was taken back of them."""
