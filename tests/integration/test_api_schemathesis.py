"""The whole API against its own description (V25): requests that nobody would think of, by schemathesis.

A real server on a free port answers. Looked for: answers of 500 and above, statuses, types and bodies that the
description does not have, refusals that do not name the field and the rule, keys that are not asked for.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.patience import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
SEED = 20260302
#: Bounded by examples, not by time, so that the same requests are sent each time. The thorough run tries the
#: description's corners one by one as well; it takes minutes.
THOROUGH = os.environ.get("TAPBON_API_THOROUGH") == "1"
PHASES, EXAMPLES = ("coverage,fuzzing", 100) if THOROUGH else ("fuzzing", 10)
REAL = "TAPBON_API_REAL"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,missing_required_header,unsupported_method,ignored_auth,negative_data_rejection"
)
SCOPES = (
    "organisation:read,customers:read,customers:write,points:read,points:award,points:spend,points:topup,receipts:read,"
    "receipts:write,vouchers:read,vouchers:issue,vouchers:redeem,campaigns:read,clearing:read,webhooks:manage,"
    "cards:pin,cards:pin-judge"
)


class Served(msgspec.Struct, frozen=True):
    """A server with the demonstration, and a key of the bakery."""

    url: str
    token: str
    log: Path


def command(data: Path, name: str, *arguments: str) -> str:
    """Run a command of the central system; what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "backend_bridge", name, "--data", str(data), *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The API over HTTP."""
    directory = tmp_path_factory.mktemp("api")
    data, log = directory / "data", directory / "log"
    command(data, "init")
    command(data, "seed-demo")
    about = ("--company", "de-molen", "--client", "schemathesis", "--branch", "utrecht-centraal")
    token = command(data, "create-api-key", *about, "--scopes", SCOPES, "--per-second", "10000")
    with log.open("w") as told:
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "backend_bridge.central.asgi:application", "--port", "0"],
            cwd=ROOT,
            env={**os.environ, "TAPBON_DATA": str(data), "DJANGO_SETTINGS_MODULE": "backend_bridge.central.settings"},
            stdout=told,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Served(_address(log, server), token, log)
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up and server.poll() is None:
        found = re.search(r"running on (http://127\.0\.0\.1:\d+)", log.read_text())
        if found is not None:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(log.read_text())


class Sent(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    body: Any


def send(served: Served, method: str, path: str, body: Any = None) -> Sent:
    """One request over HTTP."""
    headers = {"Authorization": f"Bearer {served.token}", "Idempotency-Key": secrets.token_hex(8)}
    answer = httpx.request(method, f"{served.url}/api/v1/{path}", json=body, headers=headers, timeout=PATIENCE_S)
    return Sent(answer.status_code, answer.json())


def things(served: Served) -> dict[str, list[str]]:
    """Ids of the bakery, some of which are made here."""
    customers = [
        send(served, "POST", "customers/finding", {"username": name}).body["customer"] for name in ("anna", "bram")
    ]
    like = {"company": "de-molen", "value": {"type": "points", "pool": "bread-points", "points": 5}}
    batch = send(served, "POST", "vouchers", {"like": like, "count": 40, "batch": "tried"}).body
    vouchers = send(served, "GET", f"vouchers?batch={batch['batch']}").body["items"]
    receipts = [f"r-{number}" for number in range(6)]
    for receipt in receipts:
        lines = [{"line": 1, "article": "bread", "group": "bread", "gross_minor": 1000, "vat_rate_bp": 900}]
        sale = {"receipt": {"receipt": receipt, "lines": lines}, "who": {"customer": customers[0]}}
        assert send(served, "POST", "branches/utrecht-centraal/receipts", sale).status == 201
    note = {"hint": "the lady with the dog", "pool": "bread-points", "points": 5}
    hook = {"url": "https://example.org/", "events": ["points.changed"]}
    invited = send(served, "POST", "invitations", {"contact": {"display_name": "Ida"}}).body
    return {
        "customer": [*customers, invited["customer"]],
        "invitation": [invited["invitation"]],
        "branch": ["utrecht-centraal"],
        "pool": ["bread-points", "network-points"],
        "company": ["de-molen"],
        "batch": [batch["batch"]],
        "voucher": [one["voucher"] for one in vouchers],
        "receipt": receipts,
        "note": [send(served, "POST", "notes", note).body["note"] for _ in range(4)],
        "webhook": [send(served, "POST", "webhooks", hook).body["id"] for _ in range(2)],
        "campaign": [one["campaign"] for one in send(served, "GET", "campaigns").body["items"]],
    }


@pytest.mark.timeout(1200)
def test_v25_no_request_finds_an_answer_outside_of_the_description(served: Served, tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text(json.dumps(things(served)))
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("st"), "run"),
            *("--header", f"Authorization: Bearer {served.token}", "--checks", CHECKS, "--seed", str(SEED)),
            *("--phases", PHASES, "--max-examples", str(EXAMPLES), "--workers", "2", "--generation-database", "none"),
            *("--request-timeout", "90", "--suppress-health-check", "too_slow"),
            *("--continue-on-failure", "--warnings", "off"),
            f"{served.url}/api/v1/openapi.json",
        ],
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.integration.api_hooks",
            REAL: str(real),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2000:] + served.log.read_text()[-4000:]
    log = served.log.read_text()
    assert served.token not in log
    assert len(re.findall(r'HTTP/1.1" 20[0-9] ', log)) > 150, "requests should get further than refusals"
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested is not None, done.stdout
    assert int(tested[1]) == operations(served)


def operations(served: Served) -> int:
    """How many operations the description has."""
    described = httpx.get(f"{served.url}/api/v1/openapi.json", timeout=PATIENCE_S).json()
    return sum(len(methods) for methods in described["paths"].values())
