"""The tables of customers: who they are (`identity`), and what each company knows of them."""

from backend_bridge.central.customers.models.consent import Channel, Consent, ConsentOrigin
from backend_bridge.central.customers.models.groups import CustomerGroup, GroupMember
from backend_bridge.central.customers.models.identity import Card, CardEvent, Customer
from backend_bridge.central.customers.models.membership import Membership, MembershipNote, MembershipOrigin
from backend_bridge.central.customers.models.pins import CardPin, PinTries
from backend_bridge.central.customers.models.waiting import DeferredRegistration, Invitation

__all__ = [
    "Card",
    "CardEvent",
    "CardPin",
    "Channel",
    "Consent",
    "ConsentOrigin",
    "Customer",
    "CustomerGroup",
    "DeferredRegistration",
    "GroupMember",
    "Invitation",
    "Membership",
    "MembershipNote",
    "MembershipOrigin",
    "PinTries",
]
