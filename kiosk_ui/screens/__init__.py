"""What is shown: a screen for each state of the terminal, as a pure function of what it knows."""

from kiosk_ui.screens.build import MOVING, PHASE_MS, Screen, build

__all__ = ["MOVING", "PHASE_MS", "Screen", "build"]
