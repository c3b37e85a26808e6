"""What posts network points by itself writes clearing lines too: rewards at a kiosk, and debts that are filled."""

from __future__ import annotations

from backend_bridge.central.acting import perform
from backend_bridge.central.clearing.models import ClearingLine
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import accounts
from backend_bridge.central.ledger.models import Debt, Transfer
from loyalty.acts.points import PointsGiven
from tests.unit.central.clearing_house import MOLEN, ZUID, posted
from tests.unit.central.lab import NETWORK, NOW_MS, Lab, PaperTerminal, member, points_wanted, spent


def cleared() -> set[tuple[str, str, int]]:
    """Who gave and who took how many points."""
    return set(ClearingLine.objects.values_list("issuer", "taker", "points"))


def test_p5_x8_a_reward_at_a_kiosk_is_cleared_by_who_gave_its_points(lab: Lab) -> None:
    molen = PaperTerminal("molen-1")
    grant = lab.grant(molen, points_wanted("anna", 1000, pool=NETWORK))
    molen.write(spent(grant.lots))
    lab.upload(molen)

    given: dict[tuple[str, str], int] = {}
    for lot in grant.lots:
        given[lot.issuer, MOLEN] = given.get((lot.issuer, MOLEN), 0) + lot.points
    assert (ZUID, MOLEN) in given
    assert cleared() == {(*pair, points) for pair, points in given.items()}
    assert {line.reference for line in ClearingLine.objects.all()} == {"molen-1/1/2"}


def test_p5_a_debt_to_one_company_is_filled_by_anothers_points_and_cleared(lab: Lab) -> None:
    at = from_ms(NOW_MS)
    bram = member("bram")
    debt = accounts.debt(member=bram, pool=NETWORK, company=MOLEN)
    main = accounts.main(member=bram, pool=NETWORK)
    with posted("take-back", company=MOLEN, at=at) as posting:
        # All that Bram has is spent, and an award of 50 is taken back after that.
        for right in posting.rights_in(main):
            posting.move(
                Transfer.Kind.SPENT, main, accounts.redeemed(company=MOLEN, pool=NETWORK), right.points, lot=right.lot
            )
            lot = right.lot
        posting.move(Transfer.Kind.REVERSED, debt, accounts.funding(company=MOLEN, pool=NETWORK), 50, lot=lot)
    assert cleared() == set()

    perform(PointsGiven(member=bram, pool=NETWORK, points=80, issuer=ZUID), key="gift", company=ZUID, by="test", at=at)

    assert cleared() == {(ZUID, MOLEN, 50)}
    assert not Debt.objects.filter(member=bram, amount__gt=0).exists()
