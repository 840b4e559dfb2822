"""Addresses for tests of who may open what: the public pages, and one small page for each kind of audience."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer, portal, portal_before_terms


def _seen(request: HttpRequest) -> HttpResponse:
    """Tell who looks, from where, and which partners the database shows them."""
    viewer = current_viewer(request)
    partners = ", ".join(Partner.objects.order_by("name").values_list("name", flat=True))
    return HttpResponse(f"{viewer.label} at {viewer.workspace.name} as {viewer.role_label} sees: {partners}")


@console(Permission.SEE_OVERVIEW)
def console_page(request: HttpRequest) -> HttpResponse:
    return _seen(request)


@console(Permission.MANAGE_PEOPLE)
def admin_page(request: HttpRequest) -> HttpResponse:
    return _seen(request)


@portal(Permission.SEE_OWN_PORTAL)
def portal_page(request: HttpRequest) -> HttpResponse:
    return _seen(request)


@portal_before_terms(Permission.SEE_OWN_PORTAL)
def terms_page(request: HttpRequest) -> HttpResponse:
    return _seen(request)


@portal(Permission.REGISTER_DEALS)
def register_page(request: HttpRequest) -> HttpResponse:
    return _seen(request)


def undeclared_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("nobody may read this")


_console = [
    path(f"{name}/", console_page, name=name) for name in ("overview", "deals", "gaps", "commissions", "approvals")
]
_portal = [path("", portal_page, name="home"), path("terms/", terms_page, name="terms")]

urlpatterns = [
    path("", include("tallystick.web.public.urls")),
    path("account/", include("tallystick.web.account.urls")),
    path("", include("tallystick.web.ui.urls")),
    path("", include((_console, "console"))),
    path("people/", admin_page),
    path("portal/", include((_portal, "portal"))),
    path("portal/register/", register_page),
    path("undeclared/", undeclared_page),
]
