"""Campaigns: what a company gives by itself, and how often."""
