"""Every error that the rules raise. One root, so that a caller can catch them all."""


class LoyaltyError(Exception):
    """A rule was broken; the message says which and by what."""


class UnitMismatch(LoyaltyError, TypeError):
    """Amounts of different units were combined."""


class NotEnoughRights(LoyaltyError, ValueError):
    """More was to be spent or returned than is held here."""


class WireError(LoyaltyError, ValueError):
    """Bytes from a peer are not a message of this protocol."""


class SignatureError(LoyaltyError, ValueError):
    """A signature does not belong to the bytes, the domain and the key that were named."""


class ChainError(LoyaltyError, ValueError):
    """A journal's entries do not follow one another."""


class CouponError(LoyaltyError, ValueError):
    """A scanned code is not a coupon that can be judged here; `reason` says why."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class PinRefused(LoyaltyError, ValueError):
    """A PIN that anybody would guess; `rule` names what it breaks. The message never repeats it."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
