"""Makes any text one that can be shown and sent: names come from other people's systems."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

#: No screen has room for more; longer text is cut before it is measured.
LONGEST = 400
#: Control characters, lone surrogates (which UTF-8 cannot carry), and what is no character at all.
UNPRINTABLE = frozenset({"Cc", "Cs", "Cn"})


@lru_cache(maxsize=1024)
def printable(text: str) -> str:
    """`text` in one line, without control characters and lone surrogates, which no font can show.
    Spaces that do not break stay as they are."""
    kept = (" " if char in "\t\n\r" else char for char in text[:LONGEST])
    shown = "".join(char for char in kept if unicodedata.category(char) not in UNPRINTABLE)
    return " ".join(part for part in shown.split(" ") if part)
