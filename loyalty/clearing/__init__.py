"""Clearing: what companies owe each other for network points, exact to the cent, by VAT rate and month (P5, X8)."""
