"""Inviting people to take part (B7): a token that only they have, and points that wait for their answer.

Whether somebody whom a company invites has an account already, the company does not learn: a contact of
its own stands for them until they accept. Who has an account says so when accepting, and proves it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum

from backend_bridge.central.acting import judge
from backend_bridge.central.customers.errors import AlreadyDone, NotKnown
from backend_bridge.central.customers.knowing import known_to, membership_of
from backend_bridge.central.customers.models import Customer, Invitation, MembershipOrigin
from backend_bridge.central.customers.services import consent, enrolling
from backend_bridge.central.customers.services.results import ConsentSaid, Contact
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Account, Holding
from backend_bridge.central.ledger.posting import Posting
from loyalty.acts.members import InvitationAccepted, InvitationEnd, InvitationEnded, WaitingLot

#: How long points wait for the acceptance (B7).
WAITING = dt.timedelta(days=90)
State = Invitation.State


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that was made. `token` is said here and nowhere again: it goes into the invitation's link."""

    invitation: str
    member: str
    token: str
    expires_at: dt.datetime


class InvitationTold(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as the invited person reads it."""

    invitation: str
    company: str
    company_name: str
    state: str
    expires_at: dt.datetime
    #: What waits, by pool.
    points: dict[str, int]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that was accepted: by which account, and what it got, by pool."""

    member: str
    username: str
    company: str
    points: dict[str, int]


@transaction.atomic
def invite(
    *,
    company: str,
    contact: Contact | None = None,
    member: str = "",
    consents: Iterable[ConsentSaid] = (),
    by: str,
    at: dt.datetime,
) -> Invited:
    """Invite a person by their contact data, or one of the company's contacts; from now on points can be
    registered to `member`. Raises `BadValue`, `NotKnown`, and `AlreadyDone` for who takes part or is invited.
    """
    if not member:
        member = _new_contact(company, contact or Contact(), at=at)
    row = membership_of(company=company, member=member, lock=True)
    if row.customer.standing != Customer.Standing.CONTACT:
        raise AlreadyDone("member", "takes_part", "this customer takes part already")
    for said in consents:
        consent.record(company=company, member=member, said=said, by=by, at=at)
    token = secrets.token_urlsafe(24)
    invitation = Invitation(
        id=secrets.token_hex(16),
        company_id=company,
        customer=row.customer,
        token_hash=_hash(token),
        invited_at=at,
        invited_by=by,
        expires_at=at + WAITING,
    )
    try:
        with transaction.atomic():
            invitation.save(force_insert=True)
    except IntegrityError:
        raise AlreadyDone("member", "invited", "this person is invited already: send the invitation anew") from None
    return Invited(invitation=invitation.pk, member=member, token=token, expires_at=invitation.expires_at)


def new_token(*, company: str, invitation: str) -> str:
    """Another token for an open invitation, in the place of one that was lost; its time stays. Raises `NotKnown`."""
    token = secrets.token_urlsafe(24)
    chosen = Invitation.objects.filter(pk=invitation, company=company, state=State.OPEN)
    if not chosen.update(token_hash=_hash(token)):
        raise NotKnown("invitation", "known", "this company has no such open invitation")
    return token


def look(*, token: str) -> InvitationTold:
    """What the token's invitation says; raises `NotKnown`."""
    row = _by_token(token)
    return InvitationTold(
        invitation=row.pk,
        company=row.company_id,
        company_name=row.company.name,
        state=row.state,
        expires_at=row.expires_at,
        points=points_waiting(row),
    )


def points_waiting(row: Invitation) -> dict[str, int]:
    """What waits for the invited person, by pool."""
    waits = Holding.objects.filter(
        lot__member=row.customer_id,
        account__kind=Account.Kind.MEMBER_WAITING,
        account__company=row.company_id,
        amount__gt=0,
    )
    return dict(waits.values_list("lot__unit").annotate(points=Sum("amount")).order_by("lot__unit"))


def accept(*, token: str, username: str = "", account: str = "", by: str = "customer", at: dt.datetime) -> Accepted:
    """Accept: the person takes part from now on, and what waited is in their main account, once; vouchers that the
    company made for them are theirs.

    `account` is the account that they have in the programme already; the caller has made sure that it is theirs
    (by their card or their log-in). Without one, the contact becomes their account, under `username`.
    Repeating it is harmless. Raises `NotKnown`, `BadValue`, `Taken`, and `AlreadyDone` for one that was declined,
    has expired, or was accepted otherwise.
    """
    row = _by_token(token)
    if row.state == State.OPEN and row.expires_at <= at:
        _end(row, InvitationEnd.EXPIRED, by="job", at=at)
    with transaction.atomic():
        target = _account_of(row, account)
        if username.strip() and row.state == State.OPEN and not account:
            enrolling.change_username(member=target, username=username)
        done = judge(
            lambda posting: InvitationAccepted(
                invitation=row.pk,
                member=row.customer_id,
                account=target,
                company=row.company_id,
                lots=_lots(row, posting),
                vouchers=_vouchers(row, target),
            ),
            key=_key(row.pk),
            company=row.company_id,
            by=by,
            at=at,
        )
        act = done.act
        if not isinstance(act, InvitationAccepted):
            raise AlreadyDone("token", str(act.how), f"this invitation has {_TOLD[act.how]}")
        if act.account != target:
            raise AlreadyDone("token", "accepted", "this invitation was accepted with another account")
    return _accepted(act)


def decline(*, token: str, by: str = "customer", at: dt.datetime) -> None:
    """Decline: what waited is the company's again. Repeating it is harmless.

    Raises `NotKnown`, and `AlreadyDone` for one that was accepted.
    """
    row = _by_token(token)
    act = _end(row, InvitationEnd.DECLINED if at < row.expires_at else InvitationEnd.EXPIRED, by=by, at=at)
    if isinstance(act, InvitationAccepted):
        raise AlreadyDone("token", "accepted", "this invitation was accepted")


def expire_invitations(*, at: dt.datetime, most: int = 10_000) -> int:
    """The job that ends invitations whose time is over at `at`; how many of them it ended."""
    over = Invitation.objects.filter(state=State.OPEN, expires_at__lte=at).order_by("expires_at")[:most]
    return sum(isinstance(_end(row, InvitationEnd.EXPIRED, by="job", at=at), InvitationEnded) for row in list(over))


def _new_contact(company: str, contact: Contact, *, at: dt.datetime) -> str:
    """A contact for somebody whom the company does not know; raises `AlreadyDone` where it knows the address."""
    email = contact.email.strip().lower()
    if email and known_to(company).filter(email=email).exists():
        raise AlreadyDone("email", "known", "this company knows somebody of this address: invite them by it")
    customer = enrolling.new_customer(company=company, username="", standing=Customer.Standing.CONTACT, at=at)
    enrolling.new_membership(customer, company=company, contact=contact, origin=MembershipOrigin.INVITED, at=at)
    return customer.pk


def _end(row: Invitation, how: InvitationEnd, *, by: str, at: dt.datetime) -> InvitationAccepted | InvitationEnded:
    done = judge(
        lambda posting: InvitationEnded(
            invitation=row.pk, member=row.customer_id, company=row.company_id, how=how, lots=_lots(row, posting)
        ),
        key=_key(row.pk),
        company=row.company_id,
        by=by,
        at=at,
    )
    act: InvitationAccepted | InvitationEnded = done.act
    return act


def _lots(row: Invitation, posting: Posting) -> tuple[WaitingLot, ...]:
    """All that waits for the invited person. The invitation is locked first: nothing more can come."""
    Invitation.objects.select_for_update().get(pk=row.pk)
    return tuple(
        WaitingLot(pool=pool, lot=lot.id, points=points)
        for pool in _waiting_accounts(row).order_by("unit").values_list("unit", flat=True)
        for lot, points in posting.lots_in(accounts.waiting(member=row.customer_id, pool=pool, company=row.company_id))
    )


def _vouchers(row: Invitation, account: str) -> tuple[str, ...]:
    """The vouchers that go over to another account; to the contact's own nothing has to go."""
    if account == row.customer_id:
        return ()
    from backend_bridge.central.vouchers.services.owning import vouchers_of

    return vouchers_of(row.customer_id, company=row.company_id)


def _waiting_accounts(row: Invitation) -> QuerySet[Account]:
    return Account.objects.filter(kind=Account.Kind.MEMBER_WAITING, member=row.customer_id, company=row.company_id)


def _account_of(row: Invitation, account: str) -> str:
    """The account that accepts; raises `NotKnown` for one that is not, or does not take part."""
    if not account or account == row.customer_id:
        return row.customer_id
    there = Customer.objects.filter(pk=account, standing=Customer.Standing.MEMBER, merged_into=None)
    if not there.exists():
        raise NotKnown("account", "known", "there is no such account")
    return account


def _accepted(act: InvitationAccepted) -> Accepted:
    got: Counter[str] = Counter()
    for lot in act.lots:
        got[lot.pool] += lot.points
    username = Customer.objects.get(pk=act.account).username
    return Accepted(member=act.account, username=username, company=act.company, points=dict(sorted(got.items())))


def _by_token(token: str) -> Invitation:
    row = Invitation.objects.select_related("company").filter(token_hash=_hash(token)).first()
    if row is None:
        raise NotKnown("token", "known", "there is no such invitation")
    return row


def _hash(token: str) -> str:
    # A token has 192 random bits: a plain hash cannot be searched for it.
    return hashlib.sha256(token.encode()).hexdigest()


def _key(invitation: str) -> str:
    """One key for every way in which an invitation ends: it ends once."""
    return f"invitation/{invitation}"


_TOLD = {InvitationEnd.DECLINED: "been declined", InvitationEnd.EXPIRED: "expired"}
