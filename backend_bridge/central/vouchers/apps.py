from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VouchersConfig(AppConfig):
    """See the package's docstring."""

    name = "backend_bridge.central.vouchers"
    label = "vouchers"
    verbose_name = _("Vouchers and coupons")
