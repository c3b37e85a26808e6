"""Posts what happens to invited people's points (`loyalty.acts.members`), and how their invitation ended.

Rows of invitations are changed where they are; a replay of the books has none, and needs none.
"""

from __future__ import annotations

from backend_bridge.central.acting.handler import Nothing
from backend_bridge.central.customers.knowing import meet
from backend_bridge.central.customers.models import Customer, Invitation
from backend_bridge.central.customers.services import merging
from backend_bridge.central.errors import BooksError
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts, points
from backend_bridge.central.ledger.giving import PointsAre
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.posting import Posting
from backend_bridge.central.vouchers.posting.registered import post_with_owner
from loyalty.acts.members import InvitationAccepted, InvitationEnded, PointsWaiting, WaitingLot

_ORIGINS = ("earned", "goodwill")


def post_waiting(act: PointsWaiting, posting: Posting) -> PointsAre:
    """Post points to where they wait; raises `BooksError`."""
    if act.issuer != posting.company:
        raise BooksError("a company gives its own points only")
    if act.origin not in _ORIGINS:
        raise BooksError("points that wait are earned or goodwill")
    gift = points.Gift(
        lot=posting.id("lot"),
        member=act.member,
        pool=act.pool,
        points=act.points,
        issuer=act.issuer,
        origin=act.origin,
        expires_at=None if act.expires_ms is None else from_ms(act.expires_ms),
    )
    where = accounts.waiting(member=act.member, pool=act.pool, company=act.issuer)
    lot = points.give(posting, gift, kind=Transfer.Kind.GIVEN, to=where)
    return PointsAre(lot.id, act.points)


def post_accepted(act: InvitationAccepted, posting: Posting) -> Nothing:
    """Post what waited into the main account, with what the person owes there filled first; raises `BooksError`."""
    for number, waited in enumerate(act.lots):
        if act.account == act.member:
            _to_main(act, waited, posting)
        else:
            _anew(act, waited, posting, number)
    for pool in sorted({waited.pool for waited in act.lots}):
        points.fill_debts(posting, member=act.account, pool=pool)
    _settle(act.invitation, state=Invitation.State.ACCEPTED, posting=posting, accepted_as=act.account)
    Customer.objects.filter(pk=act.account).update(standing=Customer.Standing.MEMBER)
    if act.account != act.member:
        merging.take_over(company=act.company, contact=act.member, account=act.account)
        for voucher in act.vouchers:
            post_with_owner(voucher, account=act.account, posting=posting)
    meet(customer=act.account, company=act.company, at=posting.at)
    return Nothing()


def post_ended(act: InvitationEnded, posting: Posting) -> Nothing:
    """Post what waited back to the company; raises `BooksError`."""
    for waited in act.lots:
        posting.move(
            Transfer.Kind.REVERSED, _waiting(act, waited), _funding(act, waited), waited.points, lot=waited.lot
        )
    _settle(act.invitation, state=Invitation.State(act.how.value), posting=posting)
    return Nothing()


def _to_main(act: InvitationAccepted, waited: WaitingLot, posting: Posting) -> None:
    main = accounts.main(member=act.member, pool=waited.pool)
    posting.move(Transfer.Kind.ACCEPTED, _waiting(act, waited), main, waited.points, lot=waited.lot)


def _anew(act: InvitationAccepted, waited: WaitingLot, posting: Posting, number: int) -> None:
    """A lot belongs to one account for ever: for another one it goes back, and is given on the same terms."""
    old = posting.lot(waited.lot)
    posting.move(Transfer.Kind.ACCEPTED, _waiting(act, waited), _funding(act, waited), waited.points, lot=old.id)
    gift = points.Gift(
        lot=posting.id("lot", number),
        member=act.account,
        pool=waited.pool,
        points=waited.points,
        issuer=old.issuer,
        origin=old.origin,
        expires_at=old.expires_at,
        created_at=old.created_at,
    )
    points.give(posting, gift, kind=Transfer.Kind.ACCEPTED, to=accounts.main(member=act.account, pool=waited.pool))


def _waiting(act: InvitationAccepted | InvitationEnded, waited: WaitingLot) -> accounts.AccountRef:
    return accounts.waiting(member=act.member, pool=waited.pool, company=act.company)


def _funding(act: InvitationAccepted | InvitationEnded, waited: WaitingLot) -> accounts.AccountRef:
    return accounts.funding(company=act.company, pool=waited.pool)


def _settle(invitation: str, *, state: Invitation.State, posting: Posting, accepted_as: str | None = None) -> None:
    row = Invitation.objects.filter(pk=invitation, state=Invitation.State.OPEN)
    row.update(state=state, settled_at=posting.at, accepted_as=accepted_as)
