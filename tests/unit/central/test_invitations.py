"""B7: an invited person's points wait 90 days, unspendable; then they are theirs, or the company's again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from backend_bridge.central.customers.errors import AlreadyDone, BadValue, NotKnown, Taken
from backend_bridge.central.customers.models import Customer, Invitation
from backend_bridge.central.customers.services import consent, deferring, enrolling, finding, groups, inviting
from backend_bridge.central.customers.services.giving import Giving, Registered, register_points
from backend_bridge.central.customers.services.inviting import Invited
from backend_bridge.central.customers.services.results import ConsentSaid, Contact
from backend_bridge.central.errors import KeyUsedOtherwise
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Account, Holding, Lot, Transfer
from tests.unit.central.lab import BREAD, NETWORK, NOW_MS, Lab, member

NOW = from_ms(NOW_MS)
DAY = dt.timedelta(days=1)
MOLEN, ZUID = "de-molen", "cocktailbar-zuid"
ELSE = Contact(display_name="Else", email="else@example.nl")


def invite(**told: Any) -> Invited:
    return inviting.invite(company=MOLEN, by="office:1", at=NOW, **{"contact": ELSE, **told})


def give(invited: str, points: int = 100, *, pool: str = BREAD, key: str = "k", **told: Any) -> Registered:
    giving = Giving(company=MOLEN, member=invited, pool=pool, points=points, **told)
    return register_points(giving, key=key, by="office:1", at=NOW)


def held(of: str, kind: Account.Kind = Account.Kind.MEMBER_MAIN, pool: str = BREAD) -> int:
    rows = Holding.objects.filter(account__member=of, account__kind=kind, account__unit=pool)
    return sum(row.amount for row in rows)


def given_by(company: str = MOLEN, pool: str = BREAD) -> int:
    """What the company has given altogether: the negative of its funding account."""
    funding = accounts.funding(company=company, pool=pool).id
    came = sum(Transfer.objects.filter(credit=funding).values_list("amount", flat=True))
    went = sum(Transfer.objects.filter(debit=funding).values_list("amount", flat=True))
    return int(went - came)


def test_b7_from_the_invitation_on_points_wait_and_are_not_spendable(lab: Lab) -> None:
    invited = invite()
    first = give(invited.member)

    assert (first.waiting, first.member) == (True, invited.member)
    assert held(invited.member, Account.Kind.MEMBER_WAITING) == 100
    assert held(invited.member) == 0
    assert inviting.look(token=invited.token).points == {BREAD: 100}


def test_b7_accepting_moves_the_same_lots_once(lab: Lab) -> None:
    invited = invite()
    expires = NOW + 400 * DAY
    lots = {
        give(invited.member, key="a", expires_at=expires).lot,
        give(invited.member, 30, pool=NETWORK, key="b", origin="goodwill").lot,
    }
    later = NOW + 89 * DAY

    accepted = inviting.accept(token=invited.token, username="else", at=later)
    again = inviting.accept(token=invited.token, username="else", at=later + DAY)

    assert accepted == again
    assert accepted == inviting.Accepted(
        member=invited.member, username="else", company=MOLEN, points={BREAD: 100, NETWORK: 30}
    )
    assert (held(invited.member), held(invited.member, pool=NETWORK)) == (100, 30)
    assert held(invited.member, Account.Kind.MEMBER_WAITING) == 0
    assert set(Lot.objects.filter(member=invited.member).values_list("pk", flat=True)) == lots
    assert Lot.objects.get(member=invited.member, unit=BREAD).expires_at == expires
    assert finding.member(company=MOLEN, member=invited.member).standing == "member"
    assert not give(invited.member, key="c").waiting


def test_b7_after_90_days_the_points_are_the_companys_again(lab: Lab) -> None:
    before = given_by()
    invited = invite()
    give(invited.member)
    give(invited.member, 11, key="l")

    assert inviting.expire_invitations(at=NOW + 90 * DAY - dt.timedelta(seconds=1)) == 0
    assert inviting.expire_invitations(at=NOW + 90 * DAY) == 1
    assert inviting.expire_invitations(at=NOW + 91 * DAY) == 0
    assert (held(invited.member, Account.Kind.MEMBER_WAITING), given_by()) == (0, before)
    with pytest.raises(AlreadyDone) as late:
        inviting.accept(token=invited.token, at=NOW + 91 * DAY)
    assert late.value.rule == "expired"
    with pytest.raises(NotKnown):
        give(invited.member, key="m")


def test_b7_who_accepts_too_late_gets_nothing_even_before_the_job_ran(lab: Lab) -> None:
    invited = invite()
    give(invited.member)

    with pytest.raises(AlreadyDone):
        inviting.accept(token=invited.token, at=NOW + 90 * DAY)
    assert Invitation.objects.get().state == "expired"
    assert (held(invited.member), held(invited.member, Account.Kind.MEMBER_WAITING)) == (0, 0)


def test_b7_declining_gives_back_and_is_final(lab: Lab) -> None:
    before = given_by()
    invited = invite()
    give(invited.member)
    inviting.decline(token=invited.token, at=NOW)
    inviting.decline(token=invited.token, at=NOW)

    assert (given_by(), Invitation.objects.get().state) == (before, "declined")
    with pytest.raises(AlreadyDone):
        inviting.accept(token=invited.token, at=NOW)
    assert finding.member(company=MOLEN, member=invited.member).standing == "contact"
    assert invite(member=invited.member, contact=None).member == invited.member


def test_b7_an_accepted_invitation_cannot_be_declined_or_accepted_by_another(lab: Lab) -> None:
    invited = invite()
    inviting.accept(token=invited.token, at=NOW)

    with pytest.raises(AlreadyDone):
        inviting.decline(token=invited.token, at=NOW)
    with pytest.raises(AlreadyDone):
        inviting.accept(token=invited.token, account=member("vera"), at=NOW)
    assert Customer.objects.get(pk=invited.member).merged_into is None


def test_b7_who_has_an_account_already_accepts_with_it(lab: Lab) -> None:
    """The lots begin anew on the same terms in that account; what the company knew goes along."""
    anna, before, funded = member("anna"), held(member("anna")), given_by()
    invited = invite(consents=[ConsentSaid(channel="email", given=True, origin="enquiry", source="fair")])
    groups.create(company=MOLEN, group="new", name="New")
    groups.add(company=MOLEN, group="new", members=[invited.member], by="office:1", at=NOW)
    expires = NOW + 400 * DAY
    old = give(invited.member, expires_at=expires).lot

    accepted = inviting.accept(token=invited.token, account=anna, at=NOW + DAY)
    again = inviting.accept(token=invited.token, account=anna, at=NOW + 2 * DAY)

    assert accepted == again
    assert (accepted.member, accepted.username, accepted.points) == (anna, "anna", {BREAD: 100})
    assert (held(anna), given_by()) == (before + 100, funded + 100)
    new = Lot.objects.filter(member=anna, expires_at=expires).get()
    assert (new.issuer_id, new.origin, new.created_at) == (MOLEN, "earned", Lot.objects.get(pk=old).created_at)
    told = finding.member(company=MOLEN, member=anna)
    assert (told.contact.email, told.groups, told.consent) == ("else@example.nl", ("coupons", "new"), ("email",))
    assert [one.source for one in consent.history(company=MOLEN, member=anna)] == ["fair"]
    with pytest.raises(NotKnown):
        finding.member(company=MOLEN, member=invited.member)
    assert give(invited.member, 5, key="later").member == anna


def test_p6_inviting_tells_a_company_nothing_about_an_account_elsewhere(lab: Lab) -> None:
    enrolling.enrol(company=ZUID, username="else", contact=ELSE, by="office:2", at=NOW)
    invited = invite()

    assert finding.member(company=MOLEN, member=invited.member).standing == "contact"
    assert finding.search(company=MOLEN, text="else").members[0].member == invited.member
    assert finding.search(company=ZUID, text="else").members[0].member != invited.member


def test_b7_whom_the_company_knows_is_not_invited_as_somebody_else(lab: Lab) -> None:
    known = enrolling.enrol(company=MOLEN, contact=ELSE, by="office:1", at=NOW)

    with pytest.raises(AlreadyDone) as refused:
        invite()
    assert refused.value.field == "email"
    with pytest.raises(AlreadyDone):
        invite(member=known.member)
    with pytest.raises(NotKnown):
        inviting.invite(company=ZUID, member=known.member, by="office:2", at=NOW)


def test_b7_one_invitation_at_a_time_and_a_lost_one_is_sent_anew(lab: Lab) -> None:
    invited = invite()
    with pytest.raises(AlreadyDone):
        invite(member=invited.member)
    token = inviting.new_token(company=MOLEN, invitation=invited.invitation)

    with pytest.raises(NotKnown):
        inviting.look(token=invited.token)
    with pytest.raises(NotKnown):
        inviting.new_token(company=ZUID, invitation=invited.invitation)
    assert inviting.accept(token=token, at=NOW).member == invited.member


def test_the_database_does_not_hold_what_accepts_an_invitation(lab: Lab) -> None:
    invited = invite()

    assert invited.token not in str(list(Invitation.objects.values()))
    for wrong in ("", invited.invitation, invited.token[:-1], Invitation.objects.get().token_hash):
        with pytest.raises(NotKnown):
            inviting.accept(token=wrong, at=NOW)


def test_a_taken_username_refuses_the_acceptance_whole(lab: Lab) -> None:
    invited = invite()
    give(invited.member)
    for username, error in (("anna", Taken), ("x", BadValue)):
        with pytest.raises(error):
            inviting.accept(token=invited.token, username=username, at=NOW)

    assert (Invitation.objects.get().state, held(invited.member)) == ("open", 0)
    assert Customer.objects.get(pk=invited.member).standing == "contact"


def test_b8_points_are_registered_once_for_a_key(lab: Lab) -> None:
    """B8: by username, without a card."""
    found = finding.find_by_username(company=MOLEN, username="Vera")
    assert found is not None
    before = held(found.member)
    first, again = give(found.member, 40), give(found.member, 40)

    assert (again.repeated, again.lot, held(found.member)) == (True, first.lot, before + 40)
    with pytest.raises(KeyUsedOtherwise):
        give(found.member, 41)
    impossible: list[dict[str, Any]] = [
        {"points": 0},
        {"pool": "kaple-points"},
        {"pool": "none"},
        {"origin": "purchased"},
    ]
    for wrong in impossible:
        with pytest.raises(BadValue):
            give(found.member, key="w", **{"points": 1, **wrong})


def test_b7_a_note_for_an_invited_person_waits_with_the_rest(lab: Lab) -> None:
    invited = invite()
    noted = deferring.note(
        company=MOLEN,
        what=deferring.Note(branch="utrecht-centraal", hint="Else", pool=BREAD, points=7),
        by="office:1",
        at=NOW,
    )
    deferring.register(company=MOLEN, note=noted.note, member=invited.member, by="office:1", at=NOW + DAY)

    assert inviting.look(token=invited.token).points == {BREAD: 7}
    assert inviting.accept(token=invited.token, at=NOW + 2 * DAY).points == {BREAD: 7}
