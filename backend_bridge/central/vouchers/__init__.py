"""Vouchers and coupons: their table, their history, and the acts that change them.

Other packages call `vouchers.services`; acts that contain the use of a voucher call `vouchers.posting`.
"""
