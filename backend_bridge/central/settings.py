"""Django's settings for one data directory (`TAPBON_DATA`, set by `configure`).

Further environment: `TAPBON_POSTGRES` (a server instead of SQLite, see `database`), `TAPBON_ALLOWED_HOSTS`
(comma-separated; loopback by default) and `TAPBON_HTTPS` ("1" behind a TLS proxy: cookies are then sent over
TLS only, and HSTS is announced).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from backend_bridge.central.data_dir import DATA_VARIABLE, DataDir
from backend_bridge.central.database import POSTGRES_VARIABLE, database_settings

DATA = Path(os.environ.get(DATA_VARIABLE, "/nonexistent"))
_secret = DATA / "secret-key"
#: Empty without a data directory, which Django refuses to work with.
SECRET_KEY = _secret.read_text() if _secret.exists() else ""

DEBUG = False
HTTPS = os.environ.get("TAPBON_HTTPS") == "1"
ALLOWED_HOSTS = os.environ.get("TAPBON_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
_scheme = "https" if HTTPS else "http"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "backend_bridge.central.organisation",
    "backend_bridge.central.customers",
    "backend_bridge.central.fleet",
    "backend_bridge.central.conflicts",
    "backend_bridge.central.vouchers",
    "backend_bridge.central.ledger",
    "backend_bridge.central.campaigns",
    "backend_bridge.central.sales",
    "backend_bridge.central.clearing",
    "backend_bridge.central.api",
    "backend_bridge.central.imports",
    "backend_bridge.central.office",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "backend_bridge.central.office.headers.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backend_bridge.central.office.acting_for.follow_the_choice",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
LOGIN_REDIRECT_URL = "/office/"
ROOT_URLCONF = "backend_bridge.central.urls"
ASGI_APPLICATION = "backend_bridge.central.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "office" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": database_settings(DataDir(DATA), os.environ.get(POSTGRES_VARIABLE))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
USE_I18N = True
FORMAT_MODULE_PATH = "backend_bridge.central.office.formats"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
#: The office's files come straight from the installed packages; none has to be collected first.
WHITENOISE_USE_FINDERS = True

SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Tapbon",
    "SITE_HEADER": "Tapbon",
    "SITE_SUBHEADER": _("Office"),
    "SITE_SYMBOL": "loyalty",
    "SITE_URL": None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "backend_bridge.central.office.dashboard.add_figures",
    "COLORS": {
        "primary": {
            "50": "oklch(98% .016 73.7)",
            "100": "oklch(95.4% .038 75.2)",
            "200": "oklch(90.1% .076 70.7)",
            "300": "oklch(83.7% .128 66.3)",
            "400": "oklch(75% .183 55.9)",
            "500": "oklch(64.6% .194 43)",
            "600": "oklch(55.3% .173 38.4)",
            "700": "oklch(47% .143 37.3)",
            "800": "oklch(40.8% .116 38.2)",
            "900": "oklch(36% .09 38)",
            "950": "oklch(26.6% .079 36.3)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Overview"),
                "items": [
                    {"title": _("Dashboard"), "icon": "dashboard", "link": reverse_lazy("admin:index")},
                    {
                        "title": _("Incidents"),
                        "icon": "warning",
                        "link": reverse_lazy("admin:fleet_incident_changelist"),
                    },
                    {
                        "title": _("Conflicts"),
                        "icon": "balance",
                        "link": reverse_lazy("admin:conflicts_conflict_changelist"),
                    },
                ],
            },
            {
                "title": _("Customers and coupons"),
                "items": [
                    {
                        "title": _("Customers"),
                        "icon": "group",
                        "link": reverse_lazy("admin:customers_customer_changelist"),
                    },
                    {
                        "title": _("Our customers"),
                        "icon": "contacts",
                        "link": reverse_lazy("admin:customers_membership_changelist"),
                    },
                    {
                        "title": _("Groups"),
                        "icon": "groups",
                        "link": reverse_lazy("admin:customers_customergroup_changelist"),
                    },
                    {
                        "title": _("Noted registrations"),
                        "icon": "pending_actions",
                        "link": reverse_lazy("admin:customers_deferredregistration_changelist"),
                    },
                    {
                        "title": _("Invitations"),
                        "icon": "mail",
                        "link": reverse_lazy("admin:customers_invitation_changelist"),
                    },
                    {
                        "title": _("Imports"),
                        "icon": "upload_file",
                        "link": reverse_lazy("admin:imports_import_changelist"),
                    },
                    {
                        "title": _("Cards"),
                        "icon": "contactless",
                        "link": reverse_lazy("admin:customers_card_changelist"),
                    },
                    {
                        "title": _("Campaigns"),
                        "icon": "campaign",
                        "link": reverse_lazy("admin:campaigns_campaign_changelist"),
                    },
                    {
                        "title": _("Receipts"),
                        "icon": "receipt",
                        "link": reverse_lazy("admin:sales_receipt_changelist"),
                    },
                    {
                        "title": _("Redemptions"),
                        "icon": "fact_check",
                        "link": reverse_lazy("admin:ledger_redemption_changelist"),
                    },
                    {
                        "title": _("Vouchers and coupons"),
                        "icon": "qr_code_2",
                        "link": reverse_lazy("admin:vouchers_voucher_changelist"),
                    },
                    {
                        "title": _("Batches of vouchers"),
                        "icon": "stacks",
                        "link": reverse_lazy("admin:vouchers_voucherbatch_changelist"),
                    },
                    {
                        "title": _("Figures of vouchers"),
                        "icon": "bar_chart",
                        "link": reverse_lazy("admin:vouchers_figures"),
                    },
                ],
            },
            {
                "title": _("Books"),
                "items": [
                    {
                        "title": _("Postings"),
                        "icon": "receipt_long",
                        "link": reverse_lazy("admin:ledger_transfer_changelist"),
                    },
                    {
                        "title": _("Accounts"),
                        "icon": "account_balance",
                        "link": reverse_lazy("admin:ledger_account_changelist"),
                    },
                    {"title": _("Lots"), "icon": "category", "link": reverse_lazy("admin:ledger_lot_changelist")},
                    {"title": _("Clearing"), "icon": "handshake", "link": reverse_lazy("admin:clearing_months")},
                ],
            },
            {
                "title": _("Terminals"),
                "items": [
                    {
                        "title": _("Terminals"),
                        "icon": "point_of_sale",
                        "link": reverse_lazy("admin:fleet_terminal_changelist"),
                    },
                    {
                        "title": _("Journal"),
                        "icon": "history_edu",
                        "link": reverse_lazy("admin:fleet_journalentry_changelist"),
                    },
                    {"title": _("Grants"), "icon": "outbox", "link": reverse_lazy("admin:fleet_grant_changelist")},
                    {
                        "title": _("Lost terminals"),
                        "icon": "healing",
                        "link": reverse_lazy("admin:recovery"),
                        "permission": "backend_bridge.central.recovery.pages.for_the_operator",
                    },
                ],
            },
            {
                "title": _("Programme"),
                "items": [
                    {
                        "title": _("Companies"),
                        "icon": "storefront",
                        "link": reverse_lazy("admin:organisation_company_changelist"),
                    },
                    {
                        "title": _("Branches"),
                        "icon": "location_on",
                        "link": reverse_lazy("admin:organisation_branch_changelist"),
                    },
                    {
                        "title": _("Pools"),
                        "icon": "savings",
                        "link": reverse_lazy("admin:organisation_pool_changelist"),
                    },
                    {
                        "title": _("Cash rounding"),
                        "icon": "payments",
                        "link": reverse_lazy("admin:sales_cashrounding_changelist"),
                    },
                    {
                        "title": _("Terms of reversals"),
                        "icon": "undo",
                        "link": reverse_lazy("admin:sales_reversalterms_changelist"),
                    },
                    {
                        "title": _("Rewards"),
                        "icon": "redeem",
                        "link": reverse_lazy("admin:organisation_reward_changelist"),
                    },
                    {"title": _("API keys"), "icon": "key", "link": reverse_lazy("admin:api_apikey_changelist")},
                    {"title": _("Webhooks"), "icon": "webhook", "link": reverse_lazy("admin:api_webhook_changelist")},
                    {"title": _("Deliveries"), "icon": "send", "link": reverse_lazy("admin:api_delivery_changelist")},
                ],
            },
        ],
    },
}

# A request under another host's name is refused; whoever tries it a thousand times fills no log with it.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"nowhere": {"class": "logging.NullHandler"}},
    "loggers": {
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        # Refusals are no errors; what breaks is still told.
        "django.request": {"level": "ERROR"},
    },
}
