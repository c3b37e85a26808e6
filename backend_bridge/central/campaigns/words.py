"""What an evaluation says, in sentences that marketing people and staff read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from loyalty.evaluation.result import NotApplied, Reason

SENTENCES: Mapping[Reason, Promise] = {
    Reason.OTHER_COMPANY: _("It belongs to another company."),
    Reason.OTHER_BRANCH: _("It does not hold at this branch."),
    Reason.POOL_NOT_ACCEPTED: _("Points of this kind are not accepted here."),
    Reason.NOT_ISSUED: _("It is a draft and has not been issued yet."),
    Reason.REDEEMED: _("It has been used already."),
    Reason.EXPIRED: _("It has expired."),
    Reason.CANCELLED: _("It has been cancelled."),
    Reason.NO_USES_LEFT: _("It has been used as often as it can be."),
    Reason.EMPTY: _("Nothing is left on it."),
    Reason.OTHER_CHANNEL: _("It does not hold where this was bought: at the till, or in the web shop."),
    Reason.NOT_YET_VALID: _("It holds from %(day)s."),
    Reason.NO_LONGER_VALID: _("It held until %(day)s."),
    Reason.OUTSIDE_WINDOW: _("It does not hold on this weekday or at this hour."),
    Reason.CUSTOMER_NEEDED: _("It needs a customer, and no card was shown."),
    Reason.OTHER_GROUP: _("The customer is in none of its groups."),
    Reason.OTHER_OWNER: _("It works with its owner's card only."),
    Reason.USES_SPENT: _("It has been used as often as it may be."),
    Reason.CUSTOMER_USES_SPENT: _("This customer has used it as often as one customer may."),
    Reason.DAY_USES_SPENT: _("It has been used as often as it may be on one day."),
    Reason.BUDGET_SPENT: _("Its budget does not suffice: it would give %(needed)s, and %(have)s is left."),
    Reason.OWN_RECEIPT: _("It was given for this receipt, and holds for a later one."),
    Reason.NO_ARTICLE: _("Nothing that it covers was bought."),
    Reason.OUTDONE: _("Of its group another one gives more: %(by)s."),
    Reason.NOT_COMBINABLE: _("It cannot be combined with what takes off more: %(by)s."),
    Reason.NOTHING_LEFT: _("The price cannot be lowered any further by it."),
    Reason.NOTHING_TO_AWARD: _("What is paid for its articles is too little for one point or the smallest coin."),
    Reason.NOT_ASKED: _("It was to pay nothing."),
    Reason.BELOW_MINIMUM: _("The balance is %(have)s; points can be spent from %(needed)s on."),
    Reason.NOT_ENOUGH_POINTS: _("There are %(have)s, and %(needed)s are needed."),
    Reason.NOTHING_DUE: _("There is nothing left that it could pay for."),
}


def why(one: NotApplied, *, names: Mapping[str, str], amount: Callable[[int], str] = str) -> str:
    """Why `one` did not apply. `names` tells campaigns and vouchers by their ids; `amount` writes what
    its budget is counted in."""
    return str(SENTENCES[one.reason]) % {
        "day": "" if one.day is None else date_format(one.day, "DATE_FORMAT"),
        "needed": "" if one.needed is None else amount(one.needed),
        "have": "" if one.have is None else amount(one.have),
        "by": ", ".join(names.get(name, name) for name in one.by),
    }
