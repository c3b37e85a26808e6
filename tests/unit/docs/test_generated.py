"""What the documentation says must be there: generated pages, links, make targets, commands, tests, settings."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.generate import REFERENCE, pages

ROOT = Path(__file__).resolve().parents[3]
WRITTEN = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "deploy").glob("*.md")])
COMMENTED = sorted(path for path in (ROOT / "deploy").iterdir() if path.suffix in {".service", ".conf"})
NAMES = [str(path.relative_to(ROOT)) for path in WRITTEN]

LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
TARGET = re.compile(r"`(?:PYTHON=\S+ )?make ([a-z][a-z-]*)|^make ([a-z][a-z-]*)", re.MULTILINE)
#: A module's first word after it is taken for its command, where it has commands.
COMMAND = re.compile(
    r"python3? -m ((?:backend_bridge|kiosk_ui|hw_sim|firmware|loyalty|docs)[\w.]*)(?: ([a-z][a-z-]+))?"
)
#: `tests/…/test_x.py::test_name`, as the threat model names its attacks.
NAMED_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
WITH_COMMANDS = ("backend_bridge", "kiosk_ui", "hw_sim", "loyalty")


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_generated_page_is_up_to_date(name: str) -> None:
    written = (REFERENCE / name).read_text(encoding="utf-8")
    assert written == pages()[name], "run: python -m docs.generate"


def test_no_generated_page_is_left_over() -> None:
    assert {path.name for path in REFERENCE.iterdir()} == set(pages())


@pytest.mark.parametrize("path", WRITTEN, ids=NAMES)
def test_every_relative_link_leads_to_a_file(path: Path) -> None:
    targets = [one.partition("#")[0] for one in LINK.findall(path.read_text(encoding="utf-8")) if "://" not in one]
    missing = [one for one in targets if one and not (path.parent / one).exists()]
    assert not missing


@pytest.mark.parametrize("path", WRITTEN, ids=NAMES)
def test_every_make_target_exists(path: Path) -> None:
    rules = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = {inline or alone for inline, alone in TARGET.findall(path.read_text(encoding="utf-8"))}
    assert named <= set(rules)


@pytest.mark.parametrize("path", WRITTEN, ids=NAMES)
def test_every_test_that_is_named_exists(path: Path) -> None:
    named = NAMED_TEST.findall(path.read_text(encoding="utf-8"))
    missing = [f"{file}::{test}" for file, test in named if not _has_test(ROOT / file, test)]
    assert not missing


def test_every_command_exists() -> None:
    named = {found for path in [*WRITTEN, *COMMENTED] for found in COMMAND.findall(path.read_text(encoding="utf-8"))}
    assert named
    for module in {module for module, _command in named}:
        assert importlib.util.find_spec(module) is not None, module
    for module in WITH_COMMANDS:
        told = subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True, text=True, check=True)
        unknown = [one for name, one in named if name == module and one and not re.search(rf"\b{one}\b", told.stdout)]
        assert not unknown, f"{module} has no {unknown}"


def _has_test(path: Path, test: str) -> bool:
    return path.is_file() and f"def {test}(" in path.read_text(encoding="utf-8")
