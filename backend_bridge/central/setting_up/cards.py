"""Issues, blocks and replaces cards by their numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError

from backend_bridge.central.customers import cards
from backend_bridge.central.customers.models import Card, Customer
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.errors import CentralError

_BY = "command"


def issue_card(directory: DataDir, *, username: str, uid: str, family: str, at: dt.datetime) -> str:
    """Give the card of this number to a customer; its pseudonym. Raises `CentralError`."""
    customer = Customer.objects.filter(username=username.strip().lower()).first()
    if customer is None:
        raise CentralError(f"there is no customer {username!r}: run enrol-customer first")
    with _told_in_words():
        token = cards.token_of(uid, directory.cards_key())
        return cards.issue(token, customer=customer, family=family, at=at, by=_BY).pk


def block_card(directory: DataDir, *, uid: str, at: dt.datetime) -> bool:
    """Block a card; whether it was active until now. Raises `CentralError`."""
    return cards.block(_known(directory, uid, "this card").pk, at=at, by=_BY)


def replace_card(directory: DataDir, *, old_uid: str, new_uid: str, family: str | None, at: dt.datetime) -> bool:
    """Block the old card and give its customer the new one; whether it was done just now.

    Repeating it is harmless. Raises `CentralError`.
    """
    old = _known(directory, old_uid, "the old card")
    with _told_in_words():
        token = cards.token_of(new_uid, directory.cards_key())
        if old.replaced_by_id == token:
            return False
        cards.replace(old, token, family=family or old.family, at=at, by=_BY)
    return True


def _known(directory: DataDir, uid: str, called: str) -> Card:
    with _told_in_words():
        token = cards.token_of(uid, directory.cards_key())
    card = Card.objects.filter(pk=token).first()
    if card is None:
        raise CentralError(f"{called} is not known here: look at its number")
    return card


@contextmanager
def _told_in_words() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise CentralError(" ".join(error.messages)) from None
