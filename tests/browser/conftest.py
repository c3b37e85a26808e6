"""One running demo and one browser for the tests of a module; each test has a page of its own.

Not for the whole session: while Playwright's browser is open there is an event loop in this thread, in which
Django, in other tests of the same process, refuses to work.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from hw_sim.client.running_demo import running_demo
from tests.browser.office_page import OfficePage
from tests.browser.workbench_page import WAIT_MS, WorkbenchPage

#: Without these, Chromium talks to its maker's hosts while it starts.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses of a demo that runs for all these tests; `data` is its directory."""
    data: Path = tmp_path_factory.mktemp("demo") / "data"
    with running_demo(data) as addresses:
        yield {**addresses, "data": str(data)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    program = shutil.which("chromium")
    assert program is not None, "chromium is missing: apt install chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def workbench(demo: dict[str, str], browser: Browser) -> Iterator[WorkbenchPage]:
    """The workbench's page with nothing on the reader, nothing before the camera, all cables in."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(WAIT_MS)
    page.goto(demo["workbench"])
    bench = WorkbenchPage(page)
    bench.tidy()
    yield bench
    bench.tidy()
    page.close()


@pytest.fixture
def office(demo: dict[str, str], browser: Browser, workbench: WorkbenchPage) -> Iterator[OfficePage]:
    """The office, logged in as the workbench's page says."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(WAIT_MS)
    office = OfficePage(page, demo["office"])
    office.log_in(*workbench.office_login())
    yield office
    page.close()
