"""Every error that the hardware layer raises."""


class HardwareError(Exception):
    """A device did not do what was asked of it; the message names the device and what to do."""


class DeviceUnavailable(HardwareError, ConnectionError):
    """The device is not there, or stopped answering."""


class UnknownDriver(HardwareError, LookupError):
    """The configuration names a driver that does not exist; nothing else is tried in its place."""
