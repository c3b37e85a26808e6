"""Points that wait: noted at a busy counter (B6), or for somebody who is invited (B7)."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from ninja import Query
from pydantic import Field

from backend_bridge.central.api.belonging import branch_in, customer_in, pool_in
from backend_bridge.central.api.calling import Call
from backend_bridge.central.api.endpoint import Section
from backend_bridge.central.api.fields import Amount, Hex, Id, Note, PathHex, Shown, Text, Wanted
from backend_bridge.central.api.problems import broken
from backend_bridge.central.api.sections.customer_bodies import ConsentWanted, ContactFields
from backend_bridge.central.api.sections.customers import contact_of, said_of
from backend_bridge.central.customers.services import deferring, inviting

section = Section("waiting", "Points that are noted now and registered later, and invitations.")


class NoteWanted(Wanted):
    """Points for somebody who is not at hand: by username, or in words."""

    branch: Id | None = Field(default=None, description="Without: the branch of the API key.")
    username: Note = ""
    hint: Note = Field(default="", description="Who it is, in words that staff will understand.")
    pool: Id
    points: Amount


class Registration(Wanted):
    """Who gets what was noted; without: whom the note names."""

    customer: Hex | None = None


class Discard(Wanted):
    """Why nothing is registered."""

    reason: Text


class NoteShown(Shown):
    """Points that were noted, and what became of them."""

    note: str
    branch: str
    customer: str | None
    username: str
    hint: str
    pool: str
    points: int | None
    noted_at: dt.datetime
    noted_by: str
    state: str = Field(description="`open`, `registered` or `discarded`.")
    settled_at: dt.datetime | None
    settled_by: str
    reason: str


class Notes(Shown):
    """What still waits, the oldest first."""

    items: list[NoteShown]


class InvitationWanted(Wanted):
    """Somebody who is invited: by contact data, or a contact of the company who was invited before."""

    contact: ContactFields | None = None
    customer: Hex | None = None
    consents: list[ConsentWanted] = Field(default=[], max_length=20)


class InvitationShown(Shown):
    """An invitation. `token` goes into the link that the person gets; nobody can read it again."""

    invitation: str
    customer: str = Field(description="Points can be given to it from now on; they wait.")
    token: str
    expires_at: dt.datetime


class TokenShown(Shown):
    """Another token for an invitation."""

    invitation: str
    token: str


class TokenWanted(Wanted):
    """The token of an invitation, which only the invited person has."""

    token: Text


class Acceptance(Wanted):
    """The answer of an invited person who takes part from now on."""

    token: Text
    username: Note = Field(default="", description="What the person wants to be called; without: one is made.")


class InvitationTold(Shown):
    """What an invitation says to the invited person."""

    invitation: str
    company_name: str
    state: str
    expires_at: dt.datetime
    points: dict[str, int] = Field(description="What waits, by pool.")


class Accepted(Shown):
    """The account of who accepted, and what it got, by pool."""

    customer: str
    username: str
    points: dict[str, int]


@section.get("/notes", scope="points:award")
def list_notes(
    call: Call, *, branch: Annotated[Id | None, Query(None, description="Only what was noted at this branch.")]
) -> Notes:
    """What was noted and is still open."""
    return Notes(items=[_shown(one) for one in deferring.open_notes(company=call.company, branch=branch or "")])


@section.post("/notes", scope="points:award")
def note_points(call: Call, wanted: NoteWanted) -> NoteShown:
    """Note points now, to register them later, once."""
    branch, pool = branch_in(call, wanted.branch), pool_in(call, wanted.pool)
    what = deferring.Note(
        branch=branch.pk, username=wanted.username, hint=wanted.hint, pool=pool.pk, points=wanted.points
    )
    return _shown(deferring.note(company=call.company, what=what, by=call.caller.by, at=call.at))


@section.get("/notes/{note}", scope="points:award")
def read_note(call: Call, note: PathHex) -> NoteShown:
    """One note of the company."""
    return _shown(deferring.get(company=call.company, note=note))


@section.post("/notes/{note}/registration", scope="points:award", status=200)
def register_note(call: Call, note: PathHex, who: Registration) -> NoteShown:
    """Register what was noted; the time at which it was noted counts."""
    deferring.get(company=call.company, note=note)
    member = "" if who.customer is None else customer_in(call, who.customer)
    told = deferring.register(company=call.company, note=note, member=member, by=call.caller.by, at=call.at)
    return _shown(told)


@section.post("/notes/{note}/discarding", scope="points:award", status=200)
def discard_note(call: Call, note: PathHex, why: Discard) -> NoteShown:
    """Close a note without giving anything."""
    told = deferring.discard(company=call.company, note=note, reason=why.reason, by=call.caller.by, at=call.at)
    return _shown(told)


@section.post("/invitations", scope="customers:write", kept=False)
def invite(call: Call, wanted: InvitationWanted) -> InvitationShown:
    """Invite a person. From now on points can be given to them; they wait 90 days for the acceptance."""
    if (wanted.contact is None) == (wanted.customer is None):
        raise broken("body.contact", "one_of", "Name either contact data, or a customer.")
    told = inviting.invite(
        company=call.company,
        contact=None if wanted.contact is None else contact_of(wanted.contact),
        member="" if wanted.customer is None else customer_in(call, wanted.customer),
        consents=[said_of(one) for one in wanted.consents],
        by=call.caller.by,
        at=call.at,
    )
    return InvitationShown(
        invitation=told.invitation, customer=told.member, token=told.token, expires_at=told.expires_at
    )


@section.post("/invitations/{invitation}/token", scope="customers:write", kept=False)
def renew_token(call: Call, invitation: PathHex) -> TokenShown:
    """Make another token for an open invitation; the one before opens nothing any more."""
    return TokenShown(invitation=invitation, token=inviting.new_token(company=call.company, invitation=invitation))


@section.ask("/invitations/looking", scope="customers:read")
def read_invitation(call: Call, wanted: TokenWanted) -> InvitationTold:
    """What the invitation of a token says."""
    told = inviting.look(token=wanted.token)
    if told.company != call.company:
        raise broken("body.token", "unknown", "There is no such token.")
    plain = msgspec.structs.asdict(told)
    del plain["company"]
    return InvitationTold(**plain)


@section.post("/invitations/acceptance", scope="customers:write")
def accept_invitation(call: Call, wanted: Acceptance) -> Accepted:
    """Accept an invitation for the person who has brought its token: what waited can be spent."""
    if inviting.look(token=wanted.token).company != call.company:
        raise broken("body.token", "unknown", "There is no such token.")
    told = inviting.accept(token=wanted.token, username=wanted.username, by=call.caller.by, at=call.at)
    return Accepted(customer=told.member, username=told.username, points=told.points)


def _shown(told: deferring.NoteTold) -> NoteShown:
    return NoteShown(
        note=told.note,
        branch=told.branch,
        customer=told.member or None,
        username=told.username,
        hint=told.hint,
        pool=told.pool,
        points=told.points,
        noted_at=told.noted_at,
        noted_by=told.noted_by,
        state=told.state,
        settled_at=told.settled_at,
        settled_by=told.settled_by,
        reason=told.reason,
    )
