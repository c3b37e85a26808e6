"""Transitions that move points: choosing and paying a reward, registering a coupon.

The one mechanism: what is spent is held here. Where it is not, and there is a connection, it is
asked for first; where there is none, the refusal says what can be spent.
"""

from __future__ import annotations

from dataclasses import replace

from firmware.terminal import events as ev
from firmware.terminal.effects import (
    AskCoupon,
    AskPoints,
    Effect,
    RecordNote,
    RecordRegistration,
    RecordSpend,
    ReturnRights,
    SetTimer,
    Timer,
    WakeScanner,
)
from firmware.terminal.model import (
    BalanceView,
    CouponPending,
    Noted,
    Outcome,
    Reason,
    Redeemed,
    Refusal,
    Registered,
    RewardPending,
    State,
    Terminal,
)
from firmware.terminal.offers import Offer, Standing, is_alone, offer_of
from firmware.terminal.refusing import pending_pool, pending_reward, refusal_of, without_connection
from firmware.terminal.step import Moment, Step, answer_timers, refuse, rest, to_balance, visit_timer
from loyalty.calendar import day_is_over
from loyalty.coupon import CouponCode, read
from loyalty.errors import CouponError
from loyalty.rules import Reward

#: How long the camera looks for a code before it says that it saw none.
SCAN_MS = 30_000

# --- a reward ---------------------------------------------------------------------------------


def reward_pressed(terminal: Terminal, event: ev.RewardPressed, _moment: Moment) -> Step:
    """A reward was chosen: it is to be confirmed, or the reason why not is told."""
    offer = _offer(terminal, event.reward)
    if offer is None:
        return Step(terminal)
    if offer.standing is not Standing.PAYABLE:
        return refuse(terminal, refusal_of(terminal, offer))
    chosen = replace(terminal, state=State.CONFIRMING, pending=RewardPending(reward=event.reward))
    return Step(chosen, (visit_timer(chosen),))


def confirm_pressed(terminal: Terminal, _event: ev.ConfirmPressed, moment: Moment) -> Step:
    """The reward is paid with rights held here, or rights are asked for first."""
    pending, visit = terminal.pending, terminal.visit
    offer = _offer(terminal, pending.reward) if isinstance(pending, RewardPending) else None
    if visit is None or visit.balance is None or offer is None:
        return rest(terminal)
    if offer.standing is not Standing.PAYABLE:
        return refuse(terminal, refusal_of(terminal, offer))
    reward = offer.reward
    held = visit.balance.pool(reward.pool)
    if offer.here:
        paying = replace(terminal, state=State.REDEEMING, pending=RewardPending(reward=reward.reward))
        alone = is_alone(visit.balance, link=terminal.devices.link)
        return Step(paying, (visit_timer(paying), _record_spend(visit.balance.member, reward, offline=alone)))
    asking = replace(
        terminal,
        state=State.REDEEMING,
        pending=RewardPending(reward=reward.reward, request=moment.fresh_id),
    )
    ask = AskPoints(
        request=moment.fresh_id,
        card=visit.card,
        member=visit.balance.member,
        pool=reward.pool,
        # What is held but locked by a minimum is no help: the grant must bring at least one point.
        points=max(reward.points - held.held, 1),
    )
    return Step(asking, (visit_timer(asking), ask, *answer_timers()))


def points_arrived(terminal: Terminal, event: ev.RightsArrived, moment: Moment) -> Step:
    """The rights that were asked for are in the journal: now they are spent."""
    pending = terminal.pending
    if not isinstance(pending, RewardPending) or pending.request != event.request:
        return rights_arrived_late(terminal, event, moment)
    reward = terminal.rules.reward(pending.reward) if terminal.rules is not None else None
    if reward is None:
        # The reward was withdrawn while its rights were on their way.
        return refuse(terminal, Refusal(reason=Reason.OTHER))
    return Step(_with_balance(terminal, event), (_record_spend(event.member, reward),))


def spend_recorded(terminal: Terminal, event: ev.SpendRecorded, moment: Moment) -> Step:
    """It is on disk: the code shows."""
    reward = pending_reward(terminal)
    if terminal.visit is None or reward is None:
        return rest(terminal)
    paid = _counted(terminal, event.balance)
    return _done(
        paid,
        Redeemed(reward=reward.reward, pool=reward.pool, points=reward.points, code=event.code, at_ms=moment.at_ms),
    )


# --- a coupon ---------------------------------------------------------------------------------


def scan_pressed(terminal: Terminal, _event: ev.ScanPressed, _moment: Moment) -> Step:
    """Show how to hold a coupon."""
    if not terminal.devices.camera:
        return refuse(terminal, Refusal(reason=Reason.CAMERA_TROUBLE))
    return Step(replace(terminal, state=State.SCANNING), (WakeScanner(), SetTimer(Timer.VISIT, SCAN_MS)))


def nothing_scanned(terminal: Terminal, _event: ev.VisitExpired, _moment: Moment) -> Step:
    """The camera saw no code."""
    return refuse(terminal, Refusal(reason=Reason.NO_COUPON_SEEN))


def camera_failed_while_scanning(terminal: Terminal, _event: ev.CameraFailed, _moment: Moment) -> Step:
    """The camera went while it was looked into."""
    failed = replace(terminal, devices=replace(terminal.devices, camera=False))
    return refuse(failed, Refusal(reason=Reason.CAMERA_TROUBLE))


def code_read(terminal: Terminal, event: ev.CodeRead, moment: Moment) -> Step:
    """A code was held to the camera: genuine ones are registered, or noted without a connection."""
    visit, rules = terminal.visit, terminal.rules
    if visit is None or visit.balance is None or rules is None:
        return Step(terminal)
    try:
        code = read(event.text, rules.public_keys())
    except CouponError as error:
        return refuse(terminal, Refusal(reason=Reason.named(f"coupon_{error.reason}")))
    # By a clock that is not known no coupon is refused: the central system judges it anyway.
    if code.last_day is not None and day_is_over(code.last_day, at_ms=moment.earliest_ms, timezone=rules.timezone):
        return refuse(terminal, Refusal(reason=Reason.COUPON_EXPIRED))
    return _register(terminal, code, moment=moment)


def _register(terminal: Terminal, code: CouponCode, *, moment: Moment) -> Step:
    visit = terminal.visit
    if visit is None or visit.balance is None:
        return rest(terminal)
    member, online = visit.balance.member, terminal.devices.link
    pending = CouponPending(coupon=code.coupon_id, points=code.points, request=moment.fresh_id if online else None)
    waiting = replace(terminal, state=State.REGISTERING, pending=pending, outcome=None)
    effects: tuple[Effect, ...]
    if online:
        ask = AskCoupon(request=moment.fresh_id, card=visit.card, member=member, coupon=code.coupon_id)
        effects = (ask, *answer_timers())
    else:
        effects = (RecordNote(member=member, coupon=code.coupon_id, points=code.points),)
    return Step(waiting, effects)


def coupon_arrived(terminal: Terminal, event: ev.RightsArrived, moment: Moment) -> Step:
    """The coupon's home is here: its registration is journaled."""
    pending = terminal.pending
    if not isinstance(pending, CouponPending) or pending.request != event.request or event.coupon is None:
        return rights_arrived_late(terminal, event, moment)
    record = RecordRegistration(member=event.member, right=event.coupon)
    return Step(_with_balance(terminal, event), (record,))


def registration_recorded(terminal: Terminal, event: ev.RegistrationRecorded, _moment: Moment) -> Step:
    """The points are on the account, and on disk."""
    if terminal.visit is None:
        return rest(terminal)
    registered = _counted(terminal, event.balance)
    return _done(registered, Registered(pool=event.pool, points=event.points))


def note_recorded(terminal: Terminal, event: ev.NoteRecorded, _moment: Moment) -> Step:
    """The coupon is noted; it is not spent and not registered yet."""
    return _done(terminal, Noted(points=event.points))


# --- what goes otherwise ----------------------------------------------------------------------


def request_refused(terminal: Terminal, event: ev.RequestRefused, _moment: Moment) -> Step:
    """What was asked for is not given."""
    pending = terminal.pending
    if pending is None or pending.request != event.request:
        return Step(terminal)
    reason = Reason.NO_ANSWER if event.reason == "late" else Reason.named(event.reason)
    # The minimum is what is needed; any other number that comes down is what there is.
    needed, available = (event.points, None) if reason is Reason.BELOW_MINIMUM else (None, event.points)
    pool = pending_pool(terminal)
    return refuse(terminal, Refusal(reason=reason, at_ms=event.at_ms, points=needed, available=available, pool=pool))


def answer_slow(terminal: Terminal, _event: ev.AnswerSlow, _moment: Moment) -> Step:
    """It takes longer than a blink: the screen says that it is still being asked."""
    pending = terminal.pending
    if pending is None or pending.request is None:
        return Step(terminal)
    return Step(replace(terminal, pending=replace(pending, slow=True)))


def cancel_pressed(terminal: Terminal, _event: ev.CancelPressed, _moment: Moment) -> Step:
    """Back to the balance at once: nothing was taken. A grant that comes later is journaled and returned."""
    return to_balance(terminal) if terminal.visit is not None else rest(terminal)


def answer_overdue(terminal: Terminal, _event: ev.AnswerOverdue, _moment: Moment) -> Step:
    """No answer: nothing was taken. A grant that comes later is journaled and returned."""
    return refuse(terminal, without_connection(terminal, Reason.NO_ANSWER))


def link_went_down_while_waiting(terminal: Terminal, _event: ev.LinkWentDown, _moment: Moment) -> Step:
    """The connection went while rights were on their way."""
    down = replace(terminal, devices=replace(terminal.devices, link=False))
    return refuse(down, without_connection(down, Reason.NEEDS_CONNECTION))


def record_refused(terminal: Terminal, event: ev.RecordRefused, _moment: Moment) -> Step:
    """Nothing could be recorded, and so nothing was done."""
    return refuse(terminal, Refusal(reason=Reason.named(event.reason), pool=pending_pool(terminal)))


def rights_arrived_late(terminal: Terminal, event: ev.RightsArrived, _moment: Moment) -> Step:
    """Nobody waits for these rights any more: what is not kept for the member goes back."""
    served = terminal.visit.balance if terminal.visit is not None else None
    if served is None or served.member != event.member:
        return Step(terminal, (ReturnRights(event.member),))
    # They are still here, and may want them in a moment; a coupon's home goes back all the same.
    back = (ReturnRights(event.member),) if event.coupon else ()
    told = _counted(terminal, event.balance)
    pending = terminal.pending
    # Without a question that is open, what is pending is being written down already.
    asks = isinstance(pending, RewardPending) and pending.request is not None and terminal.state is State.REDEEMING
    offer = _offer(told, pending.reward) if isinstance(pending, RewardPending) and asks else None
    if offer is None or not offer.here:
        return Step(told, back)
    # Asked for again, and what came for the first question is enough: the second answer is the late one now.
    paying = replace(told, pending=RewardPending(reward=offer.reward.reward))
    return Step(paying, (*back, _record_spend(event.member, offer.reward)))


def _counted(terminal: Terminal, balance: BalanceView) -> Terminal:
    """What was counted here since. It does not say that the central system has spoken in this visit."""
    if terminal.visit is None:
        return terminal
    before = terminal.visit.balance
    fresh = before is not None and before.fresh
    return replace(terminal, visit=replace(terminal.visit, balance=replace(balance, fresh=fresh)))


def _with_balance(terminal: Terminal, event: ev.RightsArrived) -> Terminal:
    """The answer to a question of this visit: the central system has just judged its card."""
    if terminal.visit is None:
        return terminal
    return replace(terminal, visit=replace(terminal.visit, balance=event.balance))


def _done(terminal: Terminal, outcome: Outcome) -> Step:
    done = replace(terminal, state=State.DONE, pending=None, outcome=outcome)
    return Step(done, (visit_timer(done),))


def _record_spend(member: str, reward: Reward, *, offline: bool = False) -> RecordSpend:
    return RecordSpend(member=member, pool=reward.pool, points=reward.points, reward=reward.reward, offline=offline)


def _offer(terminal: Terminal, reward_id: str) -> Offer | None:
    rules, visit = terminal.rules, terminal.visit
    reward = rules.reward(reward_id) if rules is not None else None
    if rules is None or reward is None or visit is None or visit.balance is None:
        return None
    return offer_of(
        reward,
        rules=rules,
        balance=visit.balance,
        trust=rules.trust_of(visit.trust),
        link=terminal.devices.link,
    )
