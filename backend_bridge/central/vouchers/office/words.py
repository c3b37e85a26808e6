"""Vouchers in the words of the office: what one gives, what it is restricted to, what was done with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backend_bridge.central.office.pages import amount_text, moment
from backend_bridge.central.vouchers import records
from backend_bridge.central.vouchers.models import Voucher, VoucherEvent, VoucherWish
from loyalty.benefits import AmountOff, FreeGoods, FreeService, MoneyValue, PastOff, PercentOff, PointsValue

COLOURS = {
    "free": "success",
    "home": "info",
    "registered": "primary",
    "redeemed": "primary",
    "past": "warning",
    "expired": "warning",
    "cancelled": "danger",
    "draft": "info",
}
_LISTS = {
    "branches": gettext_lazy("branches"),
    "channels": gettext_lazy("bought"),
    "customer_groups": gettext_lazy("groups of customers"),
    "articles": gettext_lazy("articles"),
    "article_groups": gettext_lazy("article groups"),
}
_CELL = '<td class="align-top pb-1 pr-6 whitespace-nowrap">{}</td>'
_ROW = "<tr>" + _CELL * 5 + "</tr>"


def status_of(row: Voucher) -> tuple[str, str]:
    """The state as staff think of it: an issued voucher is free, at a terminal, or past its last day."""
    if row.state != Voucher.State.ISSUED:
        return row.state, row.get_state_display()
    if row.home_terminal_id is not None:
        return "home", _("at a terminal")
    if row.valid_until is not None and row.valid_until < timezone.localdate():
        return "past", _("its last day is over")
    return "free", _("free")


def gives(row: Voucher, *, on_it_minor: int) -> str:
    """What it gives, with what is left of money. A list is shown though one row of it cannot be read."""
    try:
        value = records.value_of(row, on_it_minor=on_it_minor)
    except msgspec.ValidationError:
        return _("unreadable")
    match value:
        case MoneyValue():
            told = _money(row, value.rest_minor)
        case PointsValue(pool=pool, points=points):
            told = amount_text(points, pool)
        case PercentOff(rate_bp=rate):
            told = _("%(rate)s %% off") % {"rate": f"{rate / 100:g}"}
        case AmountOff(amount_minor=minor):
            told = _("%(amount)s off") % {"amount": amount_text(minor, row.currency)}
        case FreeGoods(pieces=pieces):
            told = ngettext("%(count)d free piece", "%(count)d free pieces", pieces) % {"count": pieces}
        case FreeService(pieces=pieces):
            told = ngettext("%(count)d free service", "%(count)d free services", pieces) % {"count": pieces}
        case PastOff():
            amount = amount_text(value.value_minor, row.currency)
            told = _("%(amount)s off for what was bought") % {"amount": amount}
    return told


def restricted_to(row: Voucher) -> str:
    """What it is restricted to, apart from its days; empty for nothing."""
    conditions = records.conditions_of(row)
    told = [
        f"{label}: {', '.join(map(str, getattr(conditions, name)))}"
        for name, label in _LISTS.items()
        if getattr(conditions, name)
    ]
    for window in conditions.windows:
        days = ", ".join(day.value for day in window.weekdays) or _("every day")
        told.append(f"{days} {window.start}–{window.end}")
    if row.owner_bound:
        told.append(_("works with its owner's card only"))
    return "; ".join(told)


def history_table(row: Voucher) -> SafeString | str:
    """All that was done with a voucher, the newest first."""
    events = VoucherEvent.objects.filter(voucher=row).order_by("-pk")
    lines = [
        (
            moment(event.at),
            event.get_what_display(),
            _moved(event, row.currency),
            _days(event),
            event.receipt or event.by,
        )
        for event in events
    ]
    if not lines:
        return _("Nothing yet.")
    heads = (_("time"), _("what"), _("amount"), _("details"), _("receipt or by whom"))
    head = format_html(_ROW.replace("<td", "<th").replace("</td", "</th").replace("align-top", "text-left"), *heads)
    return format_html("<table>{}{}</table>", head, format_html_join("", _ROW, lines))


def pending_changes(row: Voucher) -> SafeString | str:
    """The changes that wait for a terminal to give the voucher back."""
    waiting = VoucherWish.objects.filter(voucher=row, outcome=VoucherWish.Outcome.PENDING).order_by("pk")
    told: Iterable[tuple[str, str]] = [(moment(wish.wished_at), wish.by) for wish in waiting]
    if not told:
        return "–"
    where = _("Pending at terminal %(terminal)s:") % {"terminal": row.home_terminal_id}
    return format_html("{}<br>{}", where, format_html_join(SafeString("<br>"), "{} · {}", told))


def reason_text(rule: str, sentence: str) -> str:
    """A rule that stands in the way, as a sentence for staff."""
    known = _REASONS.get(rule)
    return str(known) if known is not None else f"{sentence[:1].upper()}{sentence[1:]}."


def _money(row: Voucher, rest_minor: int) -> str:
    face, rest = amount_text(row.face_minor or rest_minor, row.currency), amount_text(rest_minor, row.currency)
    return face if face == rest else _("%(face)s, %(rest)s left") % {"face": face, "rest": rest}


def _moved(event: VoucherEvent, currency: str) -> str:
    if event.points:
        return _("%(count)d points") % {"count": event.points}
    if event.minor:
        return amount_text(event.minor, currency)
    return amount_text(event.worth_minor, currency) if event.worth_minor else ""


def _days(event: VoucherEvent) -> str:
    after = event.detail.get("after") or {}
    if "valid_from" in after:
        return f"{_day(after['valid_from'])} – {_day(after['valid_until'])}"
    return str(event.detail.get("reason") or "")


def _day(text: str | None) -> str:
    return _("open") if text is None else dt.date.fromisoformat(text).isoformat()


_REASONS: dict[str, Promise] = {
    "redeemed": gettext_lazy("This voucher is used up. Nothing more can be done with it."),
    "cancelled": gettext_lazy("This voucher was cancelled. Nothing more can be done with it."),
    "expired": gettext_lazy("This voucher has expired. Give it a new validity first."),
    "points_posted": gettext_lazy(
        "This coupon was registered and its points were posted. Take the points back instead."
    ),
    "draft": gettext_lazy("This voucher is a draft. Issue it first."),
    "registered_before": gettext_lazy("This voucher belongs to a customer already."),
    "no_longer_valid": gettext_lazy("The last day of this voucher is over. Change its validity first."),
    "not_yet_valid": gettext_lazy("The first day of this voucher has not come yet."),
    "for_another": gettext_lazy("This voucher was made for another customer."),
    "needs_revival": gettext_lazy("This voucher has expired. Tick the box to bring it back."),
    "receipt_reversed": gettext_lazy("The receipt that gave this voucher was taken back, wholly or in part."),
    "never_narrowed": gettext_lazy("This voucher was sold: its validity and its restrictions can only be widened."),
    "ends_in_past": gettext_lazy("Choose a last day that has not passed. To end a voucher now, cancel it."),
    "dates_reversed": gettext_lazy("The last day is before the first."),
    "changed": gettext_lazy("The voucher has changed since you looked. Look again before you confirm."),
}
