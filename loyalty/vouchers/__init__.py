"""Vouchers and coupons: as they are presented at a receipt, and their life from the draft to the end."""
