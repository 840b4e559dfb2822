"""What each tab of a partner's page shows; every tab takes a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.attribution.deal_list import DealFilter, DealOrder, deal_keys, read_deals
from tallystick.attribution.models import Touch
from tallystick.commissions.models import CommissionLine
from tallystick.commissions.queries import CommissionTotals, commission_lines, commission_totals, statements
from tallystick.crm.models import Opportunity, OpportunityStatus
from tallystick.deals.funnel import registrations_that_reached
from tallystick.deals.models import DealRegistration, RegistrationState, Thread
from tallystick.insights.ecosystem import health_of
from tallystick.insights.partner_months import INFLUENCED, SOURCED, WON, deals_behind, partner_months
from tallystick.kernel.money import Money
from tallystick.partners.files import files_of
from tallystick.partners.models import Partner, PartnerMembership, PartnerRole
from tallystick.partners.notes import notes_of
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.models import ActivityEntry
from tallystick.web.console.commissions import line_row
from tallystick.web.console.deals import account_of, amount_of, deal_url
from tallystick.web.console.partner_funnel import STEPS as STEPS_REACHED
from tallystick.web.console.partner_funnel import funnel_of, registration_row, step_asked
from tallystick.web.console.partner_standing_tab import standing_tab
from tallystick.web.console.words import day_near
from tallystick.web.files import size_words
from tallystick.web.public_forms import form_card
from tallystick.web.ui import formats
from tallystick.web.ui.charts import spark
from tallystick.web.ui.components import ChecklistItem, Kpi, Link, Progress, TimelineEntry

PAGE: Final = 50
STEPS: Final = 8
FIGURES: Final = {
    SOURCED: gettext_lazy("Sourced pipeline"),
    INFLUENCED: gettext_lazy("Influenced pipeline"),
    WON: gettext_lazy("Sourced and won"),
}


def summary_tab(shown: Partner, viewer: Viewer, on: date) -> dict[str, Any]:
    """Return the figures with their months, the health with its reasons, next steps, and what has begun."""
    months = partner_months(shown.pk, on=on)
    currency = viewer.workspace.currency
    address = reverse("console:partner", args=[shown.pk])
    rows = {SOURCED: months.sourced, INFLUENCED: months.influenced, WON: months.won}
    return {
        "figures": [
            Kpi(
                label=str(label),
                value=formats.money_exact(sum(rows[name]), currency),
                note=_("last 12 months, %(currency)s") % {"currency": currency},
                url=f"{address}?tab=deals&of={name}",
                spark=spark(rows[name], words=_("%(figure)s by month") % {"figure": label}),
            )
            for name, label in FIGURES.items()
        ],
        "health": health_of(shown, months.figures, on=on),
        "last_active": day_near(months.last_active_on, on),
        "steps": _next_steps(shown, on),
        "questions": _questions(shown),
        "started": _getting_started(shown, address),
        "tiers": [
            (period.get_tier_display(), formats.day_and_year(period.valid_from))
            for period in shown.tier_periods.order_by("-valid_from")
        ],
    }


def deals_tab(shown: Partner, viewer: Viewer, on: date, parameters: QueryDict) -> dict[str, Any]:
    """Return the partner's deals, or those that one of its figures is the sum of, fifty a page."""
    of, page = parameters.get("of", ""), _page(parameters)
    currency = viewer.workspace.currency
    first, last = (page - 1) * PAGE, page * PAGE
    reached = step_asked(parameters.get("reached", ""))
    if reached is not None:
        claims = list(registrations_that_reached(reached, partner_id=shown.pk)[first : last + 1])
        more, rows = len(claims) > PAGE, [registration_row(claim, on) for claim in claims[:PAGE]]
    elif of in FIGURES:
        behind = list(deals_behind(of, shown.pk, on=on)[first : last + 1])
        more, rows = len(behind) > PAGE, [_opportunity_row(deal, currency, on) for deal in behind[:PAGE]]
    else:
        keys = deal_keys(DealFilter(partner_id=shown.pk), order=DealOrder(), on=on)
        found = list(keys[first : last + 1])
        more, rows = len(found) > PAGE, [_deal_row(deal, on) for deal in read_deals(found[:PAGE])]
    return {
        "segments": [
            Link(label=_("All"), url="?tab=deals", current=of not in FIGURES and reached is None),
            *(
                Link(label=str(label), url=f"?tab=deals&of={name}", current=of == name and reached is None)
                for name, label in FIGURES.items()
            ),
        ],
        "of": FIGURES.get(of, "") if reached is None else "",
        "reached": STEPS_REACHED[reached] if reached is not None else "",
        "funnel": funnel_of(shown.pk) if of not in FIGURES else None,
        "deals": rows,
        **_neighbours(parameters, page, more=more),
        "deals_url": f"{reverse('console:deals')}?partner={shown.pk}",
    }


def money_tab(shown: Partner, on: date) -> dict[str, Any]:
    """Return totals by currency, the latest lines and the statements of the partner."""
    lines = commission_lines().filter(partner_id=shown.pk).select_related("reversed_by")
    return {
        "totals": [_totals(total) for total in commission_totals(on=on, partner_id=shown.pk)],
        "lines": [line_row(line, on=on) for line in lines[:PAGE]],
        "lines_url": f"{reverse('console:commissions')}?partner={shown.pk}",
        "statements": [
            {
                "url": reverse("console:statement", args=[row.pk]),
                "number": row.number,
                "month": formats.month(row.month),
                "closing": formats.money_exact(row.closing_minor, row.currency),
            }
            for row in statements().filter(partner_id=shown.pk)[:PAGE]
        ],
    }


def people_tab(shown: Partner, on: date) -> dict[str, Any]:
    """Return the partner's people, those only invited included, with when each was last here."""
    rows = PartnerMembership.objects.filter(partner=shown).select_related("person")
    return {
        "people": [
            {
                "id": row.pk,
                "name": str(row.person),
                "email": row.person.email,
                "role": PartnerRole(row.role).label,
                "is_invited": row.accepted_at is None,
                "since": day_near(timezone.localtime(row.accepted_at or row.invited_at).date(), on),
                "last_seen": day_near(timezone.localtime(row.person.last_login).date(), on)
                if row.accepted_at and row.person.last_login
                else "–",
            }
            for row in rows.order_by("person__name", "person__email")
        ]
    }


def activity_tab(shown: Partner, on: date, parameters: QueryDict) -> dict[str, Any]:
    """Return what happened with the partner, the latest first; `before` leads further back."""
    text = parameters.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
    entries = ActivityEntry.objects.filter(
        Q(partner_id=shown.pk) | Q(subject_kind="partner", subject_id=shown.pk)
    ).order_by("-position")
    found = list((entries.filter(position__lt=before) if before else entries)[: PAGE + 1])
    return {
        "entries": [
            TimelineEntry(
                text=entry.summary, when=day_near(timezone.localtime(entry.at).date(), on), note=entry.actor_label
            )
            for entry in found[:PAGE]
        ],
        "older_url": f"?tab=activity&before={found[PAGE - 1].position}" if len(found) > PAGE else "",
        "is_older": before is not None,
    }


def notes_tab(shown: Partner, on: date, parameters: QueryDict) -> dict[str, Any]:
    """Return the notes, pinned ones first; `removed` names one that can be brought back."""
    return {
        "notes": [
            {
                "note": note,
                "when": day_near(timezone.localtime(note.written_at).date(), on),
                "edited": day_near(timezone.localtime(note.edited_at).date(), on) if note.edited_at else "",
            }
            for note in notes_of(shown.pk)
        ],
        "edited": parameters.get("edit", ""),
        "removed": _number(parameters.get("removed", "")),
    }


def files_tab(shown: Partner, on: date, parameters: QueryDict) -> dict[str, Any]:
    """Return the files kept about the partner, the latest first; `removed` names one that can be brought back."""
    return {
        "files": [
            {
                "file": file,
                "url": reverse("console:file", args=[file.pk]),
                "size": size_words(file.size),
                "when": day_near(timezone.localtime(file.uploaded_at).date(), on),
                "is_shared": file.partner_id == shown.pk,
            }
            for file in files_of(shown.pk)
        ],
        "removed": _number(parameters.get("removed", "")),
    }


def _next_steps(shown: Partner, on: date) -> list[dict[str, str]]:
    """Return what is to be done next in the partner's open deals, those that close soonest first. One query."""
    rows = (
        Opportunity.objects.filter(
            status=OpportunityStatus.OPEN, credits__is_current=True, credits__partner_id=shown.pk
        )
        .exclude(next_step="")
        .select_related("account")
        .order_by("close_on", "pk")[:STEPS]
    )
    return [
        {
            "url": reverse("console:deal", args=[row.pk]),
            "account": row.account.name if row.account else row.name,
            "step": row.next_step,
            "close": day_near(row.close_on, on),
        }
        for row in rows
    ]


def _questions(shown: Partner) -> Sequence[Thread]:
    waiting = Thread.objects.filter(partner=shown, waiting_since__isnull=False)
    return list(waiting.select_related("registration").order_by("answer_due_at", "pk")[:STEPS])


def _getting_started(shown: Partner, address: str) -> list[ChecklistItem]:
    """Return the first steps of a partner, each read from what happened. One query each."""
    done = [
        (
            _("Somebody joined the portal"),
            PartnerMembership.objects.filter(partner=shown, accepted_at__isnull=False).exists(),
            f"{address}?tab=people",
        ),
        (_("First deal registered"), DealRegistration.objects.filter(partner=shown).exists(), ""),
        (
            _("First registration approved"),
            DealRegistration.objects.filter(partner=shown)
            .exclude(state__in=[RegistrationState.SUBMITTED, RegistrationState.DECLINED, RegistrationState.WITHDRAWN])
            .exists(),
            "",
        ),
        (_("First evidence recorded"), Touch.objects.filter(partner=shown).exists(), ""),
        (_("First commission earned"), CommissionLine.objects.filter(partner=shown).exists(), ""),
    ]
    return [
        ChecklistItem(
            label=label,
            progress=Progress.DONE if is_done else Progress.OPEN,
            url=url if not is_done else "",
            action=_("Invite a person") if url else "",
        )
        for label, is_done, url in done
    ]


def _deal_row(deal: Any, on: date) -> dict[str, str]:
    return {
        "url": deal_url(deal),
        "account": account_of(deal),
        "stage": deal.opportunity.stage if deal.opportunity else _("Registered"),
        "credit_class": deal.decision.credit_class if deal.decision else "",
        "amount": amount_of(deal),
        "close": day_near(deal.opportunity.close_on, on) if deal.opportunity else "–",
    }


def _opportunity_row(row: Any, currency: str, on: date) -> dict[str, str]:
    return {
        "url": reverse("console:deal", args=[row.pk]),
        "account": row.account.name if row.account else row.name,
        "stage": row.stage,
        "credit_class": row.credit_class,
        "amount": formats.money_exact(row.amount, currency) if row.amount is not None else "–",
        "close": day_near(row.close_on, on),
    }


def _totals(total: CommissionTotals) -> dict[str, str]:
    def exact(amount: Money) -> str:
        return formats.money_exact(amount.minor, amount.currency)

    return {"held": exact(total.held), "earned": exact(total.earned), "clawed_back": exact(total.clawed_back)}


def _neighbours(parameters: QueryDict, page: int, *, more: bool) -> dict[str, str]:
    def address(number: int) -> str:
        copy = parameters.copy()
        copy["page"] = str(number)
        return f"?{copy.urlencode()}"

    return {"previous_url": address(page - 1) if page > 1 else "", "next_url": address(page + 1) if more else ""}


def _page(parameters: QueryDict) -> int:
    return max(_number(parameters.get("page", "")) or 1, 1)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


TABS: Final = {
    "summary": gettext_lazy("Summary"),
    "deals": gettext_lazy("Deals"),
    "money": gettext_lazy("Money"),
    "people": gettext_lazy("People"),
    "standing": gettext_lazy("Certificates"),
    "activity": gettext_lazy("Activity"),
    "notes": gettext_lazy("Notes"),
    "files": gettext_lazy("Files"),
}


def tab_context(tab: str, shown: Partner, viewer: Viewer, *, on: date, parameters: QueryDict) -> dict[str, Any]:
    """Return what the tab shows."""
    match tab:
        case "deals":
            return deals_tab(shown, viewer, on, parameters)
        case "money" if viewer.may(Permission.SEE_COMMISSIONS):
            return money_tab(shown, on)
        case "people":
            form = form_card(shown.pk) if viewer.may(Permission.MANAGE_PARTNERS) else None
            return {**people_tab(shown, on), "form_card": form}
        case "standing":
            return standing_tab(shown, on)
        case "activity":
            return activity_tab(shown, on, parameters)
        case "notes":
            return notes_tab(shown, on, parameters)
        case "files":
            return files_tab(shown, on, parameters)
        case _:
            return summary_tab(shown, viewer, on)
