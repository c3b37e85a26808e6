"""Fetches the rules bundle that was announced, over HTTPS, in a thread of its own.

Decides how: with the terminal's certificate, going on where an earlier attempt was cut, never more
than was announced, trying for ever with growing pauses, the latest announcement only. A bundle counts
when its hash is the signed announcement's and its version too. A bundle that is in the cache is not
fetched, and one that was handed on last is not handed on again.
"""

from __future__ import annotations

import http.client
import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from backend_bridge.link.backoff import Backoff
from backend_bridge.link.errors import FetchFailed, LinkSettingsError
from backend_bridge.link.rules_cache import RulesCache
from backend_bridge.link.settings import LinkSettings, client_context
from loyalty.errors import WireError
from loyalty.rules import RulesBundle
from loyalty.wire.messages import RulesAnnounced

_log = logging.getLogger(__name__)

#: A bundle larger than this is not fetched, whoever announces it.
MAX_BUNDLE_BYTES = 16 * 1024 * 1024
#: For connecting and for each read: a line that is silent for longer is given up and tried again.
SILENCE_TIMEOUT_S = 10.0
_CHUNK = 64 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Called in the fetcher's thread.
Arrived = Callable[[RulesBundle, bytes], None]


class RulesFetcher:
    """`announced` says what is wanted; `arrived` gets it. Nothing is called any more after `stop`."""

    def __init__(
        self, settings: LinkSettings, *, cache_directory: Path, arrived: Arrived, chance: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._cache = RulesCache(cache_directory)
        self._arrived = arrived
        self._backoff = Backoff(chance)
        self._changed = threading.Condition()
        self._wanted: RulesAnnounced | None = None
        self._handed_on = ""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"rules-{settings.name}", daemon=True)

    def start(self) -> None:
        """Begin to wait for announcements."""
        self._thread.start()

    def announced(self, announcement: RulesAnnounced) -> None:
        """This bundle is in force; an earlier one that was not fetched yet is not wanted any more.

        Raises `WireError` for an announcement that nobody could follow.
        """
        if not _SHA256.fullmatch(announcement.sha256) or not 0 < announcement.size <= MAX_BUNDLE_BYTES:
            raise WireError("the announcement has no usable hash or size")
        with self._changed:
            if announcement.sha256 != self._handed_on:
                self._wanted = announcement
                self._backoff.reset()
                self._changed.notify()
            else:
                self._wanted = None

    def stop(self) -> None:
        """End. A transfer that is under way is left to run into its end or its time-out."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def _run(self) -> None:
        while (wanted := self._next()) is not None:
            try:
                found = self._cache.load(wanted.sha256)
                if found is None and not self._settings.rules_url:
                    self._give_up(wanted)
                    continue
                bundle, data = found or self._fetch(wanted)
                if bundle.version != wanted.version:
                    raise WireError(f"the bundle is of version {bundle.version}, announced was {wanted.version}")
            except (OSError, http.client.HTTPException, LinkSettingsError, WireError) as error:
                # Wrong contents too: the server may be behind the announcement, or a proxy broken.
                self._wait_after(error, wanted=wanted)
            except Exception as error:  # noqa: BLE001 - the thread must live on: later bundles come
                _log.error("fetching rules failed by our own fault: %s", type(error).__name__)
                self._wait_after(error, wanted=wanted)
            else:
                self._hand_on(wanted, bundle, data=data)

    def _next(self) -> RulesAnnounced | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._wanted is not None)
            return None if self._stopping else self._wanted

    def _wait_after(self, error: Exception, *, wanted: RulesAnnounced) -> None:
        with self._changed:
            wait_s = self._backoff.next_s()
            _log.warning("rules %s not fetched (%s); next attempt in %.1f s", wanted.version, error, wait_s)
            # A repeated announcement means that the link came back, which is the moment to try again.
            self._changed.wait_for(lambda: self._stopping or self._wanted is not wanted, wait_s)

    def _give_up(self, wanted: RulesAnnounced) -> None:
        _log.warning("rules %s were announced, and there is no address to fetch them from", wanted.version)
        with self._changed:
            if self._wanted is wanted:
                self._wanted = None

    def _hand_on(self, wanted: RulesAnnounced, bundle: RulesBundle, *, data: bytes) -> None:
        with self._changed:
            if self._stopping or self._wanted is not wanted:
                return  # another one was announced meanwhile
            self._wanted = None
            self._handed_on = wanted.sha256
        self._arrived(bundle, data)

    def _fetch(self, wanted: RulesAnnounced) -> tuple[RulesBundle, bytes]:
        have = self._cache.part_size(wanted.sha256)
        if have > wanted.size:
            self._cache.drop_part(wanted.sha256)
            have = 0
        if have < wanted.size:
            self._transfer(wanted, have=have)
        return self._cache.complete(wanted.sha256)

    def _transfer(self, wanted: RulesAnnounced, *, have: int) -> None:
        base = urlsplit(self._settings.rules_url)
        if base.hostname is None:
            raise LinkSettingsError("there is no address to fetch rules from")
        connection = http.client.HTTPSConnection(
            base.hostname, base.port, timeout=SILENCE_TIMEOUT_S, context=client_context(self._settings)
        )
        try:
            path = f"{base.path.rstrip('/')}/rules/{self._settings.name}/{wanted.sha256}"
            connection.request("GET", path, headers={"Range": f"bytes={have}-"} if have else {})
            self._store(connection.getresponse(), wanted, have=have)
        finally:
            connection.close()

    def _store(self, response: http.client.HTTPResponse, wanted: RulesAnnounced, *, have: int) -> None:
        if response.status == 416:
            self._cache.drop_part(wanted.sha256)
        if response.status not in (200, 206):
            raise FetchFailed(f"the server answers {response.status}")
        if response.status == 206 and not (response.getheader("Content-Range") or "").startswith(f"bytes {have}-"):
            raise FetchFailed("the server sends another part than was asked for")
        size = have if response.status == 206 else 0
        with self._cache.open_part(wanted.sha256, anew=size == 0) as part:
            # read1 gives what has come, so that a cut loses nothing that was received.
            while chunk := response.read1(_CHUNK):
                size += len(chunk)
                if size > wanted.size:
                    break
                part.write(chunk)
                if self._stopping:
                    raise FetchFailed("stopped")
        if size > wanted.size:
            self._cache.drop_part(wanted.sha256)
            raise FetchFailed(f"the server sends more than the {wanted.size} bytes that were announced")
        if size < wanted.size:
            raise FetchFailed(f"the transfer was cut after {size} of {wanted.size} bytes")
