"""The terminal's append-only signed journal, its outbox, and the rights that it holds."""
