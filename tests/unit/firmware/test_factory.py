"""A device is chosen by name and fails loudly."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading

import pytest

from firmware.hal.errors import HardwareError, UnknownDriver
from firmware.hal.events import CameraLost, HalEvent
from firmware.hal.factory import make_reader, make_scanner
from firmware.hal.settings import ReaderSettings, ScannerSettings
from tests.patience import PATIENCE_S


def _unsigned(_text: str) -> bool:
    return False


def test_an_unknown_reader_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(UnknownDriver, match=r"pn533.*none, pn532-serial"):
        make_reader(ReaderSettings(driver="pn533", path="/dev/null"))


def test_an_unknown_scanner_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(UnknownDriver, match=r"OpenCV.*none, opencv"):
        make_scanner(ScannerSettings(driver="OpenCV", source="0"), is_signed=_unsigned)


def test_an_unknown_driver_is_a_hardware_error() -> None:
    with pytest.raises(HardwareError):
        make_reader(ReaderSettings(driver="", path=""))


def test_the_reader_of_the_settings_is_made_and_not_started() -> None:
    before = set(threading.enumerate())
    reader = make_reader(ReaderSettings(driver="pn532-serial", path="/nowhere"))
    assert set(threading.enumerate()) <= before
    reader.stop()


@pytest.mark.parametrize("source", ["0", "17", "http://127.0.0.1:9/none", "²"])
def test_the_scanner_of_the_settings_is_made_and_not_started(source: str) -> None:
    before = set(threading.enumerate())
    scanner = make_scanner(ScannerSettings(driver="opencv", source=source), is_signed=_unsigned)
    assert set(threading.enumerate()) <= before
    scanner.stop()


def test_a_source_of_digits_is_a_device_index() -> None:
    events: queue.Queue[HalEvent] = queue.Queue()
    scanner = make_scanner(ScannerSettings(driver="opencv", source="63"), is_signed=_unsigned)
    scanner.start(events.put)
    scanner.wake()

    lost = events.get(timeout=PATIENCE_S)
    scanner.stop()

    assert isinstance(lost, CameraLost)
    assert "camera 63 " in lost.reason


def test_devices_that_a_terminal_does_not_have_stay_silent() -> None:
    events: queue.Queue[HalEvent] = queue.Queue()
    reader = make_reader(ReaderSettings(driver="none", path=""))
    scanner = make_scanner(ScannerSettings(driver="none", source=""), is_signed=_unsigned)

    reader.start(events.put)
    scanner.start(events.put)
    scanner.wake()
    scanner.sleep()
    for device in (reader, scanner, reader, scanner):
        device.stop()

    assert events.empty()


def test_the_factory_imports_no_driver_that_was_not_chosen() -> None:
    program = (
        "import sys, firmware.hal.factory; sys.exit(any(name in sys.modules for name in ('cv2', 'nfc', 'pyzbar')))"
    )

    assert subprocess.run([sys.executable, "-c", program], timeout=PATIENCE_S, check=False).returncode == 0
