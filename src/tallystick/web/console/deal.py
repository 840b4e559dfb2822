"""One deal: its stage, its credit with the evidence, its commission with the arithmetic, and the decision on a claim.

The page stands at its own address; opened from the list it is a sheet beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from http import HTTPStatus
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tallystick.attribution.deal_list import Deal, DealKind, read_deals
from tallystick.attribution.evidence import Evidence, EvidenceEntry, opportunity_evidence
from tallystick.commissions.expectations import ExpectedShare, expected_shares
from tallystick.commissions.queries import commission_lines
from tallystick.crm.models import Opportunity, OpportunityStatus, StageChange
from tallystick.crm.queries.stages import stage_names
from tallystick.crm.rules.stage_order import stage_place
from tallystick.deals.conflicts import conflicts_of_deal
from tallystick.deals.engagement import rules_of_claim
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.deals.rules.approval import StepRefused
from tallystick.deals.rules.states import TransitionRefused
from tallystick.deals.services import decline_registration
from tallystick.deals.services.conflicts.appealing import may_dispute
from tallystick.deals.services.deciding import not_met
from tallystick.flows.registrations import approve_registration
from tallystick.kernel.explanations import Explanation
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.platform.models import ActivityEntry
from tallystick.programmes.rules.facts import facts_in_words
from tallystick.web.access import console, current_viewer
from tallystick.web.arithmetic import calculation_of
from tallystick.web.asked import shown_answers
from tallystick.web.claim_files import claim_files
from tallystick.web.console.commissions import line_row
from tallystick.web.console.deal_handling import QuestionForm, handling_of, require_turn
from tallystick.web.console.deal_hits import hits_in_words
from tallystick.web.console.deal_list import DealList
from tallystick.web.console.deal_people import added_people, collaborators_of, conversations_of
from tallystick.web.console.deals import (
    account_of,
    amount_of,
    deal_url,
    own_name,
    protection_days_left,
    registration_url,
)
from tallystick.web.console.pages import comes_from_inbox, go_to, show_page, show_part, wants_sheet
from tallystick.web.console.seller_pay import pay_line
from tallystick.web.console.words import day_near
from tallystick.web.conversations import MessageForm, mark_as_read
from tallystick.web.engagement import cited_rule, figures_in_words
from tallystick.web.sheets import PLACE, SheetLinks, sheet_links
from tallystick.web.ui import formats
from tallystick.web.ui.components import ChecklistItem, TimelineEntry
from tallystick.web.words import check_item, rule_words

PPM = 1_000_000


class DeclineForm(forms.Form):
    """Asks by which rule and why a registration is declined; the partner reads the answer."""

    rule = forms.ChoiceField(label=gettext_lazy("Rule that decides"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The partner reads this beside the rule. Say what they can do."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": "Tell the partner why: no registration is declined without a reason."},
    )

    def __init__(self, *args: Any, claim: DealRegistration | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = rules_of_claim(claim).engagement.rules if claim else ()
        choices = [("", _("No rule: my own decision")), *((rule.id, rule_words(rule.id, rule.label)) for rule in rules)]
        cast("forms.ChoiceField", self.fields["rule"]).choices = choices
        self.fields["rule"].initial = next(iter(not_met(claim)), "") if claim else ""


@console(Permission.SEE_DEALS)
@require_safe
def deal(request: HttpRequest, opportunity_id: int) -> HttpResponse:
    """Show the deal of an opportunity."""
    if not Opportunity.objects.filter(pk=opportunity_id).exists():
        raise Http404
    return show_deal(request, read_deal(DealKind.OPPORTUNITY, opportunity_id))


@console(Permission.SEE_DEALS)
@require_safe
def registration(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the deal of a registration; once it is an opportunity, that is its page."""
    return show_deal(request, read_deal(DealKind.REGISTRATION, find_registration(reference).pk))


@console(Permission.TAKE_STEPS)
@require_POST
def approve(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the next step of an approval; with the last one the account is protected from now on."""
    viewer, claim = current_viewer(request), find_registration(reference)
    require_turn(claim, viewer)
    try:
        approved = approve_registration(viewer.actor(), registration_id=claim.pk, at=now(), role=viewer.role)
    except (TransitionRefused, StepRefused) as refusal:
        return show_deal(request, read_deal(DealKind.REGISTRATION, claim.pk), refusal=str(refusal))
    messages.success(request, approval_in_words(approved))
    return go_to(request, address_after(request, claim))


@console(Permission.TAKE_STEPS)
@require_POST
def decline(request: HttpRequest, reference: str) -> HttpResponse:
    """Decline a registration with the reason that the partner reads; the account is free again."""
    viewer, claim = current_viewer(request), find_registration(reference)
    require_turn(claim, viewer)
    form = DeclineForm(request.POST, claim=claim)
    if not form.is_valid():
        return show_deal(request, read_deal(DealKind.REGISTRATION, claim.pk), form=form)
    try:
        decline_registration(
            viewer.actor(),
            registration_id=claim.pk,
            reason=form.cleaned_data["reason"],
            rule=form.cleaned_data["rule"],
            at=now(),
            role=viewer.role,
        )
    except (TransitionRefused, StepRefused) as refusal:
        return show_deal(request, read_deal(DealKind.REGISTRATION, claim.pk), refusal=str(refusal))
    messages.success(request, f"Declined {claim.reference} {claim.company}; the partner has your reason.")
    return go_to(request, address_after(request, claim))


def find_registration(reference: str) -> DealRegistration:
    """Return a registration of the workspace, or answer 404."""
    found = DealRegistration.objects.filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def read_deal(kind: DealKind, key: int) -> Deal:
    """Return one deal as its page shows it."""
    return read_deals([(kind.value, key, None, None)])[0]


def approval_in_words(approved: DealRegistration) -> str:
    """Say what an approval has brought: the protection, or whose turn it is."""
    if approved.state == RegistrationState.SUBMITTED:
        return _("Passed on %(reference)s %(company)s: another person takes the next step.") % {
            "reference": approved.reference,
            "company": approved.company,
        }
    until = formats.day_and_year(approved.protected_until) if approved.protected_until else ""
    return f"Approved {approved.reference} {approved.company}, protected until {until}."


def address_after(request: HttpRequest, claim: DealRegistration) -> str:
    """Return where a decision leads: back to the list it was made from, else to the registration itself."""
    if comes_from_inbox(request):
        return reverse("console:inbox")
    return _links(request).close_url if PLACE in request.GET else registration_url(claim)


def show_deal(
    request: HttpRequest,
    shown: Deal,
    *,
    form: DeclineForm | None = None,
    refusal: str = "",
    ask_form: forms.Form | None = None,
    message_form: MessageForm | None = None,
    with_partner: int = 0,
) -> HttpResponse:
    """Answer with a deal: beside its list, as a part after a decision, or as a page; refused forms with 422."""
    viewer = current_viewer(request)
    panels = conversations_of(viewer, shown, message_form, with_partner)
    context = deal_context(viewer, shown) | {
        "panels": panels,
        "links": _links(request),
        "query": request.GET.urlencode(),
        "form": form or DeclineForm(claim=_waiting(shown.registration)),
        "ask_form": ask_form or QuestionForm(),
        "refusal": refusal,
    }
    if request.method == "GET":
        for panel in panels:
            mark_as_read(viewer, panel)
    if wants_sheet(request):
        return show_part(request, "console/deals/sheet.html", context)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal or form or ask_form or message_form else HTTPStatus.OK
    if request.headers.get("HX-Request"):
        return show_part(request, "console/deals/claim.html", context, status=status)
    return show_page(request, "console/deals/deal.html", context, status=status)


def _waiting(claim: DealRegistration | None) -> DealRegistration | None:
    return claim if claim is not None and claim.state == RegistrationState.SUBMITTED else None


def _links(request: HttpRequest) -> SheetLinks:
    """Return the way back to the list and to the deals beside this one in it."""
    viewer = current_viewer(request)
    return sheet_links(
        request.GET,
        list_url=reverse("console:deals"),
        found=lambda: DealList(viewer, request.GET).found,
        url_of=lambda key: deal_url(read_deal(DealKind(key[0]), key[1])),
    )


def deal_context(viewer: Viewer, shown: Deal) -> dict[str, Any]:
    """Return what a deal's page shows to a viewer."""
    on = today(viewer.workspace.time_zone)
    opportunity, claim = shown.opportunity, shown.registration
    evidence = opportunity_evidence(opportunity.pk, zone=ZoneInfo(viewer.workspace.time_zone)) if opportunity else None
    days_left = protection_days_left(claim, on)
    return {
        "deal": shown,
        "title": account_of(shown),
        "subtitle": _subtitle(shown),
        "amount": amount_of(shown),
        "path": _path(opportunity),
        "close": day_near(opportunity.close_on, on) if opportunity else "",
        "days_left": days_left,
        "protected_until": day_near(claim.protected_until, on) if claim and days_left is not None else "",
        "credits": [
            {
                "partner": credit.partner,
                "role": credit.get_role_display(),
                "share": formats.percent(
                    Fraction(credit.share_ppm, PPM), digits=0 if credit.share_ppm % 10_000 == 0 else 2
                ),
            }
            for credit in shown.credits
        ],
        "evidence": evidence,
        "evidence_entries": [_evidence_entry(entry, on) for entry in evidence.entries] if evidence else [],
        "versions": _versions(evidence, on) if evidence else [],
        "locks_after": day_near(evidence.locks_after, on) if evidence and evidence.locks_after else "",
        "claim": _claim(claim, viewer) if claim else None,
        "cases": conflicts_of_deal(
            registration_id=claim.pk if claim else None, opportunity_id=opportunity.pk if opportunity else None
        ),
        "may_open_case": claim is not None and viewer.may(Permission.WRITE_ON_DEALS) and may_dispute(claim, at=now()),
        "collaborators": collaborators_of(shown),
        "collaborating": added_people(viewer, shown),
        "history": _history(shown, on),
        "seller_pay": pay_line(viewer, opportunity),
    } | _commission(viewer, shown, on)


def _share(ppm: int) -> str:
    return formats.percent(Fraction(ppm, PPM), digits=0 if ppm % 10_000 == 0 else 2)


def _subtitle(shown: Deal) -> str:
    opportunity, claim = shown.opportunity, shown.registration
    parts = [
        own_name(opportunity) if opportunity and opportunity.account else "",
        _("Registered by %(partner)s") % {"partner": claim.partner.name} if claim else "",
        claim.reference if claim else "",
    ]
    return " · ".join(part for part in parts if part)


def _path(opportunity: Opportunity | None) -> dict[str, Any]:
    """Return how far the deal has come among the stages that open deals of this workspace stand in."""
    stages = sorted(stage_names(status=OpportunityStatus.OPEN), key=stage_place)
    if opportunity is None:
        return {"stage": _("Registered"), "reached": 1, "of": len(stages) + 2}
    if opportunity.status == OpportunityStatus.WON:
        return {"stage": opportunity.stage, "reached": len(stages) + 2, "of": len(stages) + 2}
    if opportunity.status == OpportunityStatus.LOST:
        return {"stage": opportunity.stage, "reached": 0, "of": len(stages) + 2}
    return {"stage": opportunity.stage, "reached": stages.index(opportunity.stage) + 2, "of": len(stages) + 2}


def _evidence_entry(entry: EvidenceEntry, on: date) -> TimelineEntry:
    return TimelineEntry(
        text=entry.words, when=day_near(entry.on, on), note=" ".join(entry.verdicts), current=entry.counted
    )


def _versions(evidence: Evidence, on: date) -> list[dict[str, Any]]:
    """Return the versions before the current one, latest first."""
    return [
        {
            "heading": f"Version {version.version}, {day_near(version.decided_at.date(), on)}",
            "policy": f"policy version {version.policy_number}",
            "conclusion": version.explanation.conclusion,
            "sentences": [step.sentence for step in version.explanation.steps],
            "next": version.version + 1,
            "gone": [step.sentence for step in change.gone],
            "come": [step.sentence for step in change.come],
        }
        for version in evidence.versions[1:]
        for change in [evidence.change_after(version)]
    ]


# Commission


def _commission(viewer: Viewer, shown: Deal, on: date) -> dict[str, Any]:
    """Return what was earned, line by line, or what could be; nothing for a role that may not see money."""
    if shown.opportunity is None or not viewer.may(Permission.SEE_COMMISSIONS):
        return {"lines": [], "expected": []}
    lines = commission_lines().filter(invoice__opportunity=shown.opportunity).select_related("reversed_by")
    rows = [line_row(line, on=on) for line in lines.order_by("booked_on", "id")]
    is_open = shown.opportunity.status == OpportunityStatus.OPEN
    expected = expected_shares(shown.opportunity, shown.credits, on=on) if is_open and not rows else []
    return {"lines": rows, "expected": [_expected(share) for share in expected]}


def _expected(share: ExpectedShare) -> dict[str, Any]:
    expectation = share.expectation
    return {
        "partner": share.partner.name,
        "amount": formats.money_exact(expectation.amount.minor, expectation.amount.currency)
        if expectation.amount is not None
        else "",
        "calculation": calculation_of(expectation.explanation) if expectation.explanation else (),
        "reason": facts_in_words(expectation.reason or ""),
    }


# The claim


def _claim(claim: DealRegistration, viewer: Viewer) -> dict[str, Any]:
    return handling_of(claim, viewer, at=now()) | {
        "registration": claim,
        "answers": shown_answers(claim),
        "files": claim_files(viewer, claim),
        "value": formats.money_trimmed(claim.value_minor, claim.currency),
        "submitted": formats.moment(claim.submitted_at),
        "checks": _checks(claim, viewer.workspace.currency),
        "hits": list(hits_in_words(claim)),
        "came_second": rule_words(claim.undisclosed_rule) if claim.undisclosed_rule else "",
        "rules": claim.rules_reference,
        "rules_url": _rules_url(claim, viewer),
        "cited": cited_rule(claim),
        "in_spite_of": [rule_words(rule) for rule in not_met(claim)]
        if claim.state in (RegistrationState.APPROVED, RegistrationState.CONVERTED, RegistrationState.WON)
        else [],
        "decided": formats.moment(claim.decided_at) if claim.decided_at else "",
    }


def _rules_url(claim: DealRegistration, viewer: Viewer) -> str:
    """Return where the version of the rules stands that the claim came in under."""
    version = rules_of_claim(claim) if claim.rules_reference and viewer.may(Permission.SEE_PROGRAMME) else None
    if version is None or version.version_id is None:
        return ""
    return reverse("console:engagement_version", args=[version.version_id])


def _checks(claim: DealRegistration, currency: str) -> list[ChecklistItem]:
    """Return the rules the claim was held against when it came in, with what they found and from which figures."""
    if not claim.explanation:
        return []
    return [
        check_item(step, figures=figures_in_words(step.facts, currency=currency))
        for step in Explanation.from_json(claim.explanation).steps
    ]


def _history(shown: Deal, on: date) -> list[TimelineEntry]:
    """Return what happened to the deal, newest first: its stages in the CRM and what was done about the claim."""
    found: list[tuple[date, str, str]] = []
    if shown.opportunity is not None:
        changes = StageChange.objects.filter(opportunity=shown.opportunity).order_by("entered_on", "id")
        found += [(change.entered_on, _("Entered %(stage)s") % {"stage": change.stage}, "CRM") for change in changes]
    if shown.registration is not None:
        found += [(entry.at.date(), entry.summary, entry.actor_label) for entry in _entries(shown.registration)]
    found.sort(key=lambda happened: happened[0], reverse=True)
    return [TimelineEntry(text=words, when=day_near(when, on), note=note) for when, words, note in found]


def _entries(claim: DealRegistration) -> Sequence[ActivityEntry]:
    return list(
        ActivityEntry.objects.filter(subject_kind="deal_registration", subject_id=claim.pk).order_by("position")
    )
