"""Vouchers and coupons as they are presented at a receipt."""
