"""What Tapbon must do, by the ids that tests name, and the stories that show it: `docs/reference/requirements.md`.

A story is a test in `tests/unit/central/acceptance`: from the API to the books and back. It shows a requirement
when its name begins with the id: `test_p8_…` shows P8, `test_p5_x8_…` both.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STORIES = ROOT / "tests" / "unit" / "central" / "acceptance"

REQUIREMENTS = {
    "P1": "a campaign awards points by turnover, at a rate per 1.00",
    "P2": "points pay wholly or in part; the customer or staff choose how many",
    "P3": "points of one company, earned and spent in all its branches and nowhere else",
    "P4": "network points, earned and spent at every company that takes part",
    "P5": "network points are cleared between the companies each month",
    "P6": "campaigns, customers' data and reports of one company are kept from every other",
    "P7": "a point is worth one minor unit unless its pool says otherwise",
    "P8": "below a minimum balance nothing can be spent",
    "P9": "awards on chosen weekdays and hours, by the branch's wall clock",
    "P10": "campaigns limited to articles, branches and groups of customers",
    "V1": "vouchers for an amount of money, used in parts",
    "V2": "vouchers for points",
    "V3": "vouchers for goods",
    "V4": "vouchers for a service",
    "V5": "a discount on what was bought before, used later",
    "V6": "a discount on what is still to be ordered",
    "V12": "nothing is redeemed twice",
    "V13": "validity is set, and changed, also after issue",
    "V14": "use restricted to articles or article groups",
    "V15": "use restricted to the web shop or to terminals",
    "V16": "vouchers that work with their owner's card only",
    "V17": "points that are bought and spent on services, apart from earned ones",
    "V19": "reading the code establishes value and validity",
    "V23": "sale and use of vouchers by day",
    "V24": "the status of any voucher at any time",
    "V25": "a documented API for neighbours",
    "C3": "reading the customer's card applies their coupons",
    "C4": "coupons of a percentage, a free product or an amount, in the company's currency",
    "C5": "coupons for weekdays, or for a date that is fixed when they are scheduled",
    "B1": "point coupons in batches",
    "B2": "point coupons ready to print",
    "B3": "a customer registers a coupon without staff",
    "B4": "staff make and register a coupon in one step",
    "B5": "staff find a free coupon and register it after a confirmation",
    "B6": "points noted at a busy counter, registered later",
    "B7": "an invited customer can be given points before they accept",
    "B8": "a unique username, by which staff register points without a card",
    "B9": "one person acts for several companies, one at a time",
    "D2": "cards issued, blocked and replaced, PINs set and reset, points topped up, cash rounded",
    "D3": "customers and balances of an older system imported, with a report and an undo",
    "X8": "clearing traced to single redemptions and split by VAT rate",
}
_NAME = re.compile(r"test((?:_[pvckbdx]\d{1,2})+)_(\w+)")


def shown(stories: Path = STORIES) -> dict[str, list[str]]:
    """The stories that show each requirement, as `file::name`, in the order of their files."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(stories.glob("test_*.py")):
        for name in _tests(path):
            for one in ids_of(name):
                found[one].append(f"{path.name}::{name}")
    return dict(found)


def ids_of(name: str) -> list[str]:
    """The requirements that a test of this name shows."""
    match = _NAME.fullmatch(name)
    return [] if match is None else match[1].upper().strip("_").split("_")


def parts() -> tuple[str, str]:
    """What the page says below its title."""
    about = (
        "Each is shown by stories that a till, a web shop or the office could tell: through the API, and into the "
        "books. Tests of the parts name the ids too. A test fails when a requirement has no story."
    )
    return about, table()


def table() -> str:
    """The page's table: each requirement with its stories, told by their names."""
    stories = shown()
    rows = [f"| {one} | {what} | {_told(stories.get(one, []))} |" for one, what in REQUIREMENTS.items()]
    return "\n".join(["| id | what | shown by |", "| --- | --- | --- |", *rows])


def _told(stories: list[str]) -> str:
    return "<br>".join(_link(*story.split("::")) for story in stories) or "–"


def _link(file: str, name: str) -> str:
    match = _NAME.fullmatch(name)
    words = name if match is None else match[2].replace("_", " ")
    return f"[{words}](../../{(STORIES / file).relative_to(ROOT)})"


def _tests(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name
