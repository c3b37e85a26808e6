"""Every error that the screen raises. One root, so that a caller can catch them all."""


class KioskError(Exception):
    """The screen cannot do what was asked."""


class FontMissing(KioskError, FileNotFoundError):
    """A typeface that the screen needs is not installed."""


class WindowClosed(KioskError, EOFError):
    """Whoever sits before the window closed it."""


class MirrorError(KioskError, OSError):
    """The mirror cannot be opened, does not answer, or answered with an error."""
