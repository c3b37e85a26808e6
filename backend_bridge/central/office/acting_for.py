"""Choosing the company to act for: kept in the session, followed by every page, shown in every header (B9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, HttpResponseRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from backend_bridge.central.office.scope import Scope, choose
from backend_bridge.central.organisation.models import Company

SESSION_KEY = "acts-for"
#: The hidden field by which a form says for whom it was opened.
FORM_FIELD = "_acts_for"
_OFFICE = "/office/"
#: Pages that work before a company is chosen.
_ALWAYS = frozenset({"act-for", "login", "logout", "password_change", "password_change_done", "jsi18n"})


def follow_the_choice(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware, after the one that authenticates: the user of an office page acts for whom they chose.

    Who still has to choose is led to where that is done.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_OFFICE) and request.user.is_authenticated:
            choose(request.user, str(request.session.get(SESSION_KEY, "")))
            if Scope(request.user).must_choose and _name_of(request.path) not in _ALWAYS:
                return HttpResponseRedirect(reverse("act-for"))
        return get_response(request)

    return middleware


@require_http_methods(["GET", "HEAD", "POST"])
def act_for(request: HttpRequest) -> HttpResponse:
    """The page on which a company is chosen; `company` in what is posted is the choice, empty for everything."""
    scope = Scope(request.user)
    if not scope.may_choose:
        return HttpResponseRedirect(reverse("admin:index"))
    if request.method != "POST":
        context = {**admin.site.each_context(request), "title": _("Act for"), **choices(request)}
        return render(request, "office/act_for.html", context)
    company = request.POST.get("company", "")
    if not scope.may_act_for(company) or (company and not Company.objects.filter(pk=company).exists()):
        return HttpResponseForbidden(_("You do not represent this company."))
    request.session[SESSION_KEY] = company
    choose(request.user, company)
    told = choices(request)["current"]
    messages.success(request, _("You act for %(company)s now.") % {"company": told})
    return HttpResponseRedirect(_list_of(request.POST.get("next", "")))


def choices(request: HttpRequest) -> dict[str, Any]:
    """What the header and the page of choices are drawn from."""
    scope = Scope(request.user)
    names = Company.objects.order_by("name", "pk")
    rows = list(names if scope.operator else names.filter(pk__in=scope.companies))
    current = next((row.name for row in rows if row.pk == scope.company), "")
    offered = [{"id": row.pk, "name": row.name, "current": row.pk == scope.company} for row in rows]
    if scope.operator:
        offered.insert(0, {"id": "", "name": _("All companies"), "current": scope.everything})
    return {
        "current": current or (_("All companies") if scope.everything else ""),
        "companies": offered,
        "may_choose": scope.may_choose,
        "acts_for": scope.company or "",
        "here": request.path,
    }


def _list_of(path: str) -> str:
    """The list that the page at `path` belongs to: a row of the one company's is not there for the other."""
    if path.startswith(_OFFICE):
        parts = path.removeprefix(_OFFICE).split("/")
        name = _name_of(f"{_OFFICE}{'/'.join(parts[:2])}/")
        if name.endswith("_changelist"):
            return reverse(f"admin:{name}")
    return reverse("admin:index")


def _name_of(path: str) -> str:
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""
