"""What is shown: a screen for each state of the terminal, as a pure function of what it knows."""

from kiosk_ui.screens.build import PHASE_MS, Screen, build

__all__ = ["PHASE_MS", "Screen", "build"]
