"""Measurements against the budgets, as ratios in one run. Never part of a test: a figure is no rule."""
