"""The pages of the settings: add one line here, a view that answers with `show_settings`, and a template.

{% extends "console/settings/page.html" %}
{% block here %}{% translate "Branding" %}{% endblock %}
{% block head %}{% page_head title=… %}{% endpage_head %}{% endblock %}
{% block section %} … {% endblock %}

A page that is a list extends "console/settings/list.html" and is answered with `answer_list` in `SETTINGS_FRAME`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tallystick.platform.access import Permission, Viewer
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_page
from tallystick.web.listing.serving import Frame


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the settings: its name, what it is for, its icon, the view's name and who may open it."""

    label: str | Promise
    about: str | Promise
    icon: str
    page: str
    permission: Permission


SECTIONS: Final[tuple[Section, ...]] = (
    Section(
        _("Workspace"),
        _("Name, currency, time zone, fiscal year and language"),
        "building-2",
        "workspace_settings",
        Permission.MANAGE_WORKSPACE,
    ),
    Section(
        _("People and roles"),
        _("Who works here and as what; invite, change a role, remove"),
        "users-round",
        "people",
        Permission.MANAGE_PEOPLE,
    ),
    Section(
        _("Second factor"),
        _("Whose sign-in takes a passkey or an authenticator app"),
        "key-round",
        "second_factor_settings",
        Permission.MANAGE_WORKSPACE,
    ),
    Section(
        _("Plans"),
        _("Tracks and commission plans in every version"),
        "receipt-text",
        "plans",
        Permission.SEE_PROGRAMME,
    ),
    Section(
        _("Approvals"),
        _("When a second person approves commissions, and what is looked at"),
        "list-checks",
        "approval_policy",
        Permission.SEE_COMMISSIONS,
    ),
    Section(
        _("Seller pay"),
        _("What AEs are paid, direct and with partners, in every version"),
        "banknote",
        "seller_pay_table",
        Permission.MANAGE_SELLER_PAY,
    ),
    Section(
        _("Rules of engagement"),
        _("What a claim to a deal is held against, in every version"),
        "scale",
        "engagement",
        Permission.SEE_PROGRAMME,
    ),
    Section(
        _("Registration form"),
        _("What partners are asked beside the four fields, in every version"),
        "file-check-2",
        "registration_forms",
        Permission.SEE_PROGRAMME,
    ),
    Section(
        _("What partners learn"),
        _("What a partner may learn of a company by claiming or introducing it"),
        "shield-check",
        "disclosure_settings",
        Permission.MANAGE_WORKSPACE,
    ),
    Section(
        _("Partner terms"),
        _("What partners agree to, in every version, and who did"),
        "file-text",
        "terms_settings",
        Permission.MANAGE_WORKSPACE,
    ),
    Section(
        _("Branding"), _("The logo and accent your partners see"), "sun-moon", "branding", Permission.MANAGE_WORKSPACE
    ),
    Section(
        _("Notifications"),
        _("What you hear of in the app, by e-mail and in digests"),
        "bell",
        "notice_settings",
        Permission.SEE_SETTINGS,
    ),
    Section(
        _("Reminders and chat"),
        _("When silence is broken, and which Slack and Teams channels are told"),
        "clock-3",
        "reminder_settings",
        Permission.MANAGE_WORKSPACE,
    ),
    Section(
        _("API keys"),
        _("Keys for programs: make, see what they are used for, revoke"),
        "key-round",
        "api_keys",
        Permission.MANAGE_API_KEYS,
    ),
    Section(
        _("Webhooks"),
        _("Where your programs are told of events, and what was sent to them"),
        "forward",
        "webhooks",
        Permission.MANAGE_WEBHOOKS,
    ),
    Section(
        _("Mail in"),
        _("Register and answer by e-mail: the address, the mailbox, and what came in"),
        "mail",
        "mail_in",
        Permission.MANAGE_WORKSPACE,
    ),
    Section(
        _("Jobs"),
        _("What runs in the background, what failed and why"),
        "activity",
        "jobs",
        Permission.MANAGE_WORKSPACE,
    ),
    Section(
        _("Audit"),
        _("Who did what and when, and the proof that nobody changed it"),
        "history",
        "audit",
        Permission.SEE_ACTIVITY,
    ),
    Section(
        _("Privacy"),
        _("What is kept about people, for how long, and its removal"),
        "lock",
        "privacy",
        Permission.MANAGE_WORKSPACE,
    ),
    Section(
        _("Demo data"), _("Remove the demo, or start your own"), "undo-2", "demo_data", Permission.MANAGE_WORKSPACE
    ),
)
"""In the order people read them; a section is shown to roles that carry its permission."""


@dataclass(frozen=True, slots=True)
class SectionLink:
    """A section as its list shows it."""

    label: str
    about: str
    icon: str
    url: str
    current: bool


def sections_of(viewer: Viewer, *, path: str = "") -> tuple[SectionLink, ...]:
    """Return the sections the viewer may open; the one that `path` belongs to is marked as current."""
    return tuple(
        SectionLink(
            label=str(section.label),
            about=str(section.about),
            icon=section.icon,
            url=address,
            current=path.startswith(address),
        )
        for section in SECTIONS
        if viewer.may(section.permission)
        for address in (reverse(f"console:{section.page}"),)
    )


def show_settings(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = HTTPStatus.OK
) -> HttpResponse:
    """Answer with a page of the settings: `sections` is added to its context."""
    sections = sections_of(current_viewer(request), path=request.path)
    return show_page(request, template, {"sections": sections, **context}, status=status)


SETTINGS_FRAME: Final = Frame(show_settings, "console")
"""The settings as lists know them."""


@console(Permission.SEE_SETTINGS)
@require_safe
def settings_index(request: HttpRequest) -> HttpResponse:
    """List the sections this role may open, each with what it is for: where a phone begins."""
    return show_settings(request, "console/settings/index.html", {})
