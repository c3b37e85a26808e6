"""What stands and lies on the workbench: the devices, what lies ready, and what hands did to them.

Data only; what happens is decided in `bench`.
"""

from __future__ import annotations

from dataclasses import dataclass

from hw_sim.workbench.catalogue import Catalogue
from hw_sim.workbench.devices import Camera, Network, Power, Reader, Screen, Servers


@dataclass(frozen=True)
class Office:
    """Where the demo's office is and how one gets in. The password is made for this demo and protects nothing."""

    url: str
    user: str
    password: str
    password_file: str


@dataclass(frozen=True)
class Devices:
    """Everything that hands can reach."""

    reader: Reader
    camera: Camera
    network: Network
    screen: Screen
    power: Power
    servers: Servers


@dataclass(frozen=True)
class Table:
    """What lies ready and who is at the office; another one after each reset."""

    catalogue: Catalogue
    office: Office


@dataclass
class Marks:
    """What hands did and devices do not tell; as on the first day until then."""

    cable: str = "plugged"
    reader_plugged: bool = True
    camera_plugged: bool = True
    disk_full: bool = False
    card: str | None = None
    shown: str | None = None
