"""A terminal's questions, each answered once: a repeated one gets the same grant, or the same refusal.

A request for points that other terminals hold waits (`RightsAsk`, in the database) until they have
returned enough, or until its deadline; nothing is granted in parts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from backend_bridge.central.customers.models import Customer
from backend_bridge.central.desk import granting, placing, rules
from backend_bridge.central.desk.judging import Shortfall, judge_coupon, judge_points, usable_card
from backend_bridge.central.desk.turn import Turn, check_id
from backend_bridge.central.errors import BooksError, LostRace, RefuseAsk
from backend_bridge.central.fleet import epochs, generations
from backend_bridge.central.fleet.models import EpochHead, Grant, RightsAsk, Terminal
from backend_bridge.central.instants import from_ms
from backend_bridge.central.ledger import balances
from backend_bridge.central.ledger.posting import MAX_AMOUNT
from backend_bridge.central.organisation.models import accepted_pools
from backend_bridge.link.outgoing import Outgoing
from loyalty.entries import MAX_INTEGER
from loyalty.errors import WireError
from loyalty.wire import codec
from loyalty.wire.messages import (
    Answer,
    Ask,
    Balance,
    BalanceWanted,
    CouponWanted,
    PointsWanted,
    PoolBalance,
    Recall,
    Refused,
    TimeIs,
    TimeWanted,
)

Status = RightsAsk.Status
Rights = PointsWanted | CouponWanted
#: No request waits longer than this for other terminals, whatever its deadline says.
_LONGEST_WAIT_MS = 60_000


def check(ask: Ask) -> Ask:
    """`ask` itself; raises `WireError` for ids and numbers that cannot be."""
    if not (0 <= ask.epoch <= MAX_INTEGER and 0 <= ask.deadline_ms <= MAX_INTEGER):
        raise WireError("an epoch or a deadline is out of range")
    ids = [ask.request]
    if not isinstance(ask.want, TimeWanted):
        ids.append(ask.want.card)
    if isinstance(ask.want, PointsWanted):
        ids += [ask.want.member, ask.want.pool]
        if not 0 < ask.want.points <= MAX_AMOUNT:
            raise WireError(f"{ask.want.points} points cannot be wanted")
    elif isinstance(ask.want, CouponWanted):
        ids += [ask.want.member, ask.want.coupon]
    for one in ids:
        check_id(one)
    return ask


def answer(ask: Ask, turn: Turn) -> list[Outgoing]:
    """What is sent for an `ask` that came in: a balance, a grant, a refusal, or recalls to others."""
    row = (
        RightsAsk.objects.select_for_update()
        .filter(terminal=turn.terminal, epoch=ask.epoch, request=ask.request)
        .first()
    )
    if row is not None and row.status != Status.WAITING:
        return [_again(row, turn)]
    if isinstance(ask.want, TimeWanted):
        return [_time(ask, turn)]
    newest = epochs.newest(turn.terminal.pk)
    if row is None and (ask.deadline_ms < turn.now_ms or ask.epoch < newest):
        return [_refused(ask.request, Refused(reason="late"), turn)]
    if isinstance(ask.want, BalanceWanted):
        return _balance(ask, ask.want, turn)
    if not epochs.may_hold(turn.terminal.pk, epoch=ask.epoch, lock=True):
        return [_refused(ask.request, Refused(reason="late"), turn)]
    return _settle(ask, ask.want, turn, row=row, recall=True)


def retry_waiting(rows: Iterable[RightsAsk], turn_of: Callable[[Terminal], Turn]) -> list[Outgoing]:
    """Answer those waiting requests that can be answered by now: granted, or refused when too late."""
    sent = []
    for row in rows:
        ask = codec.decode_up(bytes(row.ask))
        if isinstance(ask, Ask) and isinstance(ask.want, PointsWanted):
            sent += _settle(ask, ask.want, turn_of(row.terminal), row=row, recall=False)
    return sent


def waiting_for(members: Iterable[str]) -> QuerySet[RightsAsk]:
    """The requests that wait for rights of these members, the oldest first."""
    rows = RightsAsk.objects.filter(status=Status.WAITING, member__in=list(members))
    return rows.select_related("terminal__branch__company").order_by("pk")


def overdue(at: dt.datetime) -> Iterable[RightsAsk]:
    """The waiting requests whose deadline has passed at `at`."""
    rows = RightsAsk.objects.filter(status=Status.WAITING, deadline_at__lte=at)
    return rows.select_related("terminal__branch__company").order_by("pk")


def _settle(ask: Ask, want: Rights, turn: Turn, *, row: RightsAsk | None, recall: bool) -> list[Outgoing]:
    """Grant, refuse, or (still) wait; `recall` says whether to ask other terminals (again)."""
    try:
        given = _give(ask, want, turn, overdue=row is not None and row.deadline_at <= turn.at)
    except RefuseAsk as refusal:
        refused = Refused(reason=refusal.reason, at_ms=refusal.at_ms, points=refusal.points)
        _remember(ask, want, turn, row=row, status=Status.REFUSED, refusal=refused)
        return [*_on_their_way(ask, want, turn), _refused(ask.request, refused, turn)]
    if isinstance(given, Shortfall):
        _remember(ask, want, turn, row=row, status=Status.WAITING)
        return _recalls(want, given, turn) if recall else []
    _remember(ask, want, turn, row=row, status=Status.GRANTED)
    return [granting.outgoing(given)]


def _give(ask: Ask, want: Rights, turn: Turn, *, overdue: bool) -> Grant | Shortfall:
    if not generations.may_get_rights(turn.terminal.pk):
        raise RefuseAsk("catching_up")
    if isinstance(want, CouponWanted):
        return granting.grant_coupon(ask, turn, member=want.member, coupon=judge_coupon(want, turn))
    judged = judge_points(want, turn)
    if isinstance(judged, Shortfall):
        if overdue:
            raise RefuseAsk("elsewhere", points=judged.available)
        return judged
    if not epochs.may_hold(turn.terminal.pk, epoch=ask.epoch, lock=True):
        raise RefuseAsk("late")
    return granting.grant_points(ask, turn, member=want.member, lots=judged)


def _on_their_way(ask: Ask, want: Rights, turn: Turn) -> list[Outgoing]:
    """What this journal was given for the member and has not taken yet: with it, it may not need more."""
    if not isinstance(want, PointsWanted):
        return []
    here = Grant.objects.filter(terminal=turn.terminal, epoch=ask.epoch, member=want.member, status=Grant.Status.OPEN)
    return [granting.outgoing(one) for one in here.filter(generation=generations.current()).order_by("made_at", "pk")]


def _recalls(want: Rights, shortfall: Shortfall, turn: Turn) -> list[Outgoing]:
    """Ask every holder for what is missing, as far as it has it: who needs its part keeps it."""
    sent = []
    for held in shortfall.holders:
        recall = Recall(
            recall=turn.new_id(),
            terminal=held.terminal,
            epoch=held.epoch,
            member=want.member,
            pool=shortfall.pool,
            points=min(held.points, shortfall.missing),
        )
        sent.append(Outgoing(held.terminal, "down/recall", codec.seal_down(recall, turn.key)))
    return sent


def _time(ask: Ask, turn: Turn) -> Outgoing:
    """The time, and the rules in force: a terminal that has them has the newest list of blocked cards."""
    in_force = TimeIs(rules=rules.publish(turn.branch, at=turn.at).version)
    return turn.send("down/answer", Answer(request=ask.request, central_ms=turn.now_ms, result=in_force))


def _balance(ask: Ask, want: BalanceWanted, turn: Turn) -> list[Outgoing]:
    try:
        card = usable_card(want.card)
    except RefuseAsk as refusal:
        return [_refused(ask.request, Refused(reason=refusal.reason, at_ms=refusal.at_ms), turn)]
    member = card.customer_id
    placing.note_visit(member, turn)
    accepted = list(accepted_pools(turn.company))
    pools = [pool.pk for pool in accepted]
    totals = balances.totals(member=member, pools=pools, at=turn.at)
    here = balances.held(member=member, terminal=turn.terminal.pk, epoch=ask.epoch, at=turn.at)
    placed = placing.plan(card, accepted, turn, totals=totals, held=here)
    head = EpochHead.objects.filter(terminal=turn.terminal, epoch=ask.epoch).first()
    balance = Balance(
        card=want.card,
        member=member,
        pools=tuple(
            PoolBalance(
                pool=one,
                total=totals.get(one, 0),
                held_here=here.get(one, 0),
                keep=None if placed is None else placed.keep[one],
            )
            for one in pools
        ),
        at_ms=turn.now_ms,
        applied_seq=-1 if head is None else head.seq,
    )
    answer = turn.send("down/answer", Answer(request=ask.request, central_ms=turn.now_ms, result=balance))
    return [answer, *_top_up(ask, member, turn, placed)]


def _top_up(ask: Ask, member: str, turn: Turn, placed: placing.Placed | None) -> list[Outgoing]:
    """Give what is to be kept there and is missing, unasked. Where that cannot be done now, it is done another time."""
    if placed is None or not placed.lots or waiting_for([member]).exists():
        return []
    terminal = turn.terminal.pk
    if not (generations.may_get_rights(terminal) and epochs.may_hold(terminal, epoch=ask.epoch, lock=True)):
        return []
    unasked = msgspec.structs.replace(ask, request=f"placed-{turn.new_id()}")
    try:
        with transaction.atomic():
            return [granting.outgoing(granting.grant_points(unasked, turn, member=member, lots=placed.lots))]
    except (BooksError, LostRace, IntegrityError):
        return []


def _again(row: RightsAsk, turn: Turn) -> Outgoing:
    if row.status == Status.GRANTED:
        grant = Grant.objects.get(terminal=row.terminal, epoch=row.epoch, request=row.request)
        if grant.generation == generations.current():
            return granting.outgoing(grant)
        # From before a restore: nobody may take it any more.
        return _refused(row.request, Refused(reason="catching_up"), turn)
    return _refused(row.request, msgspec.convert(row.refusal, Refused), turn)


def _refused(request: str, refused: Refused, turn: Turn) -> Outgoing:
    return turn.send("down/answer", Answer(request=request, central_ms=turn.now_ms, result=refused))


def _remember(
    ask: Ask,
    want: Rights,
    turn: Turn,
    *,
    row: RightsAsk | None,
    status: RightsAsk.Status,
    refusal: Refused | None = None,
) -> None:
    told = None if refusal is None else msgspec.to_builtins(refusal)
    if row is not None:
        row.status, row.refusal = status, told
        row.save(update_fields=["status", "refusal"])
        return
    known = Customer.objects.filter(pk=want.member).first()
    RightsAsk.objects.create(
        terminal=turn.terminal,
        epoch=ask.epoch,
        request=ask.request,
        status=status,
        ask=codec.encode_up(ask),
        member=known,
        deadline_at=from_ms(min(ask.deadline_ms, turn.now_ms + _LONGEST_WAIT_MS)),
        refusal=told,
    )
