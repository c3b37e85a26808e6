"""The office as staff read it: logged in, the postings and terminals as the tables show them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from playwright.sync_api import Page, expect

WAIT_S = 60.0
_LOOK_AGAIN_MS = 700


@dataclass(frozen=True)
class Posting:
    """One row of the table of postings."""

    kind: str
    debit: str
    credit: str
    points: str
    cause: str


class OfficePage:
    """The office in a browser."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self._base = address.rstrip("/")

    def log_in(self, user: str, password: str) -> None:
        """Log in by the form."""
        self.page.goto(self._base + "/")
        self.page.fill("input[name=username]", user)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        expect(self.page.get_by_text("Terminals online")).to_be_visible(timeout=WAIT_S * 1000)

    def postings(self) -> list[Posting]:
        """The newest postings, newest first."""
        self.page.goto(f"{self._base}/office/ledger/transfer/")
        rows = self.page.locator("#result_list tbody tr")
        return [self._posting(row.locator("th, td").all_inner_texts()) for row in rows.all()]

    def settled(self) -> int:
        """How many postings there are, once nothing of what was done before is still on its way."""
        before = -1
        while before != (now := len(self.postings())):
            before = now
            self.page.wait_for_timeout(_LOOK_AGAIN_MS)
        return now

    def expect_postings(self, before: int, *kinds: str) -> list[Posting]:
        """The postings that are new since there were `before`, once there are as many as `kinds`; oldest first.

        The journal arrives within moments, not at once.
        """
        give_up = time.monotonic() + WAIT_S
        while True:
            rows = self.postings()
            new = rows[: len(rows) - before][::-1]
            if len(new) >= len(kinds) or time.monotonic() > give_up:
                assert [row.kind for row in new] == list(kinds), new
                return new

    def terminal_state(self) -> str:
        """What the table of terminals says of the demo's terminal."""
        self.page.goto(f"{self._base}/office/fleet/terminal/")
        return self.page.locator("#result_list tbody tr").first.inner_text()

    @staticmethod
    def _posting(cells: list[str]) -> Posting:
        texts = [" ".join(cell.split()) for cell in cells if cell.strip()]
        _time, kind, debit, credit, points, _lot, cause = texts[:7]
        return Posting(kind.lower(), debit, credit, points, cause)
