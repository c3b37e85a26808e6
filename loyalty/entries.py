"""What a terminal writes into its journal: the entry, its bodies, its bytes and its hash.

An entry's key is (terminal, epoch, seq). It carries the hash of the entry before it, what it was
judged by (rules version, clock evidence) and one body. The exact bytes are signed and sent; they
are never encoded anew, so that fields of a newer version survive an older reader.
"""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec

from loyalty.acts.sales import GiftTaken
from loyalty.errors import ChainError, SignatureError, WireError
from loyalty.evaluation.case import Sale
from loyalty.reversal.record import SoldReceipt
from loyalty.reversal.request import ReversalRequest
from loyalty.reversal.result import Reversal
from loyalty.rights import LotRight, LotSpend
from loyalty.signing import Domain, Signed, SigningKey, verify

ENTRY_VERSION = 1
#: What the first entry of an epoch follows.
GENESIS = bytes(32)
#: SQLite and PostgreSQL keep signed 64-bit integers; a larger number can only be an attack.
MAX_INTEGER = 2**63 - 1


class ClockEvidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How well the time of an entry was known (X7); `loyalty.clocks` judges it.

    `wall_ms` is Unix time as the machine shows it, `monotonic_ms` counts since an arbitrary start of boot
    `boot_id`. `offset_ms` added to `wall_ms` is the time that the terminal judged by. `set_ago_ms` says how
    long ago the central clock was heard in this boot (None: it was not), and `within_ms` how far that word
    may have been off. `rtc` says that the machine has a clock that runs without power, `kept_ms` is the
    last known time that was on the disk, and `kept_within_ms` how far the wall clock may have been off then.
    """

    wall_ms: int
    monotonic_ms: int
    boot_id: str
    set_ago_ms: int | None = None
    offset_ms: int | None = None
    within_ms: int = 0
    rtc: bool = False
    kept_ms: int | None = None
    kept_within_ms: int = 0


#: Why an epoch begins (ADR 0018).
EPOCH_REASONS = ("first", "new_disk", "restored", "corrupt", "other_hardware", "closed")


class EpochBegun(msgspec.Struct, frozen=True, tag="epoch_begun"):
    """The first entry of a new journal: no rights are held.

    `reason` is one of `EPOCH_REASONS`; (`before_epoch`, `before_seq`) is where the journal before this one
    ended, as an anchor outside the disk remembers it: None where nothing does.
    """

    software: str
    reason: str = "first"
    before_epoch: int | None = None
    before_seq: int | None = None


class GrantTaken(msgspec.Struct, frozen=True, tag="grant_taken", kw_only=True):
    """Rights of a grant are held here from now on."""

    grant: str
    request: str
    member: str
    lots: tuple[LotRight, ...] = ()
    coupon: str | None = None
    unlocked: bool = True


class PointsSpent(msgspec.Struct, frozen=True, tag="points_spent", kw_only=True, omit_defaults=True):
    """Points were spent on a reward; the customer was given `code` to hand in.

    `card` is the token of the card that was laid on; "" in journals of older terminals.
    """

    spend: str
    member: str
    pool: str
    lots: tuple[LotSpend, ...]
    reward: str
    company: str
    code: str
    card: str = ""


class CouponRegistered(msgspec.Struct, frozen=True, tag="coupon_registered", kw_only=True):
    """A point coupon whose home was here ended; its points are a new lot, held here."""

    coupon: str
    lot: LotRight


class CouponNoted(msgspec.Struct, frozen=True, tag="coupon_noted", kw_only=True):
    """A genuine coupon whose home is not here was shown offline; it waits for the central system."""

    coupon: str
    member: str
    points: int


class RightsReturned(msgspec.Struct, frozen=True, tag="rights_returned", kw_only=True):
    """Rights are no longer held here: the points go back to the member's main account."""

    member: str
    pool: str | None = None
    lots: tuple[LotSpend, ...] = ()
    coupon: str | None = None
    recall: str | None = None


class ReceiptSold(msgspec.Struct, frozen=True, tag="receipt_sold", kw_only=True):
    """A receipt was sold (ADR 0021): `sale` as it was judged, `sold` what it came to by the entry's rules.

    `lots` are what was awarded, in the order of the evaluation's awards; they are held here. `day` is the
    branch's own date.
    """

    sale: Sale
    sold: SoldReceipt
    day: dt.date
    lots: tuple[LotRight, ...] = ()


class ReceiptReversed(msgspec.Struct, frozen=True, tag="receipt_reversed", kw_only=True):
    """The `number`-th reversal of a receipt that was sold by entry `seq` of this journal.

    `lots` are the points that come back to be held here; `gifts` what is taken back of the awards, out of what is
    held here, and what the customer owes by it.
    """

    receipt: str
    seq: int
    number: int
    request: ReversalRequest
    reversal: Reversal
    day: dt.date
    gifts: tuple[GiftTaken, ...] = ()
    lots: tuple[LotRight, ...] = ()
    reason: str = ""


class ReceiptReturned(msgspec.Struct, frozen=True, tag="receipt_returned", kw_only=True):
    """The right to reverse a receipt of this journal is no longer held here."""

    receipt: str
    seq: int
    recall: str | None = None


Body = (
    EpochBegun
    | GrantTaken
    | PointsSpent
    | CouponRegistered
    | CouponNoted
    | RightsReturned
    | ReceiptSold
    | ReceiptReversed
    | ReceiptReturned
)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a terminal's journal."""

    v: int
    terminal: str
    epoch: int
    seq: int
    key_id: str
    prev: bytes
    clock: ClockEvidence
    rules: str
    body: Body


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Entry)


def seal(entry: Entry, key: SigningKey) -> Signed:
    """`entry` as bytes, signed by its terminal's key."""
    if entry.key_id != key.key_id:
        raise SignatureError(f"the entry names key {entry.key_id}, the key at hand is {key.key_id}")
    return key.sign(Domain.JOURNAL, _encoder.encode(entry))


def open_sealed(signed: Signed, *, public: bytes) -> Entry:
    """The entry inside `signed`; raises `SignatureError` or `WireError`."""
    return read_payload(verify(signed, domain=Domain.JOURNAL, public=public))


def read_payload(payload: bytes) -> Entry:
    """The entry that `payload` encodes, without judging a signature; raises `WireError`."""
    try:
        entry = _decoder.decode(payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise WireError(f"not a journal entry: {error}") from error
    if entry.v != ENTRY_VERSION:
        raise WireError(f"journal entry of version {entry.v}, this program knows {ENTRY_VERSION}")
    if not (0 <= entry.seq <= MAX_INTEGER and 0 <= entry.epoch <= MAX_INTEGER and len(entry.prev) == len(GENESIS)):
        raise WireError("a journal entry's epoch, sequence or previous hash is out of range")
    return entry


def entry_hash(payload: bytes) -> bytes:
    """The hash by which the next entry, and an acknowledgement, name this one."""
    return hashlib.sha256(b"tapbon/1/entry\0" + payload).digest()


def check_follows(entry: Entry, *, head_seq: int, head: bytes) -> None:
    """Raises `ChainError` unless `entry` is the next one after (`head_seq`, `head`)."""
    if entry.seq != head_seq + 1:
        raise ChainError(f"entry {entry.seq} does not follow entry {head_seq}")
    if entry.prev != head:
        raise ChainError(f"entry {entry.seq} does not carry the hash of the one before it")


def hand_in_code(spend: str) -> str:
    """The short code that a customer hands in: 7 characters without I, L, O and U.

    It follows from the spend's id, which is random, so that nobody can know the next one. It names the
    spend, it does not prove anything: staff look it up.
    """
    digest = hashlib.sha256(f"tapbon/1/hand-in/{spend}".encode()).digest()
    number = int.from_bytes(digest[:5], "big")
    return "".join(_CROCKFORD[(number >> (5 * place)) & 31] for place in range(7))


_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
