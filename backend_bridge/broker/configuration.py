"""mosquitto's configuration and access list, made from the protocol's own list of topics.

Decides who may publish and read what, and how much: TLS with a client certificate and nothing else,
the certificate's name as user name and as client id, limits for sizes and queues, and what survives
a restart. Checked against mosquitto 2.0.11 (Debian 12). Whoever runs another broker keeps to the same rules.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from backend_bridge.link.settings import CENTRAL
from backend_bridge.pki.files import PRIVATE_FILE, write_whole
from loyalty.wire.codec import MAX_BYTES
from loyalty.wire.topics import DOWN, ROOT, UP

#: Topic, properties and header beside the largest payload.
PACKET_OVERHEAD = 1024


@dataclass(frozen=True)
class BrokerSettings:
    """Everything that differs from one installation to the next.

    `save_after_changes` is how many changed messages and subscriptions a power cut may undo. Each save
    writes the whole database anew, so 1 is for tests; what moves value does not rely on it, because
    terminals send until the central system has acknowledged, and it grants until that is journaled.
    """

    directory: Path
    port: int
    ca_file: Path
    crl_file: Path
    certificate_file: Path
    key_file: Path
    bind: str = "127.0.0.1"
    save_after_changes: int = 100


def write(settings: BrokerSettings) -> Path:
    """Write `mosquitto.conf` and `access.acl` into the directory; the path of the former."""
    write_whole(settings.directory / "access.acl", access_list().encode(), mode=PRIVATE_FILE)
    path = settings.directory / "mosquitto.conf"
    write_whole(path, configuration(settings, as_root=os.geteuid() == 0).encode(), mode=PRIVATE_FILE)
    return path


def access_list() -> str:
    """Who may write and read which topic. What is not listed is refused.

    `%u` is the certificate's name: a pattern line gives each terminal its own topics and no others.
    """
    lines = ["# Made by backend_bridge/broker/configuration.py: change it there.", f"user {CENTRAL}"]
    lines += [f"topic read {ROOT}/+/{scope}" for scope in ("up/#", "state", "reported")]
    lines += [f"topic write {ROOT}/+/{scope}" for scope in ("down/#", "desired")]
    lines += ["", "# Each terminal, by the name in its certificate"]
    lines += [f"pattern write {ROOT}/%u/{channel}" for channel in UP]
    lines += [f"pattern read {ROOT}/%u/{channel}" for channel in DOWN]
    return "\n".join(lines) + "\n"


def configuration(settings: BrokerSettings, *, as_root: bool) -> str:
    """The text of `mosquitto.conf`."""
    directory = settings.directory
    lines = [
        "# Made by backend_bridge/broker/configuration.py: change it there.",
        "",
        "# One rule for everyone: with per-listener settings, a listener that is added later would",
        "# begin without an access list.",
        "per_listener_settings false",
        "allow_anonymous false",
        f"acl_file {directory}/access.acl",
        "allow_zero_length_clientid false",
        "",
        "# Sizes and queues, so that one peer cannot fill memory or disk",
        f"message_size_limit {MAX_BYTES}",
        f"max_packet_size {MAX_BYTES + PACKET_OVERHEAD}",
        "max_inflight_messages 100",
        "max_queued_messages 10000",
        "max_queued_bytes 67108864",
        "persistent_client_expiration 14d",
        "",
        "persistence true",
        f"persistence_location {directory}/",
        "autosave_on_changes true",
        f"autosave_interval {settings.save_after_changes}",
        "",
        "sys_interval 0",
        "set_tcp_nodelay true",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "log_timestamp_format %Y-%m-%dT%H:%M:%S",
        "",
        f"listener {settings.port} {settings.bind}",
        f"cafile {settings.ca_file}",
        f"crlfile {settings.crl_file}",
        f"certfile {settings.certificate_file}",
        f"keyfile {settings.key_file}",
        "# The oldest version that is accepted",
        "tls_version tlsv1.2",
        "require_certificate true",
        "use_identity_as_username true",
        "# Whatever client id a client sends, it gets its certificate's name: nobody takes another's session.",
        "use_username_as_clientid true",
    ]
    if as_root:
        # Started by root (a container), mosquitto would become the user "mosquitto", who can read
        # neither a key of mode 0600 nor a directory of mode 0700. A service unit starts it as its own user.
        lines += ["", "user root"]
    return "\n".join(lines) + "\n"
