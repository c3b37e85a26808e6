"""What a company knew of a contact becomes what it knows of the account that this person turned out to have."""

from __future__ import annotations

from backend_bridge.central.customers.models import Consent, Customer, DeferredRegistration, GroupMember, Membership
from backend_bridge.central.customers.services.results import Contact


def take_over(*, company: str, contact: str, account: str) -> None:
    """`contact` stands for `account` from now on: copy contact data, consents and groups; what the company knew
    of the account before is kept. Runs in the caller's transaction.

    The contact's own rows stay as they are: histories are never rewritten. Notes that wait go to the account.
    """
    Customer.objects.filter(pk=contact).exclude(pk=account).update(merged_into=account)
    old = Membership.objects.filter(company=company, customer=contact).first()
    if old is None:
        return
    new, _made = Membership.objects.select_for_update().get_or_create(
        company_id=company,
        customer_id=account,
        defaults={"since": old.since, "origin": old.origin, "source": old.source},
    )
    number, old.number = old.number, ""
    old.save(update_fields=["number"])
    for field, value in [("number", number), *((field, getattr(old, field)) for field in Contact.__struct_fields__)]:
        if not getattr(new, field):
            setattr(new, field, value)
    new.since = min(new.since, old.since)
    new.save()
    Consent.objects.bulk_create(
        Consent(
            membership=new,
            channel=row.channel,
            given=row.given,
            origin=row.origin,
            source=row.source,
            by=row.by,
            at=row.at,
        )
        for row in Consent.objects.filter(membership=old).order_by("pk")
    )
    GroupMember.objects.bulk_create(
        [
            GroupMember(group_id=row.group_id, membership=new, since=row.since, by=row.by)
            for row in GroupMember.objects.filter(membership=old)
        ],
        ignore_conflicts=True,
    )
    DeferredRegistration.objects.filter(company=company, member=contact, state=DeferredRegistration.State.OPEN).update(
        member=account
    )
