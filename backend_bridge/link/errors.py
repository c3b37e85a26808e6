"""What can go wrong with the link, beyond a network that is missing (which is no error)."""


class LinkError(Exception):
    """The link cannot do what was asked."""


class LinkMisused(LinkError, RuntimeError):
    """Our own program asked for something impossible, such as starting twice."""


class LinkSettingsError(LinkError, ValueError):
    """A setting of the link, or a file that it names, cannot be used."""


class FetchFailed(LinkError, OSError):
    """A rules bundle could not be fetched this time."""
