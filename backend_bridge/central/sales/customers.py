"""Who buys: found by pseudonym, card or username, with the groups that campaigns are judged by."""

from __future__ import annotations

from backend_bridge.central.customers.errors import NotKnown
from backend_bridge.central.customers.knowing import the_account
from backend_bridge.central.customers.models import Card, Customer
from backend_bridge.central.customers.services.finding import find_by_card, find_by_username
from backend_bridge.central.customers.services.groups import groups_of
from backend_bridge.central.sales.errors import BadSale, CustomerRefused
from backend_bridge.central.sales.request import Who
from loyalty.receipts import receipt


def found(who: Who | None, *, company: str) -> str | None:
    """The account of who buys, or None for nobody; raises `CustomerRefused` and `BadSale`."""
    if who is None:
        return None
    named = [name for name in ("member", "card", "username") if getattr(who, name) is not None]
    if len(named) != 1:
        raise BadSale("who", "one", "a customer is named by one of member, card and username")
    [name] = named
    if who.member is not None:
        return _account(who.member)
    if who.card is not None:
        told = find_by_card(company=company, card=who.card)
    else:
        told = find_by_username(company=company, username=str(who.username))
    if told is None:
        raise CustomerRefused(f"who.{name}", "known", "there is no such customer")
    if told.card_status == Card.Status.BLOCKED:
        raise CustomerRefused("who.card", "blocked", "this card is blocked")
    return _account(told.member)


def customer_of(member: str | None, *, company: str) -> receipt.Customer | None:
    """The customer as the rules know them."""
    if member is None:
        return None
    return receipt.Customer(customer=member, groups=groups_of(company=company, member=member))


def _account(member: str) -> str:
    """The account; a contact has none yet: what is given to them waits (`customers.services`)."""
    try:
        account = the_account(member)
    except NotKnown:
        raise CustomerRefused("who.member", "known", "there is no such customer") from None
    if Customer.objects.get(pk=account).standing != Customer.Standing.MEMBER:
        raise CustomerRefused("who", "joined", "this person has not joined yet")
    return account
