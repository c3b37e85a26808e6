"""Are the translations complete? `python -m kiosk_ui.translations.check`; `--template` writes what is
to be translated.

A translation is complete when it has every message of the source and no other, none empty or fuzzy,
every plural form, and the same placeholders as its message.
"""

from __future__ import annotations

import string
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from kiosk_ui.text import DOMAIN, SOURCE, translated

#: What marks a message in the source. `mark` is for those that are spoken elsewhere, by `say`.
KEYWORDS: dict[str, tuple[int, ...] | None] = {"gettext": None, "ngettext": (1, 2), "mark": None, "say": None}
Id = str | tuple[str, ...]


def source() -> Catalog:
    """Every message that the screen can say."""
    catalog = Catalog(domain=DOMAIN, project="tapbon")
    folder = Path(str(resources.files("kiosk_ui")))
    found = extract_from_dir(
        folder, method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=("Translators:",)
    )
    for name, line, message, comments, _ in sorted(found, key=lambda entry: (entry[0], entry[1])):
        catalog.add(message, None, [(f"kiosk_ui/{name}", line)], auto_comments=comments)
    return catalog


def translation(language: str) -> Catalog:
    """A language's messages as they stand in its file."""
    path = resources.files("kiosk_ui") / "translations" / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as stream:
        return read_po(stream, locale=language, domain=DOMAIN, abort_invalid=True)


def problems(language: str) -> Iterator[str]:
    """What is wrong with a translation, a line each."""
    wanted, given = _by_id(source()), _by_id(translation(language))
    for key in wanted.keys() - given.keys():
        yield f"{language}: not translated: {key!r}"
    for key in given.keys() - wanted.keys():
        yield f"{language}: no longer in the source: {key!r}"
    forms = int(translation(language).num_plurals)
    for key in wanted.keys() & given.keys():
        yield from (f"{language}: {problem}: {key!r}" for problem in _flaws(key, given[key], forms=forms))


def _by_id(catalog: Catalog) -> dict[Id, Message]:
    messages = (message for message in catalog if message.id)
    return {one.id if isinstance(one.id, str) else tuple(one.id): one for one in messages}


def _flaws(key: Id, message: Message, *, forms: int) -> Iterator[str]:
    said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    if message.fuzzy:
        yield "fuzzy"
    if not said or not all(said):
        yield "empty"
    if not isinstance(key, str) and len(said) != forms:
        yield f"{len(said)} plural forms instead of {forms}"
    original = key if isinstance(key, str) else key[-1]
    if any(_placeholders(one) != _placeholders(original) for one in said if one):
        yield "other placeholders"


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def main(arguments: list[str]) -> int:
    """Says what is missing, and fails if something is."""
    if arguments == ["--template"]:
        write_po(sys.stdout.buffer, source(), width=100, omit_header=True)
        return 0
    found = [problem for language in translated() if language != SOURCE for problem in problems(language)]
    sys.stdout.write("\n".join(found or [f"complete: {', '.join(translated())}"]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
