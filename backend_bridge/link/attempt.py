"""One connection to the broker, from its beginning to its end, with its own paho client.

Decides what is said to the broker: MQTT 5 over TLS with a client certificate, QoS 1, no clean start,
so that the session and what waits in it outlive a short absence, and that a connection counts as up
once the broker has confirmed all subscriptions. Acknowledgements are always given by hand.
"""

from __future__ import annotations

import contextlib
import logging
import time
from typing import Protocol

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from backend_bridge.link.settings import LinkSettings, client_context
from backend_bridge.link.terms import Received, Terms
from loyalty.wire.codec import MAX_BYTES

_log = logging.getLogger(__name__)

#: A network that swallows packets must not hold an attempt up for longer.
CONNECT_TIMEOUT_S = 5.0
#: From the TLS connection to the last confirmed subscription.
SUBSCRIBE_TIMEOUT_S = 10.0
LOOP_S = 1.0
PACKET_OVERHEAD = 1024


class Owner(Protocol):
    """Who is told what this attempt comes to."""

    @property
    def stopping(self) -> bool: ...

    def came_up(self, client: mqtt.Client) -> None: ...

    def went_down(self, reason: str) -> None: ...

    def received(self, message: Received) -> None: ...

    def published(self, number: int, *, accepted: bool) -> None: ...


def message_number(generation: int, mid: int) -> int:
    """One number for a message, also beyond its connection: MQTT counts to 65,535 and from 1 in each."""
    return (generation << 16) | mid


class Attempt:
    """Used once: `run` returns when the connection has ended. `generation` counts the attempts."""

    def __init__(self, settings: LinkSettings, *, terms: Terms, owner: Owner, generation: int) -> None:
        self._settings = settings
        self._generation = generation
        self._terms = terms
        self._owner = owner
        self._up = False
        self._ended: str | None = None
        self._early: list[Received] = []

    def run(self) -> str:
        """Connect and serve until the end; the reason for it. Never raises: the next attempt is the remedy."""
        try:
            reason = self._connect_and_serve()
        except (OSError, ValueError) as error:  # no network, no name, no trust, no certificate
            reason = f"{type(error).__name__}: {error}"
        except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt must come
            _log.error("%s: the connection ended by our own fault: %s", self._settings.name, type(error).__name__)
            reason = f"our own fault: {type(error).__name__}"
        if self._up:
            self._owner.went_down(reason)
        return reason

    def _connect_and_serve(self) -> str:
        client = self._client()
        try:
            client.connect(
                self._settings.host,
                self._settings.port,
                keepalive=self._settings.keepalive_s,
                clean_start=False,
                properties=self._connect_properties(),
            )
            return self._serve(client)
        finally:
            if (socket := client.socket()) is not None:
                with contextlib.suppress(OSError):
                    socket.close()

    def _serve(self, client: mqtt.Client) -> str:
        deadline = time.monotonic() + SUBSCRIBE_TIMEOUT_S
        while self._ended is None:
            code = client.loop(LOOP_S)
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return self._ended or mqtt.error_string(code)
            if not self._up and time.monotonic() > deadline:
                return "the broker does not answer"
            if self._owner.stopping and not (self._up and client.is_connected()):
                return "stopped"
        return self._ended

    def _client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.name,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.tls_set_context(client_context(self._settings))
        client.connect_timeout = CONNECT_TIMEOUT_S
        client.max_inflight_messages_set(self._terms.send_window)
        client.max_queued_messages_set(self._terms.send_window)
        if self._terms.will is not None:
            client.will_set(self._terms.will.topic, self._terms.will.payload, qos=1, retain=True)
        # With this set, a thread that publishes only queues, and the loop's thread alone writes to the socket.
        client.on_socket_register_write = lambda *_: None
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _connect_properties(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._terms.session_expiry_s
        properties.ReceiveMaximum = self._terms.receive_window
        properties.MaximumPacketSize = MAX_BYTES + PACKET_OVERHEAD
        return properties

    def _on_connect(
        self,
        client: mqtt.Client,
        userdata: object,
        flags: mqtt.ConnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._ended = f"refused: {code}"
        else:
            client.subscribe([(scope, 1) for scope in self._terms.subscriptions])

    def _on_subscribe(
        self,
        client: mqtt.Client,
        userdata: object,
        mid: int,
        codes: list[ReasonCode],
        properties: Properties | None,
    ) -> None:
        if any(code.is_failure for code in codes):
            self._ended = "a subscription was refused"
            return
        self._up = True
        self._owner.came_up(client)
        early, self._early = self._early, []
        for message in early:
            self._owner.received(message)

    def _on_message(self, client: mqtt.Client, userdata: object, message: mqtt.MQTTMessage) -> None:
        mid, qos = message.mid, message.qos

        def acknowledge() -> None:
            client.ack(mid, qos)

        received = Received(message.topic, bytes(message.payload), acknowledge)
        if self._up:
            self._owner.received(received)
        else:
            # What waited in the session may come before the confirmation, which follows within one round trip.
            self._early.append(received)

    def _on_publish(
        self, client: mqtt.Client, userdata: object, mid: int, code: ReasonCode, properties: Properties
    ) -> None:
        self._owner.published(message_number(self._generation, mid), accepted=not code.is_failure)

    def _on_disconnect(
        self,
        client: mqtt.Client,
        userdata: object,
        flags: mqtt.DisconnectFlags,
        code: ReasonCode,
        properties: Properties | None,
    ) -> None:
        by = "closed by the broker" if flags.is_disconnect_packet_from_server else "lost"
        self._ended = self._ended or f"{by}: {code}"
