"""Push a client out of the broker by connecting in its name for a moment.

The broker closes the older of two connections with one client id. The new one begins a clean
session and leaves at once, so that nothing stays queued for the client that was pushed out.
"""

from __future__ import annotations

import ssl
import time

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from backend_bridge.broker.errors import BrokerError
from backend_bridge.pki.authority import Credentials

TIMEOUT_S = 30.0


def take_over(port: int, credentials: Credentials, *, host: str = "127.0.0.1") -> None:
    """Connect as `credentials.name` and leave again; raises `BrokerError` where that is refused."""
    context = ssl.create_default_context(cafile=str(credentials.ca_file))
    context.load_cert_chain(credentials.certificate_file, credentials.key_file)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=credentials.name, protocol=MQTTProtocolVersion.MQTTv5)
    client.tls_set_context(context)
    client.connect_timeout = TIMEOUT_S
    answers: list[ReasonCode] = []

    def connected(
        client: mqtt.Client, userdata: object, flags: mqtt.ConnectFlags, code: ReasonCode, properties: Properties | None
    ) -> None:
        answers.append(code)

    client.on_connect = connected
    deadline = time.monotonic() + TIMEOUT_S
    try:
        client.connect(host, port, clean_start=True)
        while not answers and time.monotonic() < deadline:
            if client.loop(timeout=0.2) != mqtt.MQTT_ERR_SUCCESS:
                break
    except OSError as error:
        raise BrokerError(f"the broker could not be reached to push out {credentials.name}: {error}") from error
    if not answers or answers[0].is_failure:
        raise BrokerError(f"the broker did not let {credentials.name} be pushed out: {answers or 'no answer'}")
    client.disconnect()
