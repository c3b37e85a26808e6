"""nfcpy alone with a card that lies there: sense, activate, read NDEF, again and again.

    python -m hw_sim.benchmarks.bare_exchange PATH BAUDRATE TIMES

Prints the times from the card's selection to its NDEF message, in milliseconds, as a JSON list. It runs in
a process of its own, as the terminal does, so that the emulator's work counts alike in both.
"""

from __future__ import annotations

import json
import sys
import time

import nfc
import nfc.clf
import nfc.clf.pn532
import nfc.clf.transport
import nfc.tag


def main() -> int:
    """Run the command line."""
    path, baudrate, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    line = nfc.clf.transport.TTY(path)
    chipset = nfc.clf.pn532.Chipset(line, logger=nfc.clf.pn532.log)
    line.open(path, 115_200)
    line.write(bytes(16))
    chipset.sam_configuration("normal")
    chipset.set_serial_baudrate(baudrate)
    line.open(path, baudrate)
    device = nfc.clf.pn532.Device(chipset, logger=nfc.clf.pn532.log)
    frontend = nfc.ContactlessFrontend()
    frontend.device = device
    sys.stdout.write(json.dumps([_once(frontend) for _ in range(times)]))
    frontend.close()
    return 0


def _once(frontend: nfc.ContactlessFrontend) -> float:
    frontend.device.mute()
    begun = time.perf_counter()
    target = frontend.sense(nfc.clf.RemoteTarget("106A"), iterations=1)
    tag = nfc.tag.activate(frontend, target)
    if tag is None or tag.ndef is None or not tag.ndef.octets:
        raise RuntimeError("the card did not answer")
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
