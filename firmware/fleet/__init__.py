"""The fleet agent's part of a terminal: its identity, and (later) configuration, commands, updates."""
