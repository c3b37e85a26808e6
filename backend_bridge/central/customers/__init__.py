"""Customers of the programme, their cards, and which company knows whom."""
