"""The screen's words in other languages, and the check that none is missing."""
