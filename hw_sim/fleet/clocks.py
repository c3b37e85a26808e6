"""A terminal's clocks as they are in the shop: the wall clock may be wrong, the monotonic one starts anew at a boot."""

from __future__ import annotations

from hw_sim.fleet.fuse import Fuse
from hw_sim.fleet.ground import Ground


class ShopClock:
    """`firmware.hal.ports.Clock` on simulated time. Reading it is a moment at which the power may go."""

    def __init__(self, ground: Ground, fuse: Fuse) -> None:
        self._ground = ground
        self._fuse = fuse
        self._wrong_ms = 0
        #: Parts per million that the crystal is off.
        self._drift_ppm = ground.between(-80, 80)
        self._set_ms = ground.now_ms
        self.reboot()

    def reboot(self) -> None:
        """A new boot: another name, and monotonic time from anywhere."""
        self._boot = self._ground.fresh_id()
        self._booted_ms = self._ground.now_ms
        self._first_ms = self._ground.between(1_000, 60_000)

    def jump(self, by_ms: int) -> None:
        """Somebody, or a bad time server, sets the wall clock."""
        self._wrong_ms += by_ms

    def set_right(self) -> None:
        """The wall clock shows true time."""
        self._wrong_ms, self._set_ms = 0, self._ground.now_ms

    @property
    def error_ms(self) -> int:
        """By how much the wall clock is wrong."""
        return self._wrong_ms + (self._ground.now_ms - self._set_ms) * self._drift_ppm // 1_000_000

    @property
    def is_right(self) -> bool:
        """Whether nobody has set the wall clock wrong."""
        return self._wrong_ms == 0

    def wall_ms(self) -> int:
        """See the port."""
        self._fuse.burn()
        return self._ground.now_ms + self.error_ms

    def monotonic_ms(self) -> int:
        """See the port."""
        self._fuse.burn()
        passed = self._ground.now_ms - self._booted_ms
        return self._first_ms + passed + passed * self._drift_ppm // 1_000_000

    def boot_id(self) -> str:
        """See the port."""
        return self._boot
