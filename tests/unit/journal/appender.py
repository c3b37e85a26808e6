"""A program that appends for ever and says after each entry that it is on the disk. It is made to be killed."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from tests.unit.journal.pages import append, granted, open_journal
from tests.unit.loyalty.samples import lot

if __name__ == "__main__":
    journal = open_journal(Path(sys.argv[1]))
    for number in count(journal.head[0] + 1):
        entry = append(journal, granted(f"g{number}", lot("a", 1)))
        sys.stdout.write(f"{entry.seq}\n")
        sys.stdout.flush()
