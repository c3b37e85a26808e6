"""The figures on the office's first page, each for what its reader may see."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from backend_bridge.central.fleet.models import Incident, Terminal
from backend_bridge.central.ledger.models import Transfer
from backend_bridge.central.ledger.verify import verify_books
from backend_bridge.central.office.pages import Scope, amount_text, moment, shortened

_BOOKS_EVERY_S = 60
_DAY = dt.timedelta(days=1)
_LATEST = 8


def add_figures(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the first page, with its figures and tables."""
    context.update(_figures(request.user), title=_("Dashboard"))
    return context


def _figures(user: User | AnonymousUser) -> dict[str, Any]:
    scope = Scope(user)
    terminals = Terminal.objects.filter(scope.rows(lambda company: Q(branch__company=company)))
    incidents = Incident.objects.filter(scope.rows(lambda company: Q(terminal__branch__company=company)))
    transfers = Transfer.objects.filter(scope.rows(lambda company: Q(cause__company=company)))
    online, known = terminals.filter(online=True).count(), terminals.count()
    waiting = incidents.filter(closed_at=None).count()
    wrong = _wrong_in_books()
    return {
        "figures": [
            _figure(_("Terminals online"), f"{online} / {known}", page="fleet_terminal"),
            _figure(
                _("Postings in 24 hours"),
                transfers.filter(cause__at__gt=timezone.now() - _DAY).count(),
                page="ledger_transfer",
            ),
            _figure(_("Open incidents"), waiting, page="fleet_incident", bad=waiting > 0),
            _figure(
                _("Books"),
                _("%(count)d errors") % {"count": wrong} if wrong else _("balanced ✓"),
                page="ledger_account",
                bad=wrong > 0,
            ),
        ],
        "latest": {
            "headers": [_("Time"), _("Kind"), _("Amount"), _("To"), _("Cause")],
            "rows": [
                [
                    moment(row.cause.at),
                    row.get_kind_display(),
                    amount_text(row.amount, row.unit),
                    str(row.credit),
                    shortened(row.cause.key),
                ]
                for row in transfers.select_related("cause", "credit__member").order_by("-cause", "-line")[:_LATEST]
            ],
        },
        "terminals": {
            "headers": [_("Terminal"), _("Branch"), _("State"), _("Last seen")],
            "rows": [
                [row.pk, str(row.branch), _("online") if row.online else _("offline"), moment(row.last_seen)]
                for row in terminals.select_related("branch").order_by("pk")[:_LATEST]
            ],
        },
    }


def _figure(title: str, value: object, *, page: str, bad: bool = False) -> dict[str, Any]:
    return {"title": title, "value": value, "link": reverse(f"admin:{page}_changelist"), "bad": bad}


def _wrong_in_books() -> int:
    """How many things are wrong with the books, at most a minute old: the check reads every transfer."""
    wrong: int | None = cache.get("wrong-in-books")
    if wrong is None:
        wrong = len(verify_books())
        cache.set("wrong-in-books", wrong, _BOOKS_EVERY_S)
    return wrong
