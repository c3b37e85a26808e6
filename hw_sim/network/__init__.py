"""The network between a terminal and its peers, with a cable that can be pulled."""

from __future__ import annotations

from hw_sim.network.cable import Cable

__all__ = ["Cable"]
