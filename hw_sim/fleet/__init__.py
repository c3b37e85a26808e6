"""The simulated fleet: production terminals and the production central system in one repeatable world (ADR 0019)."""
