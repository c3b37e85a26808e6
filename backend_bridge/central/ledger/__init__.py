"""The books: accounts, lots, transfers and the running balances that are checked against them."""
