"""The pages of the central system: the office, the API, and a health check."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from backend_bridge.central.health import health
from backend_bridge.central.office.acting_for import act_for

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("health", health),
    path("api/", include("backend_bridge.central.api.urls")),
    path("office/act-for/", admin.site.admin_view(act_for), name="act-for"),
    path("office/", admin.site.urls),
]
