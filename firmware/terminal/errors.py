"""What the state machine raises."""


class TerminalError(Exception):
    """The state machine was used wrongly."""


class IllegalEvent(TerminalError, LookupError):
    """An event that cannot happen in this state; nothing was changed."""
