"""The terminal's state machine: events in, effects out. No I/O, no clock, no store, no driver."""
