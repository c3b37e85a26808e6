"""A mistake in the terminal's configuration is named with its place, and nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kiosk_ui.configuration import ConfigurationError, load, read_secret

GOOD: dict[str, Any] = {
    "terminal": "utrecht-1",
    "data": "/var/lib/tapbon",
    "central_public_file": "central.pub",
    "card_key_file": "cards.key",
    "link": {"host": "h", "port": 8883, "ca_file": "ca", "certificate_file": "c", "key_file": "k"},
    "reader": {"driver": "pn532-serial", "path": "/dev/reader"},
    "scanner": {"driver": "opencv", "source": "0"},
}


def written(directory: Path, configuration: object) -> Path:
    path = directory / "terminal.json"
    path.write_text(json.dumps(configuration), encoding="utf-8")
    return path


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, GOOD))
    assert (loaded.screen.width, loaded.screen.height, loaded.screen.mirror) == (1024, 600, None)
    assert loaded.reader.baudrate == 115200


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"link": {**GOOD["link"], "port": "8883"}}, "$.link.port"),
        ({"reader": {**GOOD["reader"], "bautrate": 9600}}, "bautrate"),
        ({"screen": {"fullscren": True}}, "fullscren"),
        ({"terminal": None}, "$.terminal"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        load(written(tmp_path, {**GOOD, **change}))
    assert named in str(error.value)
    assert "terminal.json" in str(error.value)


def test_a_missing_or_garbled_file_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path / "nowhere.json")
    garbled = tmp_path / "garbled.json"
    garbled.write_bytes(b"\xff\x00{")
    with pytest.raises(ConfigurationError, match=r"garbled\.json"):
        load(garbled)


def test_a_key_file_that_holds_no_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cards.key"
    path.write_text("not a key", encoding="ascii")
    with pytest.raises(ConfigurationError, match=r"cards\.key"):
        read_secret(path)
