"""Any order of deeds on any voucher: never more uses than given, never below nothing, never after the end."""

from __future__ import annotations

import datetime as dt

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loyalty.benefits import AmountOff, FreeGoods, FreeService, MoneyValue, PercentOff, PointsValue
from loyalty.conditions import Channel, Conditions
from loyalty.vouchers import life
from loyalty.vouchers.record import Changed, Outcome, UseMade, VoucherRecord, draft
from loyalty.vouchers.refusal import Refusal
from loyalty.vouchers.voucher import Purpose, Sold, Voucher, VoucherState

START = dt.date(2026, 3, 2)
DATES = st.none() | st.integers(-3, 12).map(lambda days: START + dt.timedelta(days=days))
CUSTOMERS = st.sampled_from(["anna", "bram"])
VALUES = st.one_of(
    st.integers(0, 300).map(lambda minor: MoneyValue(rest_minor=minor)),
    st.integers(0, 3).map(lambda points: PointsValue(pool="p", points=points)),
    st.just(FreeGoods()),
    st.just(FreeService()),
    st.just(PercentOff(rate_bp=1000)),
    st.just(AmountOff(amount_minor=100)),
)
SALES = st.sampled_from([Sold(purpose=Purpose.MULTI), Sold(purpose=Purpose.SINGLE, vat_rate_bp=900)])
ENDED = {VoucherState.DRAFT, VoucherState.REDEEMED, VoucherState.EXPIRED, VoucherState.CANCELLED}


class Life(RuleBasedStateMachine):
    """One voucher, whatever is done with it. `books` is what the ledger would hold for it."""

    record: VoucherRecord

    @initialize(value=VALUES, uses=st.integers(0, 4), owner=st.none() | CUSTOMERS, bound=st.booleans(), last=DATES)
    def begin(self, value: Voucher, uses: int, owner: str | None, bound: bool, last: dt.date | None) -> None:
        voucher = Voucher(
            voucher="v",
            company="c",
            value=value,  # type: ignore[arg-type]  # hypothesis gives what VALUES says
            uses_left=uses,
            owner=owner,
            owner_bound=bound,
            valid_until=last,
        )
        self.record = draft(voucher)
        self.uses: dict[int, UseMade] = {}
        self.books = self.given = 0
        self.today = START

    def take(self, outcome: Outcome, *, sign: int) -> Changed | None:
        """Keep what changed; a refusal says why and changes nothing."""
        if isinstance(outcome, Refusal):
            assert outcome.rule
            assert outcome.voucher == "v"
            return None
        assert outcome.minor >= 0
        self.record = outcome.record
        self.books += sign * outcome.minor
        if outcome.use is not None:
            self.uses[outcome.use.number] = outcome.use
        return outcome

    @rule()
    def issue(self) -> None:
        if self.take(life.issue(self.record), sign=1):
            self.given = self.record.voucher.uses_left

    @rule(sold=SALES, price=st.integers(0, 300), face=st.booleans())
    def sell(self, sold: Sold, price: int, face: bool) -> None:
        value = self.record.voucher.value
        price = value.rest_minor if face and isinstance(value, MoneyValue) else price
        if self.take(life.sell(self.record, sold=sold, price_minor=price), sign=1):
            self.given = self.record.voucher.uses_left

    @rule(customer=CUSTOMERS)
    def register(self, customer: str) -> None:
        self.take(life.register(self.record, customer=customer, today=self.today), sign=0)

    @rule(to=CUSTOMERS)
    def transfer(self, to: str) -> None:
        before = self.record.voucher
        if self.take(life.transfer(self.record, to=to, today=self.today), sign=0):
            assert not before.owner_bound
            assert before.owner != self.record.voucher.owner

    @rule(minor=st.none() | st.integers(-5, 350))
    def use(self, minor: int | None) -> None:
        before = self.record
        if self.take(life.use(self.record, minor=minor), sign=-1):
            assert before.voucher.state not in ENDED
            assert not isinstance(before.voucher.value, PointsValue)

    @precondition(lambda self: self.uses)
    @rule(data=st.data(), minor=st.none() | st.integers(-5, 350))
    def give_back(self, data: st.DataObject, minor: int | None) -> None:
        made = self.uses[data.draw(st.sampled_from(sorted(self.uses)))]
        self.take(life.give_back(self.record, made=made, minor=minor), sign=1)

    @rule(first=DATES, last=DATES, revive=st.booleans())
    def change_validity(self, first: dt.date | None, last: dt.date | None, revive: bool) -> None:
        before = self.record.voucher.state
        outcome = life.change_validity(self.record, valid_from=first, valid_until=last, today=self.today, revive=revive)
        if self.take(outcome, sign=1):
            assert before not in (VoucherState.REDEEMED, VoucherState.CANCELLED)

    @rule(channels=st.sampled_from([(), (Channel.TERMINAL,), (Channel.WEBSHOP,)]), bound=st.booleans())
    def change_terms(self, channels: tuple[Channel, ...], bound: bool) -> None:
        conditions = Conditions(company="c", channels=channels)
        self.take(life.change_terms(self.record, conditions=conditions, owner_bound=bound), sign=0)

    @rule()
    def cancel(self) -> None:
        self.take(life.cancel(self.record), sign=-1)

    @rule()
    def expire(self) -> None:
        if self.take(life.expire(self.record, today=self.today), sign=-1):
            assert self.record.voucher.valid_until is not None
            assert self.record.voucher.valid_until < self.today

    @rule()
    def next_day(self) -> None:
        self.today += dt.timedelta(days=1)

    @invariant()
    def v12_never_more_uses_than_given(self) -> None:
        open_uses = sum(not one.returned for one in self.uses.values())
        if not self.record.is_money:
            assert open_uses + self.record.voucher.uses_left + self.record.lapsed_uses <= max(self.given, 0) or (
                self.record.voucher.state is VoucherState.DRAFT
            )
        assert self.record.uses_made == len(self.uses)

    @invariant()
    def the_books_hold_what_is_on_it_and_never_less_than_nothing(self) -> None:
        if self.record.voucher.state is not VoucherState.DRAFT:
            assert self.books == self.record.on_it_minor >= 0
            spent = sum(one.minor - one.returned_minor for one in self.uses.values())
            assert spent + self.books + self.record.lapsed_minor <= self.record.face_minor

    @invariant()
    def what_has_ended_holds_nothing(self) -> None:
        if self.record.voucher.state in ENDED - {VoucherState.DRAFT}:
            assert self.record.on_it_minor == 0
            assert self.record.voucher.uses_left == 0
            assert not self.record.is_alive


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=25)
