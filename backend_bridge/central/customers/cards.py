"""Issuing, blocking and replacing cards. A card's number becomes its pseudonym here, and goes no further.

A PIN ends with its card: who found or took the card may have seen it typed, or found it written down, so a
card that is unblocked or takes another one's place has none until one is set.

No message says a number or carries it: messages end on screens and in logs.
"""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models import Card, CardEvent, CardPin, Customer
from loyalty.cards import card_token

What = CardEvent.What
_SEPARATORS = str.maketrans("", "", " :-")
_LENGTHS = (4, 7, 10)
#: ISO/IEC 14443-3: a single-size number that begins with 08 is made anew at every tap.
_RANDOM = 0x08


def token_of(typed: str, key: bytes) -> str:
    """The pseudonym of the card whose number somebody typed; raises `ValidationError`.

    Written as readers show it: hex digits, with or without spaces, colons or hyphens between them.
    """
    try:
        uid = bytes.fromhex(typed.translate(_SEPARATORS))
    except ValueError:
        uid = b""
    if len(uid) not in _LENGTHS:
        raise ValidationError(_("A card's number has 8, 14 or 20 hex digits (0-9, a-f)."))
    if len(uid) == _LENGTHS[0] and uid[0] == _RANDOM:
        raise ValidationError(_("This card shows another number at each tap, it cannot be a customer card."))
    return card_token(uid, key)


def check_is_new(token: str) -> None:
    """Raises `ValidationError` where a card of this pseudonym is known, blocked ones too."""
    if Card.objects.filter(pk=token).exists():
        raise ValidationError(_("This card has been issued already. Look for it in Cards."))


def check_can_be_replaced(card: Card) -> None:
    """Raises `ValidationError` where another card has taken its place already."""
    if card.replaced_by_id is not None:
        raise ValidationError(_("This card has been replaced already. Replace the newer card."))


def issue(token: str, *, customer: Customer, family: str, at: dt.datetime, by: str, company: str | None = None) -> Card:
    """Give a new card to `customer`, who may have others; raises `ValidationError` for one that is known."""
    check_is_new(token)
    with transaction.atomic():
        card = Card.objects.create(token=token, customer=customer, family=family)
        _note(token, What.ISSUED, at=at, by=by, company=company)
    return card


def block(token: str, *, at: dt.datetime, by: str, company: str | None = None, reason: str = "") -> bool:
    """Block a card; whether it was active until now. Terminals learn it with their next rules."""
    with transaction.atomic():
        chosen = Card.objects.filter(pk=token, status=Card.Status.ACTIVE)
        done = chosen.update(status=Card.Status.BLOCKED, blocked_at=at) > 0
        if done:
            _note(token, What.BLOCKED, at=at, by=by, company=company, reason=reason)
            if CardPin.objects.filter(card=token).delete()[0]:
                _note(token, What.PIN_ENDED, at=at, by=by, company=company)
    return done


def unblock(token: str, *, at: dt.datetime, by: str, company: str | None = None) -> bool:
    """Let a blocked card be used again, unless it was replaced; whether that was done."""
    with transaction.atomic():
        chosen = Card.objects.filter(pk=token, status=Card.Status.BLOCKED, replaced_by=None)
        done = chosen.update(status=Card.Status.ACTIVE, blocked_at=None) > 0
        if done:
            _note(token, What.UNBLOCKED, at=at, by=by, company=company)
    return done


@transaction.atomic
def replace(old: Card, token: str, *, family: str, at: dt.datetime, by: str, company: str | None = None) -> Card:
    """Block `old` for good and give its customer the new card; raises `ValidationError`."""
    locked = Card.objects.select_for_update().get(pk=old.pk)
    check_can_be_replaced(locked)
    card = issue(token, customer=locked.customer, family=family, at=at, by=by, company=company)
    block(locked.pk, at=at, by=by, company=company)
    Card.objects.filter(pk=locked.pk).update(replaced_by=card)
    _note(locked.pk, What.REPLACED, at=at, by=by, company=company)
    return card


def _note(token: str, what: What, *, at: dt.datetime, by: str, company: str | None, reason: str = "") -> None:
    CardEvent.objects.create(card_id=token, what=what, at=at, by=by, company_id=company, reason=reason)
