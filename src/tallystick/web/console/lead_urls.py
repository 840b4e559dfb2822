"""Addresses of leads, added to those of the console."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from tallystick.web.console.lead import accept, ask, choose, convert, decline, lead, qualify, register
from tallystick.web.console.lead_policy import lead_policy
from tallystick.web.console.leads import leads
from tallystick.web.console.new_lead import lead_draft, new_lead

LEAD_PATTERNS: Final[list[URLPattern]] = [
    path("leads/", leads, name="leads"),
    path("leads/new/", new_lead, name="new_lead"),
    path("leads/new/draft/", lead_draft, name="lead_draft"),
    path("leads/policy/", lead_policy, name="lead_policy"),
    path("leads/<str:reference>/", lead, name="lead"),
    path("leads/<str:reference>/accept/", accept, name="accept_lead"),
    path("leads/<str:reference>/decline/", decline, name="decline_lead"),
    path("leads/<str:reference>/qualify/", qualify, name="qualify_lead"),
    path("leads/<str:reference>/convert/", convert, name="convert_lead"),
    path("leads/<str:reference>/register/", register, name="register_lead"),
    path("leads/<str:reference>/ask/", ask, name="ask_about_lead"),
    path("leads/<str:reference>/choose/", choose, name="choose_partner"),
]
