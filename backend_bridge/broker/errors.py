"""What can go wrong with the broker."""


class BrokerError(Exception):
    """The broker cannot be used."""


class BrokerMissing(BrokerError, FileNotFoundError):
    """The broker's program is not installed."""


class BrokerDidNotStart(BrokerError, RuntimeError):
    """The broker's program was started and does not accept connections; the message has its last words."""
