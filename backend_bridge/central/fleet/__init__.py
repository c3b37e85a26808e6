"""Terminals, what they sent (journal, heads, forks), what they were given (grants), and incidents."""
