"""One-line bugs of the production code, each of which the simulated fleet must catch (ADR 0019)."""
