"""Where each address leads."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tallystick.web.public.urls")),
    path("account/", include("tallystick.web.account.urls")),
    path("", include("tallystick.web.console.urls")),
    path("portal/", include("tallystick.web.portal.urls")),
    path("hooks/", include("tallystick.web.hooks.urls")),
    path("api/v1/", include("tallystick.web.api.urls")),
    path("", include("tallystick.web.ui.urls")),
]

handler429 = "tallystick.web.public.limits.handler429"
