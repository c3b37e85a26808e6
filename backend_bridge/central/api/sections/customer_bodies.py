"""What requests and answers about customers consist of."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from ninja import Path
from pydantic import Field, StringConstraints

from backend_bridge.central.api.fields import PLAIN, Day, Note, Shown, Wanted, Yes

Family = Literal[
    "ntag213",
    "ntag215",
    "ntag216",
    "ntag424-dna",
    "mifare-classic",
    "mifare-ultralight",
    "mifare-desfire",
    "other",
]
Short = Annotated[str, StringConstraints(max_length=64, pattern=PLAIN)]
CardNumber = Annotated[str, StringConstraints(min_length=8, max_length=40, pattern=r"^[0-9A-Fa-f :-]+$")]
CardPath = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$"), Path(..., description="Its pseudonym.")]
Origin = Literal["past_business", "enquiry", "enrolled"]


class ContactFields(Wanted):
    """How the company reaches a customer. Empty: not known."""

    display_name: Annotated[str, StringConstraints(max_length=120, pattern=PLAIN)] = ""
    email: Annotated[str, StringConstraints(max_length=254, pattern=PLAIN)] = ""
    phone: Short = ""
    street: Annotated[str, StringConstraints(max_length=120, pattern=PLAIN)] = ""
    postcode: Short = ""
    city: Short = ""
    country: Short = Field(default="", description="ISO 3166, two letters.")
    language: Short = ""
    birthday: Day | None = None


class ConsentWanted(Wanted):
    """That the company may write to the customer on a channel, or may not any more."""

    channel: Literal["email", "sms", "phone", "post"]
    given: Yes
    origin: Literal["past_business", "enquiry", "imported_list", "customer"]
    source: Annotated[str, StringConstraints(max_length=120, pattern=PLAIN)] = Field(
        default="", description="Which form, or which list."
    )


class CardWanted(Wanted):
    """A card by the number that a reader shows. Only a pseudonym of it is kept."""

    number: CardNumber
    family: Family = "other"


class CustomerWanted(Wanted):
    """A new customer of the programme."""

    username: Short = Field(default="", description="2 to 60 of a-z, 0-9 and . _ -; without: one is made.")
    number: Short = Field(default="", description="The company's own number for the customer.")
    contact: ContactFields = ContactFields()
    consents: list[ConsentWanted] = Field(default=[], max_length=20)
    card: CardWanted | None = None
    origin: Origin = "enrolled"
    source: Short = ""


class CustomerChange(Wanted):
    """What of a customer changes: all of the contact data, or the number, or both."""

    contact: ContactFields | None = None
    number: Short | None = None


class CustomerNamed(Wanted):
    """Somebody at the counter: by a whole username, or by the number of the card in hand."""

    username: Short | None = None
    card: CardNumber | None = None


class Joined(Wanted):
    """A customer of the programme whom the company gets to know."""

    username: Short
    origin: Origin = "past_business"


class Why(Wanted):
    """Why, in the company's own words."""

    reason: Note = ""


class CardShown(Shown):
    """A card. `replaced`: another one is in its place."""

    card: str
    family: str
    trust: str
    status: str
    replaced: bool


class ContactShown(Shown):
    """How the company reaches a customer."""

    display_name: str
    email: str
    phone: str
    street: str
    postcode: str
    city: str
    country: str
    language: str
    birthday: dt.date | None


class CustomerShown(Shown):
    """All that the company knows of a customer."""

    customer: str
    username: str
    standing: str = Field(description="`member`, or `contact`: invited, and has not accepted.")
    since: dt.datetime
    origin: str
    source: str
    number: str
    contact: ContactShown
    groups: list[str]
    consent: list[str] = Field(description="The channels on which the company may write now.")
    cards: list[CardShown]


class Customers(Shown):
    """A page of customers."""

    items: list[CustomerShown]
    next: str | None = Field(description="The cursor of the next page.")


class FoundShown(Shown):
    """Who was found. Of somebody whom the company does not know: the username, and nothing else."""

    found: bool
    customer: str | None = Field(default=None, description="Only where the company knows them.")
    username: str = ""
    known: bool = False
    display_name: str = ""
    card: str = ""
    card_status: str = Field(default="", description="`active` or `blocked`.")


class ConsentShown(Shown):
    """One line of the history of consent."""

    channel: str
    given: bool
    origin: str
    source: str
    by: str
    at: dt.datetime


class Consents(Shown):
    """All that was ever said, the newest first."""

    items: list[ConsentShown]


class CardChanged(Shown):
    """Whether it was done just now, or had been before."""

    card: str
    changed: bool
