"""A camera that is not there: coupons are held to it, and it serves what it sees as an MJPEG stream."""

from __future__ import annotations

from hw_sim.camera.errors import UnusableImage, VirtualCameraError
from hw_sim.camera.virtual_camera import VirtualCamera

__all__ = ["UnusableImage", "VirtualCamera", "VirtualCameraError"]
