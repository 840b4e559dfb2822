"""What the pages of attribution share, and the policy in plain words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.attribution.models import Decision, PolicyVersion
from tallystick.attribution.policy_words import policy_sentences
from tallystick.attribution.services.policies import published
from tallystick.platform.access import Permission
from tallystick.platform.clock import today
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_page
from tallystick.web.listing import COUNTED_TO
from tallystick.web.ui.components import Link
from tallystick.web.words import day_near


@console(Permission.SEE_ATTRIBUTION)
@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Show every version of the policy in plain words, the latest first."""
    viewer = current_viewer(request)
    zone, on = ZoneInfo(viewer.workspace.time_zone), today(viewer.workspace.time_zone)
    versions = [
        {
            "number": version.number,
            "since": day_near(version.published_at.astimezone(zone).date(), on),
            "by": version.published_by_label,
            "reference": published(version, zone=zone).reference,
            "sentences": policy_sentences(published(version, zone=zone).policy),
        }
        for version in PolicyVersion.objects.order_by("-number")
    ]
    return show_page(request, "console/attribution/policy.html", {"versions": versions, "tabs": section_tabs("policy")})


def section_tabs(current: str) -> list[Link]:
    """Return the parts of the section as tabs; gaps carry their count."""
    waiting = Decision.objects.filter(is_current=True).exclude(gaps=[]).order_by()[:COUNTED_TO].count()
    return [
        Link(label=_("Decisions"), url=reverse("console:attribution"), current=current == "attribution"),
        Link(label=_("Gaps"), url=reverse("console:gaps"), current=current == "gaps", count=waiting),
        Link(label=_("Policy"), url=reverse("console:policy"), current=current == "policy"),
    ]
