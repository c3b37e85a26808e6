"""Every error that the virtual camera raises."""

from __future__ import annotations


class VirtualCameraError(Exception):
    """The virtual camera cannot do what was asked of it."""


class UnusableImage(VirtualCameraError, ValueError):
    """What should be held to the camera is not a PNG or JPEG picture of a sensible size."""
