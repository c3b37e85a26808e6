"""The key with which a company's coupon codes are signed: a file for the private half, a row for the public."""

from __future__ import annotations

from backend_bridge.central.data_dir import DataDir
from backend_bridge.central.errors import CentralError
from backend_bridge.central.organisation.models import Company, CouponSigningKey
from loyalty.signing import SigningKey

FIRST_KEY = 1


def ensure_coupon_key(company: Company, directory: DataDir) -> bool:
    """Give `company` its first key for coupons; False where it has one. A key is never replaced here."""
    if CouponSigningKey.objects.filter(company=company).exists():
        return False
    key = directory.coupon_key(company=company.pk, number=FIRST_KEY)
    CouponSigningKey.objects.create(company=company, number=FIRST_KEY, public=key.public.hex())
    return True


def signing_key(known: CouponSigningKey, directory: DataDir) -> SigningKey:
    """The private half of `known`; raises `CentralError` for a file that was exchanged or lost, since
    coupons that it signed would be taken for forged ones everywhere."""
    path = directory.coupon_key_file(company=known.company_id, number=known.number)
    if not path.exists():
        raise CentralError(f"{path.name} is missing in {path.parent}: put it back from a backup")
    key = directory.coupon_key(company=known.company_id, number=known.number)
    if key.public.hex() != known.public:
        raise CentralError(f"{path.name} is not the key that terminals know: put the right one back from a backup")
    return key
