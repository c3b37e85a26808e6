"""The terminal's journal is a signed chain: every entry is genuine and follows the one before."""

from __future__ import annotations

from collections.abc import Sequence

from hw_sim.checkers.evidence import StoredEntry
from loyalty.entries import GENESIS, check_follows, entry_hash, open_sealed
from loyalty.errors import LoyaltyError
from loyalty.signing import Signed, key_id


def check(entries: Sequence[StoredEntry], *, public: bytes) -> list[str]:
    """What is wrong with the chain, from its first entry to its last."""
    seq, head = -1, GENESIS
    for stored in entries:
        try:
            entry = open_sealed(Signed(stored.payload, key_id(public), stored.signature), public=public)
            check_follows(entry, head_seq=seq, head=head)
        except LoyaltyError as error:
            return [f"journal entry {stored.seq}: {error}"]
        seq, head = entry.seq, entry_hash(stored.payload)
        if (stored.seq, stored.hash) != (seq, head):
            return [f"journal entry {stored.seq} is stored under another number or hash"]
    return []
