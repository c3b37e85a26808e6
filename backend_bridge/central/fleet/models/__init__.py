"""Terminals and what passes between them and the central system."""

from __future__ import annotations

from backend_bridge.central.fleet.models.endings import BorneSpend, JournalClosing, ReleasedRight, WriteOff
from backend_bridge.central.fleet.models.generations import Generation, TerminalReplay
from backend_bridge.central.fleet.models.journals import EpochHead, ForkedEntry, JournalEntry
from backend_bridge.central.fleet.models.rights import Grant, RightsAsk
from backend_bridge.central.fleet.models.terminals import Incident, PublishedRules, Terminal
from backend_bridge.central.fleet.models.visits import TerminalVisit

__all__ = [
    "BorneSpend",
    "EpochHead",
    "ForkedEntry",
    "Generation",
    "Grant",
    "Incident",
    "JournalClosing",
    "JournalEntry",
    "PublishedRules",
    "ReleasedRight",
    "RightsAsk",
    "Terminal",
    "TerminalReplay",
    "TerminalVisit",
    "WriteOff",
]
