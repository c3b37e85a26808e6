"""A terminal's configuration: one JSON file, read once at start. A mistake in it names its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from firmware.hal.settings import AnchorSettings, ReaderSettings, ScannerSettings


class ConfigurationError(Exception):
    """The configuration cannot be used; the message names the file, the place and what is wrong."""


class LinkConfiguration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the broker and the rules are, and this terminal's certificate."""

    host: str
    port: int
    ca_file: Path
    certificate_file: Path
    key_file: Path
    rules_url: str = ""


class ScreenConfiguration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The window. `mirror` is the path of a Unix socket for remote help and assistive tools, or None."""

    width: int = 1024
    height: int = 600
    fullscreen: bool = False
    motion: bool = True
    mirror: Path | None = None
    language: str = "en"


class TerminalConfiguration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that one terminal is told. `data` is its own directory: journal, key, rules. `machine` is the name of
    the hardware, by which a copied disk is noticed; None: what the hardware says of itself. `rtc`: it has a clock
    that runs without power and is set right, so that points can be spent after a start without a network."""

    terminal: str
    data: Path
    central_public_file: Path
    card_key_file: Path
    link: LinkConfiguration
    reader: ReaderSettings
    scanner: ScannerSettings
    screen: ScreenConfiguration = ScreenConfiguration()
    anchor: AnchorSettings = AnchorSettings()
    machine: str | None = None
    rtc: bool = False


def load(path: Path) -> TerminalConfiguration:
    """The configuration in `path`; raises `ConfigurationError`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=TerminalConfiguration, dec_hook=_path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"{path} is no terminal configuration: {error}") from error


def _path(kind: type[Any], value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"{kind.__name__} cannot be read from {value!r}")


def read_secret(path: Path) -> bytes:
    """The bytes that a key file holds as hexadecimal text; raises `ConfigurationError`."""
    try:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} does not hold a key as hexadecimal text") from error
