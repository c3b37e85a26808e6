"""Where the broker is, and who we are there."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from backend_bridge.link.errors import LinkSettingsError
from loyalty.errors import WireError
from loyalty.wire.topics import check_terminal_id

#: The certificate name of the central system. No terminal may have it.
CENTRAL = "central"


@dataclass(frozen=True)
class LinkSettings:
    """One party's way to the broker. `name` is the name in its certificate: a terminal's id, or `central`.

    `rules_url` is where rules bundles are fetched, such as `https://central.example:8884`; a terminal
    with none goes on with the rules in its cache.
    """

    host: str
    port: int
    name: str
    ca_file: Path
    certificate_file: Path
    key_file: Path
    keepalive_s: int = 15
    rules_url: str = ""

    def __post_init__(self) -> None:
        try:
            check_terminal_id(self.name)
        except WireError as error:
            raise LinkSettingsError(str(error)) from error
        if self.rules_url and not self.rules_url.startswith("https://"):
            raise LinkSettingsError(f"rules are fetched over https only, not from {self.rules_url!r}")


def client_context(settings: LinkSettings) -> ssl.SSLContext:
    """TLS 1.2 or newer, with our certificate, trusting our own authority and no other.

    Made anew for each connection, so that a renewed certificate is used without a restart.
    Raises `LinkSettingsError`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(settings.ca_file)
        context.load_cert_chain(settings.certificate_file, settings.key_file)
    except OSError as error:  # ssl.SSLError is one
        raise LinkSettingsError(f"certificate or key of {settings.name} cannot be used: {error}") from error
    return context
