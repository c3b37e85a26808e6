"""The terminal's end of the link: `loyalty.wire.link.TerminalLink` over MQTT.

Decides what is let in: a message that came down counts only with the central system's signature, on
the channel where its kind belongs, and with this terminal's id. Everything else is dropped and
counted. It keeps nothing: what must not be lost is in the journal's outbox. Absences of up to an hour
are bridged by the session at the broker, longer ones by the central system, which grants until the
grant is journaled and answers what is asked again.

An `Answer` names no terminal. It moves nothing, and answers a request id that the asking terminal
made at random: whoever gets an answer ignores one that it did not ask for.

The fleet's channels (`desired`, `down/command`) are handed on as bytes; who takes them verifies them.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable
from pathlib import Path

from backend_bridge.link.connection import Connection
from backend_bridge.link.errors import LinkMisused
from backend_bridge.link.rules_fetcher import RulesFetcher
from backend_bridge.link.settings import CENTRAL, LinkSettings
from backend_bridge.link.terms import Publication, Received, Terms
from loyalty.errors import LoyaltyError, WireError
from loyalty.rules import RulesBundle
from loyalty.wire import topics
from loyalty.wire.codec import MAX_BYTES, open_down
from loyalty.wire.link import EmitLink, LinkDown, LinkEvent, LinkUp, RulesArrived
from loyalty.wire.messages import Ack, Answer, DownMessage, Grant, Recall, RulesAnnounced

_log = logging.getLogger(__name__)

#: Which kind of message belongs on which channel; a signed one elsewhere was not put there by the central system.
KINDS: dict[str, type[DownMessage]] = {
    "down/ack": Ack,
    "down/answer": Answer,
    "down/grant": Grant,
    "down/recall": Recall,
    "down/rules": RulesAnnounced,
}
#: The first hostile messages are logged one by one, then one in so many: a flood must not fill the disk.
LOG_EACH, LOG_EVERY = 10, 1000
FLEET_CHANNELS = ("desired", "down/command")
OnFleet = Callable[[str, bytes], None]


class MqttTerminalLink:
    """See the module. `boot` names this run of the program, `software` its version; both go into `state`.

    `on_fleet` gets (channel, payload) of the fleet's channels, in the link's thread.
    """

    def __init__(
        self,
        settings: LinkSettings,
        *,
        central_public: bytes,
        cache_directory: Path,
        boot: str,
        software: str,
        on_fleet: OnFleet | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        if settings.name == CENTRAL:
            raise LinkMisused(f"{CENTRAL!r} is the central system's name and no terminal's")
        self._terminal = settings.name
        self._public = central_public
        self._boot = boot
        self._software = software
        self._on_fleet = on_fleet
        self._emit: EmitLink | None = None
        self._hostile = 0
        self._connection = Connection(
            settings,
            terms=Terms(
                subscriptions=(topics.topic(self._terminal, "desired"), f"{topics.ROOT}/{self._terminal}/down/+"),
                will=self._state(online=False),
            ),
            listener=self,
            chance=chance,
        )
        self._fetcher = RulesFetcher(
            settings, cache_directory=cache_directory, arrived=self._rules_arrived, chance=chance
        )

    @property
    def hostile(self) -> int:
        """How many messages were dropped: not genuine, not for this terminal, or not of this protocol."""
        return self._hostile

    @property
    def up(self) -> bool:
        """`send` is possible at this moment."""
        return self._connection.up

    # --- TerminalLink ----------------------------------------------------------------------------

    def start(self, emit: EmitLink) -> None:
        """Begin to connect, for ever. Raises `LinkSettingsError` for a certificate that cannot be used."""
        self._emit = emit
        self._connection.start()
        self._fetcher.start()

    def send(self, channel: str, payload: bytes) -> bool:
        """Publish on one of our own channels; False (and nothing sent) while that is not possible.

        `reported` is retained; `state` is the link's own. Raises `WireError` for what may never be sent.
        """
        if channel not in topics.UP or channel == "state":
            raise WireError(f"a terminal does not send on {channel!r}")
        if len(payload) > MAX_BYTES:
            raise WireError(f"a message of {len(payload)} bytes; at most {MAX_BYTES} are sent")
        full = topics.topic(self._terminal, channel)
        return self._connection.publish(full, payload, retain=channel == "reported") is not None

    def stop(self) -> None:
        """Say that we go, and end, within two seconds. Nothing is emitted any more."""
        self._emit = None
        self._fetcher.stop()
        self._connection.stop(farewell=self._state(online=False))

    # --- Listener of the connection --------------------------------------------------------------

    def connected(self) -> None:
        """Subscribed: say so to the fleet, then to the terminal."""
        state = self._state(online=True)
        self._connection.publish(state.topic, state.payload, retain=True)
        self._tell(LinkUp())

    def lost(self, reason: str) -> None:
        """Gone; the connection comes back by itself."""
        self._tell(LinkDown(reason))

    def received(self, message: Received) -> None:
        """Judge and hand on one message; hostile ones end here."""
        try:
            terminal, channel = topics.split(message.topic)
            if channel in FLEET_CHANNELS:
                if self._on_fleet is not None:
                    self._guarded(self._on_fleet, channel, message.payload)
            else:
                self._opened(self._open(terminal, channel, payload=message.payload))
        except LoyaltyError as error:
            self._hostile += 1
            if self._hostile <= LOG_EACH or self._hostile % LOG_EVERY == 0:
                # The error's text may quote the payload, so only its kind is logged.
                _log.warning("dropped message %d on %s: %s", self._hostile, message.topic, type(error).__name__)
        message.acknowledge()

    def published(self, number: int, *, accepted: bool) -> None:
        """The broker's confirmation says nothing about the central commit, so it is not passed on."""
        if not accepted:
            _log.warning("the broker refused a message (number %d)", number)

    # --- inside ----------------------------------------------------------------------------------

    def _open(self, terminal: str, channel: str, *, payload: bytes) -> DownMessage:
        message = open_down(payload, public=self._public)
        kind = KINDS.get(channel)
        if kind is None or not isinstance(message, kind):
            raise WireError(f"a {type(message).__name__} does not belong on {channel}")
        addressee = self._terminal if isinstance(message, Answer) else message.terminal
        if terminal != self._terminal or addressee != self._terminal:
            raise WireError(f"a message for {addressee} on {terminal}'s topic came to {self._terminal}")
        return message

    def _opened(self, message: DownMessage) -> None:
        if isinstance(message, RulesAnnounced):
            self._fetcher.announced(message)
        else:
            self._tell(message)

    def _rules_arrived(self, bundle: RulesBundle, data: bytes) -> None:
        self._tell(RulesArrived(bundle, data))

    def _tell(self, event: LinkEvent) -> None:
        if self._emit is not None:
            self._guarded(self._emit, event)

    def _guarded(self, call: Callable[..., None], *arguments: object) -> None:
        try:
            call(*arguments)
        except Exception as error:  # noqa: BLE001 - a listener may raise anything
            # A listener's mistake must not end the link. What moves value is sent again until it is journaled.
            _log.error("a listener of the link failed: %s", type(error).__name__)

    def _state(self, *, online: bool) -> Publication:
        state = {"v": 1, "online": online, "boot": self._boot, "software": self._software}
        return Publication(topics.topic(self._terminal, "state"), json.dumps(state).encode())
