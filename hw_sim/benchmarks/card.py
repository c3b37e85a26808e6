"""Card detected in the field → balance on the screen, against the bare exchange with the same card.

The terminal is the real program with broker and central system behind it; the emulated reader is in this
process, as is the clock. Detected is when the card was selected by anticollision; shown is when the
window has updated its pixels, as the terminal's debug log says. The bare exchange is what nfcpy alone
needs for the same card on the same emulator: sensed, activated, NDEF read.
"""

from __future__ import annotations

import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hw_sim.benchmarks.figures import Figure, ratio
from hw_sim.pn532.cards import Ntag213
from hw_sim.pn532.pty_port import Pacing
from hw_sim.pn532.reader import VirtualReader

TAPS = 60
BAUDRATE = 921_600
#: An NDEF message as customer cards carry it: a URI record of 29 bytes.
NDEF = bytes.fromhex("d1011955046578616d706c652e6f72672f636172642f30303030303030")
_SHOWN = re.compile(r"^(\d+\.\d+) DEBUG kiosk_ui\.loop: shown: (\w+)$")
#: Longer than a visit stays after a tap, which a very busy machine may take a laid-on card for.
WAIT_S = 40.0


class TimedCard(Ntag213):
    """A card that notes when it was selected for the first time since it was laid on."""

    selected_at = 0.0

    def select(self) -> None:
        """Anticollision chose this card."""
        if not self.selected_at:
            self.selected_at = time.time()
        super().select()


def measure(*, addresses: dict[str, str], data: Path, directory: Path) -> list[str]:
    """The lines of the report, unpaced and paced; `data` is a running demo's, `directory` is scratch."""
    _power(addresses["workbench"], on=False)
    uid = bytes.fromhex(json.loads((data / "central" / "demo.json").read_text())["cards"]["anna"]["uid"])
    lines = []
    for name, pacing in (("unpaced", Pacing()), ("paced 921600 baud, 5 ms", Pacing(baudrate=BAUDRATE, radio_ms=5.0))):
        place = directory / name.split(maxsplit=1)[0]
        place.mkdir()
        reader = VirtualReader(place, pacing)
        try:
            bare = _bare(reader, uid)
            detected, shown = _terminal(reader, uid, data=data, place=place)
        finally:
            reader.close()
        figures = (
            Figure(name=f"card, {name}: laid on -> detected", times_ms=detected, note="budget 60 ms"),
            Figure(name=f"card, {name}: bare nfcpy exchange", times_ms=bare),
            Figure(name=f"card, {name}: detected -> balance pixels", times_ms=shown, note="budget p99 150 ms"),
        )
        lines += [figure.line() for figure in figures]
        share = figures[2].percentile(0.5) / figures[1].percentile(0.5)
        # Without a line and a radio, the bare exchange is next to nothing: the budget is for the paced one.
        budget = "<= 1.25" if pacing.radio_ms else "none: not a real line"
        lines.append(ratio(f"card, {name}: balance against bare exchange (p50)", value=share, budget=budget))
    return lines


def _terminal(
    reader: VirtualReader, uid: bytes, *, data: Path, place: Path
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Times of `TAPS` laying-ons: until detected, and from there until the balance is shown."""
    detected, shown = [], []
    with _running_terminal(reader, data=data, place=place) as screens:
        _await(screens, "idle")
        for _ in range(TAPS):
            card = TimedCard(uid, NDEF)
            laid_at = time.time()
            reader.lay(card)
            shown_at = _await(screens, "balance")
            detected.append((card.selected_at - laid_at) * 1000)
            shown.append((shown_at - card.selected_at) * 1000)
            # Longer than a tap, so that taking it off ends the visit at once.
            threading.Event().wait(2.1)
            reader.take()
            _await(screens, "idle")
    return tuple(detected), tuple(shown)


@contextmanager
def _running_terminal(
    reader: VirtualReader, *, data: Path, place: Path
) -> Iterator[queue.SimpleQueue[tuple[float, str]]]:
    """The demo's terminal on this reader; a queue of (when, which screen)."""
    configuration = json.loads((data / "terminal.json").read_text())
    configuration["reader"] = {"driver": "pn532-serial", "path": reader.path, "baudrate": BAUDRATE}
    configuration["scanner"] = {"driver": "none", "source": ""}
    configuration["screen"]["mirror"] = None
    file = place / "terminal.json"
    file.write_text(json.dumps(configuration))
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "kiosk_ui", "--log-level", "DEBUG", "run", "--config", str(file)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "SDL_VIDEODRIVER": "dummy"},
    )
    screens: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
    threading.Thread(target=_read_log, args=(process, screens), daemon=True).start()
    try:
        yield screens
    finally:
        process.terminate()
        process.wait(10)


def _read_log(process: subprocess.Popen[str], screens: queue.SimpleQueue[tuple[float, str]]) -> None:
    if process.stderr is None:
        return
    for line in process.stderr:
        if found := _SHOWN.match(line.rstrip()):
            screens.put((float(found[1]), found[2]))


def _await(screens: queue.SimpleQueue[tuple[float, str]], wanted: str) -> float:
    while True:
        at, screen = screens.get(timeout=WAIT_S)
        if screen == wanted:
            return at


def _bare(reader: VirtualReader, uid: bytes) -> tuple[float, ...]:
    """Times of nfcpy alone, in a process of its own, in milliseconds."""
    reader.lay(Ntag213(uid, NDEF))
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "hw_sim.benchmarks.bare_exchange", reader.path, str(BAUDRATE), str(TAPS)],
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    finally:
        reader.take()
    return tuple(json.loads(done.stdout))


def _power(workbench: str, *, on: bool) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own address
        workbench.rstrip("/") + "/api/power", data=json.dumps({"on": on}).encode(), method="POST"
    )
    request.add_header("Content-Type", "application/json")
    with suppress(TimeoutError), urllib.request.urlopen(request, timeout=60):  # noqa: S310
        pass
