"""Customers and opening balances of an older system: read from a file, tried, booked, and taken back."""
