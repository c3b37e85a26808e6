"""Point coupons: what is issued, where its home is, and how it ended."""
