"""Breaks the real system while customers use it: servers killed, cables pulled, power cut, disks filled."""
