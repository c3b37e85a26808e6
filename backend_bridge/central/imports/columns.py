"""The columns of an import: their names, and under which headings older systems have them."""

from __future__ import annotations

import re
import unicodedata

#: What a heading may be, by column. Case, spaces and signs do not matter; English, German, Dutch, Czech, Danish.
HEADINGS: dict[str, tuple[str, ...]] = {
    "number": ("customer number", "customer id", "Kundennummer", "klantnummer", "číslo zákazníka", "kundenummer"),
    "username": ("user name", "Benutzername", "gebruikersnaam", "uživatelské jméno", "brugernavn"),
    "name": ("display name", "full name", "customer", "Name", "naam", "jméno", "navn"),
    "email": ("e-mail", "mail", "e-mail address", "E-Mail-Adresse", "e-mailadres"),
    "phone": ("telephone", "mobile", "Telefon", "Handy", "telefoon", "mobiel", "mobil"),
    "street": ("address", "Straße", "Adresse", "straat", "adres", "ulice"),
    "postcode": ("zip", "postal code", "PLZ", "Postleitzahl", "PSČ", "postnummer"),
    "city": ("town", "Ort", "Stadt", "plaats", "město", "by"),
    "country": ("Land", "země"),
    "language": ("Sprache", "taal", "jazyk", "sprog"),
    "birthday": ("date of birth", "Geburtstag", "Geburtsdatum", "geboortedatum", "datum narození", "fødselsdag"),
    "groups": ("group", "Gruppe", "Gruppen", "groep", "groepen", "skupina"),
    "points": ("balance", "Punkte", "Punktestand", "punten", "saldo", "body", "point"),
    "pool": ("points pool", "Punkteart", "puntensoort"),
    "points_origin": ("origin of points", "Herkunft der Punkte"),
    "points_issued": ("points since", "issued", "Punkte vom", "punten van"),
    "points_expire": ("points until", "expires", "Punkte bis", "gültig bis", "geldig tot"),
    "consent_email": ("newsletter", "e-mail consent"),
    "consent_sms": ("sms consent",),
    "consent_phone": ("telephone consent",),
    "consent_post": ("letter consent",),
    "consent_since": ("consent date", "Einwilligung vom"),
}
CONSENTS = {"consent_email": "email", "consent_sms": "sms", "consent_phone": "phone", "consent_post": "post"}


def column_of(heading: str) -> str | None:
    """The column that a heading names, or None."""
    return _COLUMNS.get(_plain(heading))


def _plain(heading: str) -> str:
    decomposed = unicodedata.normalize("NFKD", heading.casefold())
    return re.sub(r"[^a-z0-9]", "", decomposed)


_COLUMNS = {_plain(name): column for column, names in HEADINGS.items() for name in (column, *names)}
