"""Doing something once: what is decided from the books, and the same answer when it is asked for again."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import TypeVar

import msgspec

from backend_bridge.central.acting import judge
from backend_bridge.central.errors import KeyUsedOtherwise
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.services.checks import check_struct

AnyAct = TypeVar("AnyAct", bound=msgspec.Struct)
AnyResult = TypeVar("AnyResult")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for what, once: the key, the company, by whom, when."""

    key: str
    company: str
    by: str
    at: dt.datetime


def decided(
    asked: Asked,
    decide: Callable[[Posting], AnyAct],
    *,
    same: Callable[[AnyAct], bool],
    result: type[AnyResult],
) -> AnyResult:
    """The result of the act that `decide` makes. Where the key was used before it is the answer of that time,
    if `same` finds that it was the same request; otherwise `KeyUsedOtherwise` is raised. `BadVoucher` names what
    no act can carry: a receipt's id of a hundred characters."""

    def checked(posting: Posting) -> AnyAct:
        act = decide(posting)
        check_struct(act)
        return act

    done = judge(checked, key=asked.key, company=asked.company, by=asked.by, at=asked.at)
    if done.repeated and not _is_same(done.act, same):
        raise KeyUsedOtherwise(f"the key {asked.key} was used for something else before")
    return msgspec.convert(done.result, result)


def new_ids(count: int = 1) -> tuple[str, ...]:
    """Ids for new vouchers: 64 random bits each, as their codes carry them."""
    return tuple(secrets.token_hex(8) for _ in range(count))


def _is_same(act: AnyAct, same: Callable[[AnyAct], bool]) -> bool:
    try:
        return same(act)
    except AttributeError:  # an act of another type lacks what is compared
        return False
