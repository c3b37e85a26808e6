"""P6: every model says whose its rows are, and no page of the office shows, finds or changes another company's.

All models and all pages are taken from Django's own registries. Who adds one makes these tests fail until
the model is in `office.belonging`; a page is tried as soon as it is registered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models import BinaryField, ForeignKey, Model, Q
from django.test import Client
from django.urls import reverse

from backend_bridge.central.office.belonging import BELONGING, OfCompany, ProgrammeWide, belonging_of
from backend_bridge.central.office.pages import CompanyPage
from backend_bridge.central.organisation.models import Company
from tests.unit.central.lab import fresh_database
from tests.unit.central.separation_rows import Rows, without_checks
from tests.unit.central.test_office import logged_in

MOLEN, ZUID = "de-molen", "cocktailbar-zuid"
_CENTRAL = "backend_bridge.central."


def central_models() -> list[type[Model]]:
    """Every model of the central system's own apps."""
    own = [config for config in apps.get_app_configs() if config.name.startswith(_CENTRAL)]
    return [model for config in own for model in config.get_models(include_auto_created=True)]


MODELS = central_models()
#: What keeps companies apart is the conditions, not the database: one of the two is enough.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
PAGES = [model for model in MODELS if admin.site.is_registered(model)]


def named(model: type[Model]) -> str:
    return model._meta.label


def page_of(model: type[Model]) -> Any:
    return admin.site.get_model_admin(model)


def address(model: type[Model], what: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


@pytest.fixture
def both(template: Path) -> Iterator[tuple[Rows, Rows]]:
    """A row of each model for De Molen and for the bar. The books do not balance with them."""
    fresh_database(template)
    without_checks()
    yield Rows(MOLEN), Rows(ZUID)
    connection.close()


@pytest.fixture
def browser(both: tuple[Rows, Rows]) -> Client:
    """De Molen's browser, with every permission there is: what separates companies is not permissions."""
    User.objects.get(username="molen").user_permissions.set(Permission.objects.all())
    client = logged_in("molen")
    client.raise_request_exception = True
    return client


# --- models -----------------------------------------------------------------------------------------------------


def test_p6_every_model_says_whose_its_rows_are() -> None:
    assert {named(model) for model in MODELS} - BELONGING.keys() == set(), "classify these in office.belonging"


def test_p6_nothing_is_classified_that_is_not_there() -> None:
    assert BELONGING.keys() - {named(model) for model in MODELS} == set()


@pytest.mark.parametrize("model", MODELS, ids=named)
def test_p6_what_binds_a_row_leads_to_a_company(model: type[Model]) -> None:
    told = BELONGING.get(named(model))
    if isinstance(told, ProgrammeWide):
        assert len(told.reason) > 10, "say why no company's knowledge is in it"
        assert Company not in {field.related_model for field in model._meta.get_fields() if not field.auto_created}
        return
    assert told is not None
    assert told.paths
    for path in told.paths:
        assert _leads_to(model, path) is Company, path


@on_sqlite
def test_p6_the_conditions_tell_two_companies_rows_apart(both: tuple[Rows, Rows]) -> None:
    for model in MODELS:
        told = belonging_of(model)
        if isinstance(told, ProgrammeWide):
            continue
        ours, theirs = (one.of(model).pk for one in both)
        mine = set(model._base_manager.filter(told.condition(MOLEN)).values_list("pk", flat=True))

        assert ours in mine, named(model)
        assert theirs not in mine, named(model)


# --- pages ------------------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize("model", PAGES, ids=named)
def test_p6_a_page_narrows_rows_down_to_the_company(both: tuple[Rows, Rows], model: type[Model]) -> None:
    """On the demonstration's rows too, which mean something."""
    page = page_of(model)
    assert isinstance(page, CompanyPage), "pages of the office are CompanyPages"
    told = belonging_of(model)
    assert isinstance(told, OfCompany), "what belongs to nobody has no page for companies"
    for one in both:
        one.of(model)
    shown = set(model._base_manager.filter(page.of_company(MOLEN)).values_list("pk", flat=True))
    allowed = set(model._base_manager.filter(told.condition(MOLEN)).values_list("pk", flat=True))

    assert shown <= allowed
    assert both[0].of(model).pk in shown
    assert both[1].of(model).pk not in shown


@on_sqlite
@pytest.mark.parametrize("model", PAGES, ids=named)
def test_p6_anothers_rows_are_not_listed_or_found_by_searching_or_filters(
    browser: Client, both: tuple[Rows, Rows], model: type[Model]
) -> None:
    ours, theirs = (one.of(model) for one in both)
    listed, text = _list(browser, model)

    assert ours.pk in listed
    assert theirs.pk not in listed
    assert _marks(text, both[1]) == []
    for wanted in {str(theirs.pk), str(theirs), both[1].mark, ZUID, *_texts(theirs)}:
        assert theirs.pk not in _list(browser, model, q=wanted)[0], wanted
    for lookup, value in _lookups(theirs):
        assert theirs.pk not in _list(browser, model, **{lookup: value})[0], lookup


@on_sqlite
@pytest.mark.parametrize("model", PAGES, ids=named)
def test_p6_anothers_row_does_not_open_by_its_address(
    browser: Client, both: tuple[Rows, Rows], model: type[Model]
) -> None:
    ours, theirs = (one.of(model) for one in both)
    before = _everything(both[1])
    own = browser.get(address(model, "change", ours.pk))

    assert own.status_code == 200
    assert _marks(own.content.decode(), both[1]) == []
    for what in ("change", "history", "delete"):
        for answer in (
            browser.get(address(model, what, theirs.pk)),
            browser.post(address(model, what, theirs.pk), {"post": "yes"}),
        ):
            assert answer.status_code in (302, 403, 404), what
            assert _marks(answer.content.decode(), both[1]) == []
    assert _everything(both[1]) == before


@on_sqlite
@pytest.mark.parametrize("model", PAGES, ids=named)
def test_p6_no_action_touches_anothers_row(browser: Client, both: tuple[Rows, Rows], model: type[Model]) -> None:
    both[0].of(model)
    theirs = both[1].of(model)
    before = _everything(both[1])
    for action in (*page_of(model).actions, "delete_selected"):
        name = action if isinstance(action, str) else action.__name__
        answer = browser.post(
            address(model, "changelist"), {"action": name, "_selected_action": [theirs.pk], "post": "yes"}
        )
        assert answer.status_code in (200, 302, 403), name
        assert _marks(answer.content.decode(), both[1]) == [], name
    assert _everything(both[1]) == before


@on_sqlite
@pytest.mark.parametrize("model", PAGES, ids=named)
def test_p6_forms_for_new_rows_offer_nothing_of_anothers(
    browser: Client, both: tuple[Rows, Rows], model: type[Model]
) -> None:
    for one in both:
        one.of(model)
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey):
                one.of(field.related_model)
    answer = browser.get(address(model, "add"))

    assert answer.status_code in (200, 403)
    assert _marks(answer.content.decode(), both[1]) == []


@on_sqlite
@pytest.mark.parametrize("model", PAGES, ids=named)
def test_p6_completing_what_is_typed_offers_nothing_of_anothers(
    browser: Client, both: tuple[Rows, Rows], model: type[Model]
) -> None:
    for name in page_of(model).autocomplete_fields:
        related = model._meta.get_field(name).related_model
        assert isinstance(related, type)
        for one in both:
            one.of(related)
        told = {"app_label": model._meta.app_label, "model_name": str(model._meta.model_name), "field_name": name}
        for term in ("", both[1].mark, *_texts(both[1].of(related))):
            answer = browser.get("/office/autocomplete/", {**told, "term": term})
            assert _marks(answer.content.decode(), both[1]) == []


@on_sqlite
def test_p6_the_first_page_shows_nothing_of_anothers(browser: Client, both: tuple[Rows, Rows]) -> None:
    for model in MODELS:
        both[1].of(model)

    assert _marks(browser.get("/office/").content.decode(), both[1]) == []


# --- what the tests above look with -----------------------------------------------------------------------------


def _leads_to(model: type[Model], path: str) -> Any:
    if path == "pk":
        return model
    here: Any = model
    for name in path.split("__"):
        here = here._meta.get_field(name).related_model
    return here


def _list(browser: Client, model: type[Model], **asked: str) -> tuple[set[Any], str]:
    """The keys that the list shows, and its text; a question that the list does not take shows nothing."""
    answer: Any = browser.get(address(model, "changelist"), asked)
    if answer.status_code != 200:
        assert answer.status_code in (302, 400)
        return set(), ""
    return {row.pk for row in answer.context_data["cl"].result_list}, answer.content.decode()


def _lookups(row: Model) -> list[tuple[str, str]]:
    """Questions that a row answers to, as they stand in an address."""
    told = []
    for field in row._meta.concrete_fields:
        if isinstance(field, BinaryField):
            continue  # nobody can write bytes into an address
        name = f"{field.name}__{field.target_field.name}" if isinstance(field, ForeignKey) else field.name
        told += [(f"{name}__exact", str(field.value_from_object(row))), (f"{field.name}__isnull", "0")]
    return told


def _marks(text: str, rows: Rows) -> list[str]:
    """What of another company is in `text`."""
    return re.findall(rf"{rows.mark}\w*", text)


def _texts(row: Model) -> list[str]:
    return [value for field in row._meta.concrete_fields if isinstance(value := field.value_from_object(row), str)]


def _everything(rows: Rows) -> dict[str, list[Any]]:
    """Every row of a company, by model."""
    told = {}
    for model in MODELS:
        whose = BELONGING.get(named(model))
        condition = whose.condition(rows.company) if isinstance(whose, OfCompany) else Q()
        told[named(model)] = list(model._base_manager.filter(condition).distinct().order_by("pk").values())
    return told
