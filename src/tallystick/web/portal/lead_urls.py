"""Addresses of leads, added to those of the portal."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from tallystick.web.portal.lead import accept, decline, lead, qualify, register
from tallystick.web.portal.leads import introduce, lead_draft, leads

LEAD_PATTERNS: Final[list[URLPattern]] = [
    path("leads/", leads, name="leads"),
    path("leads/new/", introduce, name="introduce_lead"),
    path("leads/new/draft/", lead_draft, name="lead_draft"),
    path("leads/<str:reference>/", lead, name="lead"),
    path("leads/<str:reference>/accept/", accept, name="accept_lead"),
    path("leads/<str:reference>/decline/", decline, name="decline_lead"),
    path("leads/<str:reference>/qualify/", qualify, name="qualify_lead"),
    path("leads/<str:reference>/register/", register, name="register_lead"),
]
