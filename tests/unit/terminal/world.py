"""A world for a terminal: cards, touches, time and a central system that answers early, late, twice or never.

One seed, one history. What is recorded is recorded at once, as the runtime does it. After each thing
that happens the caller looks at the terminal; what must be true of single things is checked here.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import msgspec

from firmware.terminal import effects as ef
from firmware.terminal import events as ev
from firmware.terminal.model import RESTING, State
from firmware.terminal.offers import Standing, offers
from firmware.terminal.step import TAP_MS, TAP_VISIT_MS
from loyalty.coupon import issue
from loyalty.rules import CAREFUL_TRUST
from tests.unit.loyalty.samples import ANY_CARD_SPENDS, COMPANY_KEY, POOL, bundle
from tests.unit.terminal.stage import ANNAS_CARD, BERTS_CARD, COUPON, Stage, balance, coupon_right, terminal_in

Asking = ef.AskBalance | ef.AskPoints | ef.AskCoupon

#: The third card is blocked by the rules; its bearer is known here all the same.
CARDS = (ANNAS_CARD, BERTS_CARD, "cyril")
TRUST = CAREFUL_TRUST | ANY_CARD_SPENDS
TEXTS = (issue(COUPON, COMPANY_KEY), "TB1:SMUDGED", "4006381333931")
RULES = bundle(trust=TRUST, blocked=("cyril",))
WITH_MINIMUM = bundle(trust=TRUST, blocked=("cyril",), minimum=200)
NO_REWARDS = msgspec.structs.replace(RULES, rewards=())
SURPRISES: tuple[ev.Event, ...] = (
    ev.ReaderFailed(),
    ev.ReaderWorks(),
    ev.CameraFailed(),
    ev.CameraWorks(),
    ev.LinkCameUp(),
    ev.LinkWentDown(),
    ev.AnswerOverdue(),
    ev.VisitExpired(),
    ev.RulesChanged(RULES),
    ev.RulesChanged(WITH_MINIMUM),
    ev.RulesChanged(NO_REWARDS),
    ev.LanguagePressed("nl"),
)
REFUSALS = ("card_blocked", "late", "below_minimum", "coupon_used", "a reason of next year")


class World:
    """What happens around one terminal."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.stage = Stage()
        self.stage.terminal = replace(terminal_in(State.IDLE), rules=self._random.choice((RULES, WITH_MINIMUM)))
        self._asked: list[Asking] = []
        self._laid_ms = 0

    def go_on(self) -> None:
        """One more thing happens."""
        likely = [self._touch, self._touch, self._answer, self._code]
        unlikely = [self._lay, self._take, self._surprise, self._old_answer, self._refuse]
        happens = self._random.choice(likely * 2 + unlikely if self.stage.state not in RESTING else unlikely)
        self.stage.later(self._random.choice((0, 1, 300, 1_900, 5_000)))
        happens()

    # --- customers ----------------------------------------------------------------------------

    def _lay(self) -> None:
        card = self._random.choice(CARDS)
        before = self.stage.terminal.visit
        self._laid_ms = self.stage.at_ms
        self._feed(ev.CardLaid(card, self._random.choice(("uid", "uid", "uid", "sun", "ev2", "unheard of"))))
        after = self.stage.terminal.visit
        assert after is not None
        assert after.card == card
        if before is None or before.card != card:
            assert after.balance is None or after.balance.member == f"m-{card}"
            assert self.stage.terminal.pending is None

    def _take(self) -> None:
        late = self.stage.at_ms - self._laid_ms > TAP_MS
        was = self.stage.state
        self._feed(ev.CardTaken())
        if late:
            assert self.stage.terminal.visit is None
            assert self.stage.state in RESTING or (was is State.DONE and self.stage.state is State.DONE)
        elif was not in RESTING and self.stage.terminal.visit is not None:
            assert self.stage.timer(ef.Timer.VISIT) == TAP_VISIT_MS
            assert self.stage.state is was

    def _touch(self) -> None:
        state = self.stage.state
        if state is State.BALANCE and self._random.random() < 0.8:
            self._choose(self._random.choice(("coffee", "cake", "bus", "withdrawn")))
        elif state is State.BALANCE:
            self._feed(ev.ScanPressed())
        elif state is State.CONFIRMING and self._random.random() < 0.8:
            self._confirm()
        elif state in {State.CONFIRMING, State.SCANNING, State.DONE, State.REFUSED}:
            self._feed(ev.BackPressed())
            assert self.stage.state in RESTING | {State.BALANCE}
        elif self._random.random() < 0.1:
            self._feed(ev.DonePressed())
            assert self.stage.state in RESTING

    def _choose(self, reward: str) -> None:
        standing = self._standing(reward)
        self._feed(ev.RewardPressed(reward))
        assert (self.stage.state is State.CONFIRMING) == (standing is Standing.PAYABLE)

    def _confirm(self) -> None:
        standing = self._standing(getattr(self.stage.terminal.pending, "reward", ""))
        done = self._feed(ev.ConfirmPressed())
        assert (standing is Standing.PAYABLE) == any(isinstance(e, ef.RecordSpend | ef.AskPoints) for e in done)

    def _standing(self, reward: str) -> Standing | None:
        return next((one.standing for one in offers(self.stage.terminal) if one.reward.reward == reward), None)

    def _code(self) -> None:
        self._feed(ev.CodeRead(self._random.choice(TEXTS)))

    def _surprise(self) -> None:
        self._feed(self._random.choice(SURPRISES))

    # --- the central system and the journal ---------------------------------------------------

    def _answer(self) -> None:
        if self._asked:
            self._give(self._asked[-1], total=700, held=self._random.choice((0, 100, 300, 700)))

    def _old_answer(self) -> None:
        if self._asked:
            total = self._random.randint(-50, 700)
            self._give(self._random.choice(self._asked), total=total, held=max(0, total // 2))

    def _refuse(self) -> None:
        if self._asked:
            asked = self._random.choice(self._asked)
            self._feed(ev.RequestRefused(asked.request, self._random.choice(REFUSALS), at_ms=1))

    def _give(self, asked: Asking, *, total: int, held: int) -> None:
        member = f"m-{asked.card}"
        view = balance(total, held=held, spendable=self._random.choice((0, held)), member=member)
        if isinstance(asked, ef.AskBalance):
            self._feed(ev.BalanceKnown(asked.request, asked.card, view))
            return
        visit, pending = self.stage.terminal.visit, self.stage.terminal.pending
        served = visit is not None and visit.balance is not None and visit.balance.member == member
        awaited = pending is not None and pending.request == asked.request
        right = coupon_right(asked.coupon, 50) if isinstance(asked, ef.AskCoupon) else None
        done = self._feed(ev.RightsArrived(asked.request, member, view, right))
        if not awaited and (not served or right is not None):
            assert ef.ReturnRights(member) in done

    def _feed(self, event: ev.Event) -> list[ef.Effect]:
        self.stage.on(event)
        new = list(self.stage.new)
        self._asked = [*self._asked, *(effect for effect in new if isinstance(effect, Asking))][-4:]
        if any(isinstance(effect, ef.AskPoints | ef.AskCoupon) for effect in new):
            assert self.stage.timer(ef.Timer.ANSWER) is not None
        told = [self._recorded(effect, event) for effect in new]
        return new + [effect for one in told if one is not None for effect in self._feed(one)]

    def _recorded(self, effect: ef.Effect, because: ev.Event) -> ev.Event | None:
        works = self._random.random() < 0.8
        match effect:
            case ef.RecordSpend():
                self._check_spend(effect, because)
                spent = ev.SpendRecorded("CODE123", balance(400, member=effect.member))
                return spent if works else ev.RecordRefused("cannot_record")
            case ef.RecordRegistration():
                view = balance(450, held=50, member=effect.member)
                return ev.RegistrationRecorded(POOL, 50, view) if works else ev.RecordRefused("coupon_used")
            case ef.RecordNote():
                return ev.NoteRecorded(50) if works else ev.RecordRefused("coupon_noted_already")
            case ef.LoadBalance():
                view = balance(300, held=200, member=f"m-{effect.card}", fresh=False)
                return ev.BalanceKnown(None, effect.card, view) if works else ev.BalanceUnknown(effect.card)
        return None

    def _check_spend(self, spend: ef.RecordSpend, because: ev.Event) -> None:
        visit = self.stage.terminal.visit
        assert visit is not None
        assert visit.balance is not None
        assert visit.balance.member == spend.member
        if not isinstance(because, ev.RightsArrived):
            assert visit.balance.pool(spend.pool).spendable_here >= spend.points
