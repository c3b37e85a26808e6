"""What the services are told and what they answer."""

from __future__ import annotations

import datetime as dt

import msgspec


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a company reaches a customer. Empty: not known. `country` is ISO 3166, two letters."""

    display_name: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    language: str = ""
    birthday: dt.date | None = None


class ConsentSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A consent as it was given or withdrawn: `channel`, `origin` as in the models; `source`: form or list."""

    channel: str
    given: bool
    origin: str
    source: str = ""


class ConsentTold(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the history of consent."""

    channel: str
    given: bool
    origin: str
    source: str
    by: str
    at: dt.datetime


class CardTold(msgspec.Struct, frozen=True, kw_only=True):
    """A card of a customer. `replaced` says that another one is in its place."""

    card: str
    family: str
    trust: str
    status: str
    replaced: bool


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A customer who was looked for. A company that does not know them learns the username, to confirm, and
    the pseudonym to register points to: nothing else."""

    member: str
    username: str
    known: bool
    display_name: str = ""
    card: str = ""
    card_status: str = ""


class MemberTold(msgspec.Struct, frozen=True, kw_only=True):
    """All that one company knows of a customer."""

    member: str
    username: str
    standing: str
    since: dt.datetime
    origin: str
    source: str
    number: str
    contact: Contact
    groups: tuple[str, ...]
    #: Channels on which the company may write now.
    consent: tuple[str, ...]
    cards: tuple[CardTold, ...]


class NoteTold(msgspec.Struct, frozen=True, kw_only=True):
    """A note that staff wrote."""

    text: str
    by: str
    at: dt.datetime


class GroupTold(msgspec.Struct, frozen=True, kw_only=True):
    """A group of a company; `group` is its slug, by which campaigns name it."""

    group: str
    name: str
    members: int


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a list; `after` is what to ask for the next one with, empty at the end."""

    members: tuple[MemberTold, ...]
    after: str
