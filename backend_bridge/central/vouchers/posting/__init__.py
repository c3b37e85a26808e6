"""What acts do to vouchers: each function applies one fact inside a posting, and can be part of a larger act.

The fact was judged before. It is held against the voucher's life once more, with the voucher and what is
on it locked: what does not fit raises, and nothing of the act is written.
"""
