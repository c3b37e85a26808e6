"""What waits: registrations noted at a busy counter (B6), and invitations to take part (B7)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.customers.models.identity import Customer
from backend_bridge.central.organisation.models import Branch, Company, Pool


class DeferredRegistration(models.Model):
    """Somebody is to get points, later. The row is settled once: registered, or discarded with a reason.

    Who it is for: `member` once that is known; until then what staff had (`card`, `username`, `hint`).
    What is given: `points` of a pool, or what a receipt of `amount_minor` earns, or a coupon.
    """

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("open")
        REGISTERED = "registered", _("registered")
        DISCARDED = "discarded", _("discarded")

    id = models.CharField(_("id"), max_length=32, primary_key=True)
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("branch"))
    member = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, verbose_name=_("customer"))
    card = models.CharField(_("card"), max_length=32, blank=True)
    username = models.CharField(_("username"), max_length=60, blank=True)
    hint = models.CharField(_("who it is, in words"), max_length=200, blank=True)
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, blank=True, verbose_name=_("pool"))
    points = models.BigIntegerField(_("points"), null=True, blank=True)
    amount_minor = models.BigIntegerField(_("amount in minor units"), null=True, blank=True)
    coupon = models.CharField(_("coupon"), max_length=64, blank=True)
    noted_at = models.DateTimeField(_("noted"))
    noted_by = models.CharField(_("noted by"), max_length=80)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    settled_by = models.CharField(_("settled by"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("noted registration")
        verbose_name_plural = _("noted registrations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(points__gt=0, pool__isnull=False, amount_minor=None, coupon="")
                | models.Q(points=None, pool=None, amount_minor__gt=0, coupon="")
                | (models.Q(points=None, pool=None, amount_minor=None) & ~models.Q(coupon="")),
                name="one_thing_is_noted",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", settled_at=None)
                | (~models.Q(state="open") & models.Q(settled_at__isnull=False)),
                name="settled_says_when",
            ),
            models.CheckConstraint(condition=~models.Q(state="discarded", reason=""), name="discarded_says_why"),
        ]
        indexes = [models.Index(fields=["company", "noted_at"], condition=models.Q(state="open"), name="open_notes")]

    def __str__(self) -> str:
        return self.id


class Invitation(models.Model):
    """A company invites a person. `customer` is a contact until the invitation is accepted.

    Only a hash of the invitation's token is kept: who reads the database cannot accept for another.
    """

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("expired")

    id = models.CharField(_("id"), max_length=32, primary_key=True)
    company = models.ForeignKey(Company, models.PROTECT, verbose_name=_("company"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="invitations", verbose_name=_("invited"))
    token_hash = models.CharField(_("hash of the token"), max_length=64, unique=True)
    invited_at = models.DateTimeField(_("invited"))
    invited_by = models.CharField(_("invited by"), max_length=80)
    expires_at = models.DateTimeField(_("expires"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    accepted_as = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="accepted", verbose_name=_("accepted as")
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["company", "customer"], condition=models.Q(state="open"), name="invited_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(state="accepted", accepted_as__isnull=False)
                | (~models.Q(state="accepted") & models.Q(accepted_as=None)),
                name="accepted_says_as_whom",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=models.Q(state="open"), name="open_invitations")]

    def __str__(self) -> str:
        return self.id
