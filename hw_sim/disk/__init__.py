"""A disk that loses what was not synced: a file system in memory, below SQLite (ADR 0019)."""
