"""A server that was restarted, or cut off, costs what was being done at that moment, and nothing after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from wsgiref.util import setup_testing_defaults

import psycopg
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError, connection

from loyalty.entries import EpochBegun
from loyalty.wire.messages import Ack
from tests.unit.central.databases import in_use
from tests.unit.central.lab import Lab, PaperTerminal, points_wanted

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)  # SQLite has no connection to lose


def cut_off() -> None:
    """End this process's connection from the server's side."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    with psycopg.connect(str(in_use().conninfo), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [backend])


def test_the_desk_takes_the_next_message_after_its_connection_was_lost(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    lab.upload(molen)
    molen.write(EpochBegun("again"))
    cut_off()

    [ack, *_] = lab.upload(molen)
    assert isinstance(ack.message, Ack)
    assert ack.message.seq == 1


def test_a_connection_lost_in_a_message_fails_that_one_and_applies_nothing_of_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    molen = PaperTerminal("molen-1")
    lab.upload(molen)
    monkeypatch.setattr("backend_bridge.central.desk.desk.close_old_connections", cut_off)
    with pytest.raises(OperationalError):
        lab.upload(molen)
    monkeypatch.undo()

    assert lab.grant(molen, points_wanted("anna", 10)).lots


def test_a_page_answers_after_its_connection_was_lost(lab: Lab) -> None:
    assert asked_for("/health") == "200 OK"
    cut_off()

    assert asked_for("/health") == "200 OK"


def asked_for(path: str) -> str:
    """The status of a page, asked for as a web server does it: Django's test client keeps broken connections."""
    said: list[str] = []
    environ: dict[str, Any] = {"PATH_INFO": path, "HTTP_HOST": "localhost"}
    setup_testing_defaults(environ)

    def start(status: str, _headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
        said.append(status)
        return len

    response = WSGIHandler()(environ, start)
    response.close()
    return said[0]
