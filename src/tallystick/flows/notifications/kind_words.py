"""What kinds of news and digests are called where people choose them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.flows.notifications.rules import Kind, Side
from tallystick.platform.notifications.rules import Channel, Digest, Reach

_FILES: Final = (_("Files"), _("Files you asked for"), _("files you asked for"))
_VENDOR: Final[Mapping[Kind, tuple[Promise, Promise, Promise]]] = {
    Kind.REGISTRATIONS: (
        _("Registrations to decide"),
        _("New claims, and answers that are due soon"),
        _("registrations to decide"),
    ),
    Kind.LEADS: (_("Leads"), _("Introductions to answer, and leads on their way to a partner"), _("leads")),
    Kind.CONFLICTS: (_("Conflicts"), _("Two partners claim one account"), _("conflicts")),
    Kind.DECISIONS: (_("Decisions"), _("Registrations that others approved or declined"), _("decisions")),
    Kind.DEALS: (_("Deals"), _("Stages, next steps, won and lost"), _("news of deals")),
    Kind.SILENCE: (_("Silence"), _("Deals on which nothing has happened for days"), _("deals without news")),
    Kind.PROTECTION: (_("Protection"), _("Protections that end soon, or have ended"), _("protections that end")),
    Kind.QUESTIONS: (_("Messages"), _("What partners write and ask about deals"), _("messages of partners")),
    Kind.MONEY: (
        _("Commissions"),
        _("Runs to approve, and lines that are blocked"),
        _("commissions that need somebody"),
    ),
    Kind.STATEMENTS: (_("Statements"), _("Statements issued and months closed"), _("statements")),
    Kind.ATTRIBUTION: (_("Attribution"), _("New versions of the policy"), _("attribution")),
    Kind.PARTNERS: (_("Partners"), _("New partners, tiers, and people who join"), _("news of partners")),
    Kind.PROGRAMME: (_("Programme"), _("Plans that are published"), _("news of the programme")),
    Kind.TEAM: (_("People"), _("Who joins, leaves or has another role"), _("news of people")),
    Kind.IMPORTS: (_("Imports"), _("Files that were loaded, and rows that were refused"), _("imports")),
    Kind.WEBHOOKS: (_("Webhooks"), _("Endpoints that fail, and those paused because of it"), _("webhooks that fail")),
    Kind.FILES: _FILES,
}
_PARTNER: Final[Mapping[Kind, tuple[Promise, Promise, Promise]]] = {
    Kind.LEADS: (_("Leads"), _("Leads offered to you, and what became of those you introduced"), _("your leads")),
    Kind.DECISIONS: (_("Decisions"), _("Your registrations: approved, declined, withdrawn"), _("decisions")),
    Kind.DEALS: (_("Deals"), _("Your deals: their stage, won and lost"), _("news of your deals")),
    Kind.SILENCE: (_("News to expect"), _("Who has your deal when nothing seems to happen"), _("news to expect")),
    Kind.PROTECTION: (_("Protection"), _("Protections that end soon, or have ended"), _("protections that end")),
    Kind.QUESTIONS: (_("Messages"), _("Answers and questions about your deals"), _("messages about your deals")),
    Kind.MONEY: (
        _("Commissions"),
        _("Earned, approved, held back or taken back"),
        _("commissions that changed"),
    ),
    Kind.STATEMENTS: (_("Statements"), _("The statement of each month"), _("your statements")),
    Kind.PROGRAMME: (_("Programme"), _("Your tier, and who looks after you"), _("news of the programme")),
    Kind.TEAM: (_("Team"), _("Who joins and leaves your team"), _("news of your team")),
    Kind.WEBHOOKS: (_("Webhooks"), _("Endpoints that fail, and those paused because of it"), _("webhooks that fail")),
    Kind.FILES: _FILES,
}
_OF_SIDE: Final = {Side.VENDOR: _VENDOR, Side.PARTNER: _PARTNER}

CHANNEL_LABELS: Final[Mapping[Channel, Promise]] = {
    Channel.INBOX: _("In the app"),
    Channel.MAIL: _("E-mail at once"),
    Channel.DIGEST: _("In the digest"),
}
REACH_LABELS: Final[Mapping[Reach, Promise]] = {
    Reach.ALL: _("All"),
    Reach.COLLABORATING: _("Own and shared"),
    Reach.OWN: _("Own"),
    Reach.OFF: _("Off"),
}
DIGEST_LABELS: Final[Mapping[Digest, Promise]] = {
    Digest.DAILY: _("Daily digest"),
    Digest.WEEKLY: _("Weekly digest"),
}


def kind_label(kind: Kind, side: Side) -> str:
    """Return what a kind is called in a list."""
    return str(_OF_SIDE[side][kind][0])


def kind_note(kind: Kind, side: Side) -> str:
    """Return what belongs to a kind, in a few words."""
    return str(_OF_SIDE[side][kind][1])


def kind_about(kind: Kind, side: Side) -> str:
    """Return a kind within a sentence: "you asked for e-mail about …"."""
    return str(_OF_SIDE[side][kind][2])
