"""The programme as its partner reads it: its tier, what it is paid and when, and the rules, all from the data in force.

Nothing here is written twice: plan, registration policy and attribution policy are the ones that decide.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tallystick.attribution.policy_words import policy_sentences
from tallystick.attribution.rules.policy import DEFAULT_POLICY
from tallystick.attribution.services.policies import policy_versions
from tallystick.commissions.own_expectations import Terms, expected_of_claim, terms_on
from tallystick.commissions.rules.rating import PublishedPlan
from tallystick.deals.engagement import rules_in_force
from tallystick.deals.rules.conversation import DEFAULT_CONVERSATION_POLICY
from tallystick.kernel.currencies import minor_units
from tallystick.kernel.money import Money
from tallystick.partners.files import files_shared_with
from tallystick.partners.models import Partner, Tier
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import today
from tallystick.programmes.rules.plan import Plan
from tallystick.web.access import current_viewer, portal
from tallystick.web.arithmetic import version_in
from tallystick.web.engagement import plain_rules
from tallystick.web.files import size_words
from tallystick.web.portal.expected import expected_figure
from tallystick.web.portal.pages import partner_id_of, show_page
from tallystick.web.ui import formats
from tallystick.web.ui.components import CalculationLine
from tallystick.web.words import day_near

EXAMPLE_UNITS: Final = 50_000
"""The yearly value that the worked example takes, in whole units of the workspace's currency."""


@dataclass(frozen=True, slots=True)
class TierRow:
    """One tier with what a deal of the example's size would earn in it."""

    label: str
    amount: str
    rate: str
    is_own: bool


@portal(Permission.SEE_OWN_PORTAL)
@require_safe
def programme(request: HttpRequest) -> HttpResponse:
    """Show the programme to a partner; the page can be printed."""
    viewer = current_viewer(request)
    on = today(viewer.workspace.time_zone)
    partner = Partner.objects.select_related("manager").get(pk=partner_id_of(viewer))
    terms, example = terms_on(on), _example(viewer.workspace.currency)
    plan = terms.plans.in_force(partner_type=partner.type, on=on)
    held = partner.tier_periods.filter(valid_from__lte=on).order_by("-valid_from").first()
    coming = partner.tier_periods.filter(valid_from__gt=on).order_by("valid_from").first()
    context = {
        "partner": partner,
        "tier_since": formats.day_and_year(held.valid_from) if held else "",
        "coming": (coming.get_tier_display(), formats.day_and_year(coming.valid_from)) if coming else None,
        "tiers": _tiers(partner, example, terms),
        "example": formats.money_trimmed(example.minor, example.currency),
        "calculation": _calculation(partner, example, terms),
        "plan": _plan(plan) if plan else None,
        "registration": _registration(viewer),
        "question_hours": DEFAULT_CONVERSATION_POLICY.answer_hours,
        "credit": _credit(ZoneInfo(viewer.workspace.time_zone)),
        "today": formats.day_and_year(on),
        "files": [
            {
                "name": file.name,
                "size": size_words(file.size),
                "url": reverse("portal:file", args=[file.pk]),
                "when": day_near(file.uploaded_at.date(), on),
            }
            for file in files_shared_with(partner.pk)
        ],
    }
    return show_page(request, "portal/programme.html", context)


def _registration(viewer: Viewer) -> dict[str, Any]:
    """Return the rules of engagement in force in plain words, in the order in which a claim is held against them."""
    rules = rules_in_force()
    published = formats.day_and_year(rules.published_at) if rules.published_at else ""
    return {
        "version": _("Version %(number)d of %(day)s") % {"number": rules.number, "day": published}
        if published
        else _("Version %(number)d") % {"number": rules.number},
        "rules": plain_rules(rules.engagement, currency=viewer.workspace.currency),
        "protection_days": rules.engagement.protection_days,
        "answer_hours": rules.engagement.answer_hours,
    }


def _example(currency: str) -> Money:
    return Money(EXAMPLE_UNITS * minor_units(currency), currency)


def _tiers(partner: Partner, example: Money, terms: Terms) -> list[TierRow]:
    """Return each tier with what the same deal would earn in it; nothing where the tier changes nothing."""
    rows = []
    for tier in Tier:
        supposed = copy(partner)
        supposed.tier = tier
        figure = expected_figure(expected_of_claim(supposed, value=example, country=partner.country, terms=terms))
        rows.append(TierRow(str(tier.label), figure.amount or "–", figure.rate, is_own=partner.tier == tier))
    return rows if len({row.amount for row in rows}) > 1 else []


def _calculation(partner: Partner, example: Money, terms: Terms) -> tuple[CalculationLine, ...]:
    return expected_figure(expected_of_claim(partner, value=example, country=partner.country, terms=terms)).calculation


def _plan(published: PublishedPlan) -> dict[str, Any]:
    plan = published.plan
    begins = {"number": published.version, "day": formats.day_and_year(plan.valid_from)}
    if plan.valid_to is None:
        validity = _("Version %(number)d, for invoices from %(day)s") % begins
    else:
        words = _("Version %(number)d, for invoices from %(day)s to %(last_day)s")
        validity = words % {**begins, "last_day": formats.day_and_year(plan.valid_to)}
    return {
        "name": plan.name,
        "version": published.version,
        "validity": validity,
        "rules": [rule.says for rule in plan.rules],
        "uplifts": [
            _("%(share)s more: %(rule)s") % {"share": formats.percent(uplift.rate), "rule": uplift.says}
            for uplift in plan.uplifts
        ],
        "times": _times(plan),
        "hold_days": plan.hold_days,
    }


def _times(plan: Plan) -> list[str]:
    """Return when a commission is earned, held, taken back, and what a renewal brings."""
    sentences = [
        _("You earn when the customer has paid, on the amount without tax."),
        ngettext(
            "What is earned is held for %(days)d day after the payment, then approved and paid by statement.",
            "What is earned is held for %(days)d days after the payment, then approved and paid by statement.",
            plan.hold_days,
        )
        % {"days": plan.hold_days},
    ]
    if plan.claw_back_days is None:
        sentences.append(_("What the customer gets back is taken off in the same proportion, whenever it happens."))
    else:
        sentences.append(
            _("What the customer gets back within %(days)d days is taken off in the same proportion.")
            % {"days": plan.claw_back_days}
        )
    if plan.renewals is not None:
        sentences += [
            _("Renewal year %(year)d pays %(share)s of the rate.") % {"year": year, "share": formats.percent(share)}
            for year, share in plan.renewals.shares
        ]
        sentences.append(
            _("Later renewals pay %(share)s of the rate.") % {"share": formats.percent(plan.renewals.afterwards)}
            if plan.renewals.afterwards
            else _("Later renewals pay nothing.")
        )
    if plan.excluded_products:
        products = ", ".join(plan.excluded_products)
        sentences.append(_("Not counted: %(products)s.") % {"products": products})
    return sentences


def _credit(zone: ZoneInfo) -> dict[str, Any]:
    """Return who gets credit for a deal, by the policy in force; before the first decision that is the default."""
    versions = policy_versions(zone=zone)
    latest = versions[-1] if versions else None
    return {
        "sentences": policy_sentences(latest.policy if latest else DEFAULT_POLICY),
        "validity": _("Version %(number)s, in force since %(day)s")
        % {"number": version_in(latest.reference), "day": formats.day_and_year(latest.published_on)}
        if latest
        else "",
    }
