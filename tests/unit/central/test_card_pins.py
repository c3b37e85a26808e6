"""D2: a PIN per card, set, changed, reset and judged, with few tries however they come."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection, transaction

from backend_bridge.central.customers import pins as secret_pins
from backend_bridge.central.customers.errors import AlreadyDone, BadValue, NotKnown
from backend_bridge.central.customers.models import Card, CardEvent, CardPin, Customer, PinTries
from backend_bridge.central.customers.models.pins import MAX_WRONG
from backend_bridge.central.customers.services import cards, judging_pins, pins
from backend_bridge.central.customers.services.judging_pins import Judged, PinVerdict
from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.instants import from_ms
from tests.unit.central.lab import NOW_MS, Lab, card

AT = from_ms(NOW_MS)
MOLEN, ZUID = "de-molen", "cocktailbar-zuid"
PIN, OTHER, WRONG = "5937", "84613", "7046"
RIGHT, MUST_CHANGE, BLOCKED, TOO_MANY = (
    PinVerdict.RIGHT,
    PinVerdict.MUST_CHANGE,
    PinVerdict.BLOCKED,
    PinVerdict.TOO_MANY,
)


def judge(pin: str, *, at: dt.datetime = AT, company: str = MOLEN, token: str = "") -> Judged:
    return judging_pins.judge_pin(token or card("anna"), pin, at, company=company, by="test")


def set_pin(pin: str = PIN, *, proof: str = "", at: dt.datetime = AT, company: str | None = MOLEN) -> pins.PinTold:
    return pins.set_pin(company=company, card=card("anna"), pin=pin, proof=proof, by="test", at=at)


def reset(reason: str = "forgotten", *, at: dt.datetime = AT, company: str | None = MOLEN) -> str:
    return pins.reset_pin(company=company, card=card("anna"), reason=reason, by="office:7", at=at).one_time_pin


def state(at: dt.datetime = AT) -> tuple[str, int]:
    told = pins.pin_of(company=MOLEN, card=card("anna"), at=at)
    return told.state.value, told.wrong


def events() -> list[tuple[str, str, str | None]]:
    rows = CardEvent.objects.filter(card=card("anna"), what__startswith="pin").order_by("pk")
    return list(rows.values_list("what", "by", "company"))


def guess_until_blocked() -> None:
    assert [judge(WRONG).verdict for _ in range(MAX_WRONG)] == [PinVerdict.WRONG] * MAX_WRONG


# --- set, changed, reset ---------------------------------------------------------------------------------------


def test_d2_a_pin_is_set_once_and_who_did_it_is_kept(lab: Lab) -> None:
    assert state() == ("none", 0)
    told = set_pin()

    assert (told.state, told.set_at, state()) == ("own", AT, ("own", 0))
    assert events() == [("pin_set", "test", MOLEN)]
    with pytest.raises(AlreadyDone) as refused:
        set_pin(OTHER)
    assert (refused.value.field, refused.value.rule) == ("pin", "set")
    assert judge(PIN).verdict == RIGHT


@pytest.mark.parametrize(("pin", "rule"), [("0000", "repeated"), ("1234", "counting"), ("1990", "year")])
def test_d2_a_pin_that_anybody_would_guess_is_refused_in_words_that_do_not_repeat_it(
    lab: Lab, pin: str, rule: str
) -> None:
    with pytest.raises(BadValue, match="a PIN") as refused:
        set_pin(pin)

    assert (refused.value.field, refused.value.rule) == ("pin", rule)
    assert pin not in str(refused.value)
    assert not CardPin.objects.exists()


def test_d2_a_pin_is_changed_with_the_proof_of_the_present_one_and_the_proof_ends_with_it(lab: Lab) -> None:
    set_pin()
    proof = judge(PIN).proof
    set_pin(OTHER, proof=proof)

    assert (judge(OTHER).verdict, judge(PIN).verdict) == (RIGHT, PinVerdict.WRONG)
    assert [what for what, _by, _company in events()] == ["pin_set", "pin_change"]
    with pytest.raises(BadValue, match="proves no PIN"):
        set_pin("60318", proof=proof)


def test_d2_a_proof_is_of_one_card_at_one_company_for_two_minutes(lab: Lab) -> None:
    set_pin()
    proof = judge(PIN).proof
    later = AT + dt.timedelta(seconds=secret_pins.PROOF_S)
    forged = f"{int(proof.partition('-')[0]) + 1}-{proof.partition('-')[2]}"

    def holds(proof: str, *, at: dt.datetime = AT, company: str = MOLEN, token: str = "") -> bool:
        return judging_pins.is_proved(token or card("anna"), proof, at, company=company)

    assert holds(proof)
    assert holds(proof, at=later)
    assert not holds(proof, at=later + dt.timedelta(seconds=1))
    assert not holds(proof, at=AT - dt.timedelta(seconds=1))
    assert not holds(proof, company=ZUID)
    assert not holds(proof, token=card("bram"))
    assert not any(holds(one) for one in (forged, "", proof[:-1], "0-" + "0" * 32, "٣-" + "0" * 32))
    guess_until_blocked()
    assert not holds(proof), "a blocked PIN pays nothing, whatever was proved before"


def test_d2_a_reset_needs_a_reason_and_gives_a_pin_that_pays_nothing_until_it_is_changed(lab: Lab) -> None:
    with pytest.raises(BadValue, match="say why"):
        reset(" ")
    set_pin()
    one_time = reset()
    told = judge(one_time)

    assert re.fullmatch("[0-9]{6}", one_time)
    assert (judge(PIN).verdict, told.verdict) == (PinVerdict.WRONG, MUST_CHANGE)
    assert not judging_pins.is_proved(card("anna"), told.proof, AT, company=MOLEN)
    with pytest.raises(BadValue, match="choose another"):
        set_pin(one_time, proof=told.proof)
    set_pin(OTHER, proof=told.proof)
    assert (judge(OTHER).verdict, judge(one_time).verdict) == (RIGHT, PinVerdict.WRONG)
    row = CardEvent.objects.get(what="pin_reset")
    assert (row.by, row.company_id, row.reason) == ("office:7", MOLEN, "forgotten")


def test_d2_a_one_time_pin_lasts_a_day(lab: Lab) -> None:
    one_time = reset()
    end = AT + secret_pins.ONE_TIME

    assert judge(one_time, at=end - dt.timedelta(seconds=1)).verdict == MUST_CHANGE
    assert judge(one_time, at=end).verdict == PinVerdict.WRONG
    assert state(end) == ("none", 0)
    set_pin(at=end)
    assert judge(PIN, at=end).verdict == RIGHT


def test_d2_a_reset_is_not_told_in_what_is_printed_of_it(lab: Lab) -> None:
    told = pins.reset_pin(company=MOLEN, card=card("anna"), reason="x", by="test", at=AT)

    assert told.one_time_pin not in repr(told)


# --- tries -----------------------------------------------------------------------------------------------------


def test_d2_after_five_wrong_ones_even_the_right_one_is_refused_until_a_reset(lab: Lab) -> None:
    set_pin()
    guess_until_blocked()

    assert (judge(PIN).verdict, judge(PIN).proof, state()) == (BLOCKED, "", ("blocked", 5))
    assert events()[-1] == ("pin_block", "test", MOLEN)
    with pytest.raises(AlreadyDone, match="blocked"):
        set_pin(OTHER)
    assert judge(reset()).verdict == MUST_CHANGE
    assert state() == ("one_time", 0)


def test_d2_a_right_one_clears_the_count(lab: Lab) -> None:
    set_pin()
    for _ in range(3):
        told = [judge(WRONG).verdict for _ in range(MAX_WRONG - 1)]
        assert (told, judge(PIN).verdict, state()) == ([PinVerdict.WRONG] * 4, RIGHT, ("own", 0))


def test_d2_a_one_time_pin_has_no_more_tries_than_any(lab: Lab) -> None:
    one_time = reset()
    guess_until_blocked()

    assert judge(one_time).verdict == BLOCKED


def at_once(what: Callable[[int], str], count: int) -> list[str]:
    """What `what` says for each number, from eight threads with connections of their own."""

    def one(number: int) -> str:
        try:
            return what(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        return sorted(threads.map(one, range(count)))


def test_d2_guesses_at_the_same_moment_get_no_more_tries(lab: Lab) -> None:
    set_pin()
    token = card("anna")
    told = at_once(lambda number: judge(f"704{number:02d}", token=token).verdict.value, 16)

    assert told == ["blocked"] * 11 + ["wrong"] * 5
    assert (judge(PIN).verdict, state()) == (BLOCKED, ("blocked", 5))
    assert [what for what, _by, _company in events()].count("pin_block") == 1


def test_d2_one_pin_over_many_cards_is_stopped_at_the_company_also_at_the_same_moment(lab: Lab) -> None:
    judge(WRONG)
    PinTries.objects.filter(span_s=600).update(wrong=28)
    told = at_once(lambda number: judge(PIN, token=f"{number:032x}").verdict.value, 8)

    assert told == ["too_many"] * 6 + ["wrong"] * 2
    set_pin()
    later = judge(PIN)
    assert (later.verdict, later.proof, later.wait_s) == (TOO_MANY, "", 600)
    assert state() == ("own", 0), "what is not compared is not counted"
    assert judge(PIN, company=ZUID).verdict == RIGHT, "other companies go on"
    assert judge(PIN, at=AT + dt.timedelta(minutes=10)).verdict == RIGHT


def test_d2_slow_guessing_over_many_cards_is_stopped_for_the_day(lab: Lab) -> None:
    set_pin()
    judge(WRONG)
    PinTries.objects.filter(span_s=86_400).update(wrong=300)

    assert judge(PIN, at=AT + dt.timedelta(hours=23)).verdict == TOO_MANY
    assert judge(PIN, at=AT + dt.timedelta(hours=24)).verdict == RIGHT


def test_d2_right_ones_cost_a_company_no_tries(lab: Lab) -> None:
    set_pin()
    for _ in range(3):
        judge(PIN)
    judge(WRONG)

    assert list(PinTries.objects.order_by("span_s").values_list("span_s", "wrong")) == [(600, 1), (86_400, 1)]


def test_d2_a_guess_counts_when_the_process_dies_while_it_compares(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    set_pin()

    def die(*_values: object) -> bool:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(secret_pins, "matches", die)
        for _ in range(2):
            with pytest.raises(SystemExit):
                judge(PIN)
    assert state() == ("own", 2)


def test_d2_a_pin_is_never_judged_where_a_rollback_would_take_the_count_back(lab: Lab) -> None:
    set_pin()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        judge(PIN)
    assert state() == ("own", 0)


def test_d2_a_pin_that_was_reset_while_it_was_compared_is_wrong(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    set_pin()
    compare = secret_pins.matches

    def slowly(digest: str | None, token: str, pin: str) -> bool:
        right = compare(digest, token, pin)
        reset()
        return right

    with monkeypatch.context() as slow:
        slow.setattr(secret_pins, "matches", slowly)
        told = judge(PIN)
    assert (told.verdict, told.proof) == (PinVerdict.WRONG, "")


# --- what a guesser learns -------------------------------------------------------------------------------------


def test_d2_no_card_and_no_pin_are_told_as_a_wrong_pin_is_and_cost_as_much(lab: Lab) -> None:
    set_pin()
    told = [judge(WRONG, token=token) for token in (card("anna"), card("bram"), "0" * 32, card("blocked"))]

    assert told == [Judged(verdict=PinVerdict.WRONG)] * 4
    costs = [one.rsplit("$", 2)[0] for one in (secret_pins._NOBODYS, secret_pins.digest_of("c", PIN))]
    assert costs == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2
    assert not secret_pins.matches(None, "c", PIN)


def test_d2_a_hash_is_of_one_card_and_worth_nothing_without_the_key_that_is_no_row(lab: Lab) -> None:
    set_pin()
    digest = CardPin.objects.get().digest
    assert secret_pins.matches(digest, card("anna"), PIN)
    assert not secret_pins.matches(digest, card("bram"), PIN)

    (DataDir(settings.DATA).keys / "pins.key").write_bytes(bytes(32))
    assert not secret_pins.matches(digest, card("anna"), PIN)


def test_d2_the_key_of_pins_is_no_key_that_terminals_have(lab: Lab) -> None:
    data = DataDir(settings.DATA)

    assert data.pins_key() == data.pins_key()
    assert data.pins_key() not in (data.cards_key(), (data.keys / "central.key").read_bytes())
    assert (data.keys / "pins.key").stat().st_mode & 0o077 == 0


# --- cards and companies ---------------------------------------------------------------------------------------


def test_d2_a_blocked_card_loses_its_pin_and_gets_none_back(lab: Lab) -> None:
    set_pin()
    cards.block_card(company=MOLEN, card=card("anna"), reason="lost", by="test", at=AT)

    assert judge(PIN).verdict == PinVerdict.WRONG
    assert events()[-1] == ("pin_ended", "test", MOLEN)
    for refused in (set_pin, reset):
        with pytest.raises(AlreadyDone, match="blocked"):
            refused()
    cards.unblock_card(company=MOLEN, card=card("anna"), by="test", at=AT)
    assert (state(), judge(PIN).verdict) == (("none", 0), PinVerdict.WRONG)


def test_d2_a_replacement_does_not_take_the_pin_over(lab: Lab) -> None:
    set_pin()
    new = "c" * 32
    cards.replace_card(company=MOLEN, old=card("anna"), new=new, by="test", at=AT)

    assert [judge(PIN, token=one).verdict for one in (card("anna"), new)] == [PinVerdict.WRONG] * 2
    assert not CardPin.objects.exists()


def test_d2_two_cards_of_one_customer_have_each_their_own_pin(lab: Lab) -> None:
    second = "d" * 32
    anna = Customer.objects.get(username="anna").pk
    cards.issue_card(company=MOLEN, member=anna, card=second, family="other", by="test", at=AT)
    set_pin()
    pins.set_pin(company=MOLEN, card=second, pin=OTHER, by="test", at=AT)
    for _ in range(MAX_WRONG):
        judge(PIN, token=second)

    assert (judge(OTHER, token=second).verdict, judge(PIN).verdict) == (BLOCKED, RIGHT)


def test_p6_a_company_that_does_not_know_the_customer_touches_no_pin(lab: Lab) -> None:
    set_pin()
    stranger = Card.objects.get(pk=card("anna")).customer
    stranger.membership_set.filter(company=ZUID).delete()
    for touch in (
        lambda: set_pin(OTHER, company=ZUID),
        lambda: reset(company=ZUID),
        lambda: pins.pin_of(company=ZUID, card=card("anna"), at=AT),
        lambda: pins.pin_of(company=None, card="0" * 32, at=AT),
    ):
        with pytest.raises(NotKnown):
            touch()
    assert judge(PIN, company=ZUID).verdict == RIGHT, "her card pays there all the same"


def test_d2_the_operator_resets_any_cards_pin(lab: Lab) -> None:
    set_pin()
    assert judge(reset(company=None)).verdict == MUST_CHANGE
    assert events()[-1] == ("pin_reset", "office:7", None)
