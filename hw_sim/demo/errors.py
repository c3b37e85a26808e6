"""What can go wrong with the demo. Every message says what to do."""

from __future__ import annotations


class DemoError(Exception):
    """The demo cannot go on."""


class DirectoryInUse(DemoError, BlockingIOError):
    """Another demo works in this data directory."""


class NotADemoDirectory(DemoError, FileExistsError):
    """The directory holds something else, and the demo will not touch it."""


class ProgramFailed(DemoError, RuntimeError):
    """One of the demo's programs ended, or did not get ready; the message has its last words."""


class PortTaken(DemoError, OSError):
    """The workbench cannot listen on the port that was asked for."""


class StopRequested(Exception):
    """Somebody asked the demo to end."""
