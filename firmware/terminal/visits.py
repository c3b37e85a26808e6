"""Transitions of a visit: a card comes, its balance shows, the customer leaves; devices come and go.

What is done with points and coupons stands in `redeeming`; which transition applies when, in `machine`.
"""

from __future__ import annotations

from dataclasses import replace

from firmware.terminal import events as ev
from firmware.terminal.effects import AskBalance, ClearTimer, LoadBalance, SetTimer, Timer
from firmware.terminal.model import RESTING, Devices, Reason, Refusal, State, Terminal, Visit
from firmware.terminal.step import (
    BALANCE_MS,
    CODE_MS,
    TAP_MS,
    TAP_VISIT_MS,
    VISIT_MS,
    Moment,
    Step,
    refuse,
    rest,
    resting_state,
    to_balance,
    visit_timer,
)


def nothing(terminal: Terminal, _event: ev.Event, _moment: Moment) -> Step:
    """It does not matter now."""
    return Step(terminal)


# --- cards ------------------------------------------------------------------------------------


def card_laid(terminal: Terminal, event: ev.CardLaid, moment: Moment) -> Step:
    """A visit begins. The card of the visit that goes on after a tap only lies there again."""
    visit = terminal.visit
    if visit is not None and visit.card == event.card and visit.balance is not None:
        back = replace(terminal, visit=replace(visit, card_in_field=True, arrived_ms=moment.monotonic_ms))
        return Step(back, (visit_timer(back),))
    ended = rest(terminal)
    if terminal.rules is None:
        return ended
    begun = replace(
        ended.terminal,
        state=State.CARD_PRESENT,
        # Chosen before the card was laid on, it was chosen for this visit.
        language=terminal.language if terminal.state in RESTING else terminal.home_language,
        card_forgotten=False,
        visit=Visit(card=event.card, trust=event.trust, arrived_ms=moment.monotonic_ms, request=moment.fresh_id),
    )
    if not terminal.devices.link:
        return Step(begun, (*ended.effects, visit_timer(begun), LoadBalance(event.card)))
    asked = (AskBalance(moment.fresh_id, event.card), SetTimer(Timer.ANSWER, BALANCE_MS))
    return Step(begun, (*ended.effects, visit_timer(begun), *asked))


def card_taken(terminal: Terminal, _event: ev.CardTaken, moment: Moment) -> Step:
    """A tap lets the visit stay for a while; a card that lay there takes all with it at once."""
    visit = terminal.visit
    if visit is None or not _was_tap(visit, moment):
        return rest(terminal)
    return Step(
        replace(terminal, visit=replace(visit, card_in_field=False)),
        (SetTimer(Timer.VISIT, TAP_VISIT_MS),),
    )


def card_taken_when_done(terminal: Terminal, event: ev.CardTaken, moment: Moment) -> Step:
    """The code to hand in stays for a moment; what is personal goes with the card."""
    visit = terminal.visit
    if visit is None:
        return Step(terminal)
    if _was_tap(visit, moment):
        return card_taken(terminal, event, moment)
    ended = rest(terminal)
    shown = replace(ended.terminal, state=State.DONE, outcome=terminal.outcome, language=terminal.language)
    return Step(shown, (*ended.effects, SetTimer(Timer.VISIT, CODE_MS)))


def _was_tap(visit: Visit, moment: Moment) -> bool:
    return moment.monotonic_ms - visit.arrived_ms <= TAP_MS


# --- devices and link -------------------------------------------------------------------------


def reader_failed(terminal: Terminal, _event: ev.ReaderFailed, moment: Moment) -> Step:
    """No card can be read; whoever is being served goes on, as after a tap."""
    failed = _with_devices(terminal, reader=False)
    if failed.state in RESTING:
        return Step(replace(failed, state=resting_state(failed)))
    if failed.visit is None or not failed.visit.card_in_field:
        return Step(failed)
    tapped = replace(failed, visit=replace(failed.visit, card_in_field=False))
    return Step(tapped, (SetTimer(Timer.VISIT, TAP_VISIT_MS),))


def reader_works(terminal: Terminal, _event: ev.ReaderWorks, _moment: Moment) -> Step:
    """Cards can be read (again)."""
    return _rested(_with_devices(terminal, reader=True))


def camera_failed(terminal: Terminal, _event: ev.CameraFailed, _moment: Moment) -> Step:
    """No code can be scanned; cards go on working."""
    return Step(_with_devices(terminal, camera=False))


def camera_works(terminal: Terminal, _event: ev.CameraWorks, _moment: Moment) -> Step:
    """Codes can be scanned (again)."""
    return Step(_with_devices(terminal, camera=True))


def link_went_down(terminal: Terminal, _event: ev.LinkWentDown, _moment: Moment) -> Step:
    """From now on only what is here counts."""
    return _rested(_with_devices(terminal, link=False))


def link_went_down_while_reading(terminal: Terminal, event: ev.LinkWentDown, moment: Moment) -> Step:
    """No answer will come: what is known here is shown."""
    return balance_overdue(link_went_down(terminal, event, moment).terminal, event, moment)


def link_came_up(terminal: Terminal, _event: ev.LinkCameUp, moment: Moment) -> Step:
    """Connected: a balance on the screen is asked for anew."""
    up = _rested(_with_devices(terminal, link=True)).terminal
    if up.visit is None or up.state in RESTING:
        return Step(up)
    asked = replace(up, visit=replace(up.visit, request=moment.fresh_id))
    return Step(asked, (AskBalance(moment.fresh_id, up.visit.card),))


def rules_changed(terminal: Terminal, event: ev.RulesChanged, _moment: Moment) -> Step:
    """New rules judge what comes from now on."""
    languages = event.rules.languages

    def offered(language: str) -> str:
        return language if language in languages or not languages else languages[0]

    return _rested(
        replace(
            terminal,
            rules=event.rules,
            language=offered(terminal.language),
            home_language=offered(terminal.home_language),
        )
    )


def _with_devices(
    terminal: Terminal, *, reader: bool | None = None, camera: bool | None = None, link: bool | None = None
) -> Terminal:
    was = terminal.devices
    return replace(
        terminal,
        devices=Devices(
            reader=was.reader if reader is None else reader,
            camera=was.camera if camera is None else camera,
            link=was.link if link is None else link,
        ),
    )


def _rested(terminal: Terminal) -> Step:
    if terminal.state in RESTING:
        return Step(replace(terminal, state=resting_state(terminal)))
    return Step(terminal)


# --- balance ----------------------------------------------------------------------------------


def balance_known(terminal: Terminal, event: ev.BalanceKnown, _moment: Moment) -> Step:
    """The balance of the card that is being read shows."""
    visit = terminal.visit
    if visit is None or event.card != visit.card:
        return Step(terminal)
    if event.request is not None and event.request != visit.request:
        return Step(terminal)
    if event.request is None and terminal.rules is not None and event.card in terminal.rules.blocked_cards:
        return refuse(terminal, Refusal(reason=Reason.CARD_BLOCKED))
    return to_balance(replace(terminal, visit=_with_word(visit, event)))


def balance_refreshed(terminal: Terminal, event: ev.BalanceKnown, _moment: Moment) -> Step:
    """The balance changes where it stands on the screen."""
    visit = terminal.visit
    if visit is None or event.card != visit.card or event.request not in (None, visit.request):
        return Step(terminal)
    told = replace(terminal, visit=_with_word(visit, event))
    if visit.balance is not None:
        return Step(told)
    # It was refused because nobody had answered yet: now somebody has.
    return to_balance(told) if event.request is not None else Step(terminal)


def _with_word(visit: Visit, event: ev.BalanceKnown) -> Visit:
    # A look-up leaves the question open: its late answer is still worth showing.
    request = visit.request if event.request is None else None
    return replace(visit, balance=event.balance, request=request)


def balance_unknown(terminal: Terminal, _event: ev.BalanceUnknown, _moment: Moment) -> Step:
    """This terminal never saw the card, and nobody can be asked."""
    return refuse(terminal, Refusal(reason=Reason.NO_BALANCE_OFFLINE))


def balance_overdue(terminal: Terminal, _event: ev.Event, _moment: Moment) -> Step:
    """The answer takes too long: what is known here is looked up."""
    if terminal.visit is None:
        return rest(terminal)
    return Step(terminal, (ClearTimer(Timer.ANSWER), LoadBalance(terminal.visit.card)))


def balance_refused(terminal: Terminal, event: ev.RequestRefused, _moment: Moment) -> Step:
    """The central system does not know the card, or has blocked it: also when it says so late."""
    visit = terminal.visit
    if terminal.state in RESTING or visit is None or event.request != visit.request:
        return Step(terminal)
    if event.reason == "late":
        # Asked with a wrong clock, or answered too late: what is known here is better than nothing.
        return balance_overdue(terminal, event, _moment) if terminal.state is State.CARD_PRESENT else Step(terminal)
    unknown = replace(terminal, visit=replace(visit, balance=None, request=None))
    return refuse(unknown, Refusal(reason=Reason.named(event.reason), at_ms=event.at_ms))


# --- leaving ----------------------------------------------------------------------------------


def back_pressed(terminal: Terminal, _event: ev.BackPressed, _moment: Moment) -> Step:
    """Back to the balance, if there is one."""
    if terminal.visit is None or terminal.visit.balance is None:
        return rest(terminal)
    return to_balance(terminal)


def done_pressed(terminal: Terminal, _event: ev.DonePressed, _moment: Moment) -> Step:
    """The customer is done: everything clears."""
    return rest(terminal)


def visit_expired(terminal: Terminal, _event: ev.VisitExpired, _moment: Moment) -> Step:
    """Nobody touched anything for a while. A card that still lies there was forgotten."""
    forgotten = terminal.visit is not None and terminal.visit.card_in_field
    ended = rest(terminal)
    return Step(replace(ended.terminal, card_forgotten=forgotten), ended.effects)


def forgotten_card_taken(terminal: Terminal, _event: ev.CardTaken, _moment: Moment) -> Step:
    """Nothing lies on the reader any more."""
    return Step(replace(terminal, card_forgotten=False))


def language_expired(terminal: Terminal, _event: ev.VisitExpired, _moment: Moment) -> Step:
    """Whoever chose a language has gone on without laying a card on."""
    return Step(replace(terminal, language=terminal.home_language))


def language_pressed(terminal: Terminal, event: ev.LanguagePressed, _moment: Moment) -> Step:
    """Another language, now."""
    spoken = replace(terminal, language=event.language)
    if terminal.state in RESTING:
        return Step(spoken, (SetTimer(Timer.VISIT, VISIT_MS),))
    if terminal.state in (State.REDEEMING, State.REGISTERING):
        return Step(spoken)
    return Step(spoken, (visit_timer(spoken),))
