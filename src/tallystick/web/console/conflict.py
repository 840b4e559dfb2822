"""One case: the claims side by side, what the rules say, what a ruling would do to pay, the ruling and the appeal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.deals.engagement import rules_in_force
from tallystick.deals.models import Conflict, ConflictClaim, ConflictRuling, ConflictState
from tallystick.deals.rules.conflicts.ruling import ConflictRefused, parts_of
from tallystick.deals.rules.conflicts.terms import ConflictTerms
from tallystick.deals.rules.conflicts.weighing import Recommendation
from tallystick.deals.services.conflicts import NewRuling, appeal_ruling, dispute_decision, is_withdrawn
from tallystick.flows.conflicts import Pay, PayChange, deal_of, effect_of
from tallystick.flows.conflicts import rule as make_ruling
from tallystick.kernel.money import Money
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now, today
from tallystick.platform.models import ActivityEntry
from tallystick.web.access import console, current_viewer
from tallystick.web.conflicts import business_day, share_words, state_tag, weighed
from tallystick.web.console.deal import find_registration
from tallystick.web.console.pages import show_page
from tallystick.web.ui import formats
from tallystick.web.words import check_item, rule_words

REJECT = "direct"
SHARE = "share"
WAITS = frozenset({ConflictState.OPEN, ConflictState.APPEALED})


class RulingForm(forms.Form):
    """Asks what is ruled, by which rule, and why; both sides read the reason."""

    choice = forms.ChoiceField(label=gettext_lazy("Ruling"), widget=forms.RadioSelect)
    rule = forms.ChoiceField(label=gettext_lazy("Rule that decides"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Both sides read this. Name no other partner."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )

    def __init__(self, *args: Any, claims: Sequence[ConflictClaim], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        partners = [claim.partner for claim in claims if claim.partner is not None and not is_withdrawn(claim)]
        choices = [(f"p{one.pk}", _("Uphold %(partner)s") % {"partner": one.name}) for one in partners]
        if len(partners) > 1:
            choices.append((SHARE, _("Share between them")))
        choices.append((REJECT, _("Reject: no partner's claim stands")))
        cast("forms.ChoiceField", self.fields["choice"]).choices = choices
        rules = rules_in_force().engagement.rules
        cast("forms.ChoiceField", self.fields["rule"]).choices = [(r.id, rule_words(r.id, r.label)) for r in rules]
        self.partner_ids = [one.pk for one in partners]
        if len(partners) > 1:
            for one in partners:
                label = _("Part of %(partner)s, in percent") % {"partner": one.name}
                self.fields[f"part_{one.pk}"] = forms.IntegerField(
                    label=label, min_value=0, max_value=100, required=False, initial=100 // len(partners)
                )

    def full_clean(self) -> None:
        """Read what was sent; who only wants to see the effect need not say why yet."""
        reason = self.fields["reason"]
        reason.required = bool(self.data.get("seen"))
        super().full_clean()
        reason.required = True

    def part_fields(self) -> list[forms.BoundField]:
        """Return the fields of the parts, for a ruling that shares."""
        return [self[name] for name in self.fields if name.startswith("part_")]

    def parts(self) -> tuple[tuple[int, int], ...]:
        """Return what was chosen as parts of the whole. Raises `ConflictRefused`."""
        values = self.cleaned_data if self.is_bound else {"choice": self.initial.get("choice", REJECT)}
        match values["choice"]:
            case "direct":
                return ()
            case "share":
                weights = {partner: values.get(f"part_{partner}") or 0 for partner in self.partner_ids}
                if sum(weights.values()) not in {99, 100} or not all(weights.values()):
                    raise ConflictRefused(_("The parts sum to 100 %, and each is more than nothing."))
                return parts_of(weights)
            case chosen:
                return ((int(chosen[1:]), 1_000_000),)


class WordsForm(forms.Form):
    """Asks what is wrong with a decision or a ruling."""

    words = forms.CharField(
        label=gettext_lazy("What is wrong with it"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        error_messages={"required": gettext_lazy("Say what is wrong with it.")},
    )


@console(Permission.SEE_DEALS)
@require_safe
def conflict(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Show a case."""
    return _show(request, _find(conflict_id))


@console(Permission.RULE_CONFLICTS)
@require_POST
def rule_conflict(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Show what a ruling would do to pay; rule so once that was seen."""
    viewer, case = current_viewer(request), _find(conflict_id)
    form = RulingForm(request.POST, claims=_claims(case))
    if not form.is_valid():
        return _show(request, case, form=form)
    try:
        parts = form.parts()
        if request.POST.get("seen") != _seen(parts):
            return _show(request, case, form=form, parts=parts)
        ruling = NewRuling(
            number=2 if case.state == ConflictState.APPEALED else 1,
            parts=parts,
            rule=form.cleaned_data["rule"],
            reason=form.cleaned_data["reason"],
        )
        make_ruling(viewer.actor(), conflict_id=case.pk, ruling=ruling, at=now())
    except ConflictRefused as refusal:
        form.add_error("reason" if "eason" in str(refusal) or "why" in str(refusal) else None, str(refusal))
        return _show(request, case, form=form)
    messages.success(request, _("Ruled. Both sides have the reason."))
    return redirect("console:conflict", conflict_id=case.pk)


@console(Permission.WRITE_ON_DEALS)
@require_POST
def appeal_conflict(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Appeal a ruling for our own team."""
    case, form = _find(conflict_id), WordsForm(request.POST)
    if not form.is_valid():
        return _show(request, case, appeal_form=form)
    try:
        words = form.cleaned_data["words"]
        appeal_ruling(current_viewer(request).actor(), conflict_id=case.pk, partner_id=None, words=words, at=now())
    except ConflictRefused as refusal:
        form.add_error("words", str(refusal))
        return _show(request, case, appeal_form=form)
    messages.success(request, _("Appealed. Somebody else decides now."))
    return redirect("console:conflict", conflict_id=case.pk)


@console(Permission.WRITE_ON_DEALS)
@require_http_methods(["GET", "HEAD", "POST"])
def open_case(request: HttpRequest, reference: str) -> HttpResponse:
    """Open a case about a decision on a registration by hand."""
    claim, form = find_registration(reference), WordsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        try:
            opened = dispute_decision(current_viewer(request).actor(), registration_id=claim.pk, words=words, at=now())
        except ConflictRefused as refusal:
            form.add_error("words", str(refusal))
        else:
            return redirect("console:conflict", conflict_id=opened.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_page(request, "console/conflicts/open.html", {"form": form, "claim": claim}, status=status)


def _find(conflict_id: int) -> Conflict:
    found = Conflict.objects.filter(pk=conflict_id).select_related("account", "opportunity").first()
    if found is None:
        raise Http404
    return found


def _claims(case: Conflict) -> list[ConflictClaim]:
    claims = ConflictClaim.objects.filter(conflict=case).select_related(
        "partner", "registration", "opportunity", "workspace"
    )
    return list(claims.order_by("happened_at", "pk"))


def _seen(parts: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{partner}:{ppm}" for partner, ppm in parts) or REJECT


def _show(
    request: HttpRequest,
    case: Conflict,
    *,
    form: RulingForm | None = None,
    parts: Sequence[tuple[int, int]] | None = None,
    appeal_form: WordsForm | None = None,
) -> HttpResponse:
    viewer, claims = current_viewer(request), _claims(case)
    names: dict[int | None, str] = {claim.partner_id: claim.partner.name for claim in claims if claim.partner}
    terms = rules_in_force().engagement.section(ConflictTerms)
    advice = weighed(claims, direct_days=terms.direct_days, names=names)
    rulings = list(ConflictRuling.objects.filter(conflict=case).order_by("number"))
    context: dict[str, Any] = {
        "case": case,
        "tag": state_tag(case),
        "waits": case.state in WAITS,
        "due": formats.moment(case.due_at),
        "now": now(),
        "sides": [_side(claim) for claim in claims],
        "advice": _advice(advice, names),
        "rules": rules_in_force().reference,
        "rulings": [_ruling(row, names) for row in rulings],
        "appeal": getattr(case, "appeal", None),
        "deal_url": _deal_url(case),
        "appeal_until": formats.day_and_year(case.appeal_until) if case.appeal_until else "",
        "may_appeal": _may_appeal(viewer, case),
        "appeal_form": appeal_form or WordsForm(),
    }
    if case.state in WAITS:
        context |= _ruling_part(viewer, case, claims, rulings, advice, form, parts)
    refused = bool((form and form.errors) or (appeal_form and appeal_form.errors))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return show_page(request, "console/conflicts/conflict.html", context, status=status)


def _ruling_part(
    viewer: Viewer,
    case: Conflict,
    claims: Sequence[ConflictClaim],
    rulings: Sequence[ConflictRuling],
    advice: Recommendation,
    form: RulingForm | None,
    parts: Sequence[tuple[int, int]] | None,
) -> dict[str, Any]:
    """Return the form of a ruling, with what the one chosen would do to pay; first the one the rules favour."""
    own = bool(rulings) and rulings[0].ruled_by_id == viewer.person.pk
    if own or not viewer.may(Permission.RULE_CONFLICTS):
        return {"is_anothers": own}
    if form is None:
        standing = [f"p{claim.partner_id}" for claim in claims if claim.partner_id and not is_withdrawn(claim)]
        initial = {"choice": advice.favoured or next(iter(standing), REJECT), "rule": advice.rule}
        form = RulingForm(initial=initial, claims=claims)
        parts = form.parts()
    shown: dict[str, Any] = {}
    if parts is not None and viewer.may(Permission.SEE_COMMISSIONS):
        try:
            shown["effect"] = [_change(row) for row in effect_of(case, parts=parts, at=now())]
        except ConflictRefused:
            # What the rules favour cannot be ruled as things stand: whoever chooses it is told why.
            parts = None
    return {"form": form, "may_rule": True, "seen": _seen(parts) if parts is not None else "", **shown}


def _may_appeal(viewer: Viewer, case: Conflict) -> bool:
    if case.state != ConflictState.RULED or case.appeal_until is None or not viewer.may(Permission.WRITE_ON_DEALS):
        return False
    return today(viewer.workspace.time_zone) <= case.appeal_until


def _deal_url(case: Conflict) -> str:
    deal = deal_of(case)
    return reverse("console:deal", args=[deal]) if deal is not None else ""


def _side(claim: ConflictClaim) -> dict[str, Any]:
    registration = claim.registration
    entry = None
    if registration is not None:
        entries = ActivityEntry.objects.filter(subject_kind="deal_registration", subject_id=registration.pk)
        entry = entries.filter(verb="deal_registered").order_by("position").first()
    return {
        "claim": claim,
        "name": claim.partner.name if claim.partner else _("Our own team"),
        "type": claim.partner.type if claim.partner else "",
        "happened": _moment(claim),
        "learned": formats.moment(claim.learned_at) if claim.learned_at else "",
        "registration": registration,
        "value": formats.money_trimmed(registration.value_minor, registration.currency) if registration else "",
        "proof": registration.receipt_hash[:12] if registration else "",
        "position": entry.position if entry else None,
        "grounds": _GROUNDS.get(claim.grounds, claim.grounds),
    }


_GROUNDS = {"meeting": gettext_lazy("Our own meeting")}


def _moment(claim: ConflictClaim) -> str:
    if claim.happened_at is None:
        return _("Not known")
    if claim.registration_id is not None:
        return formats.moment(claim.happened_at)
    return formats.day_and_year(business_day(claim, claim.happened_at))


def _advice(advice: Recommendation, names: Mapping[int | None, str]) -> dict[str, Any]:
    favoured = next((name for partner, name in names.items() if f"p{partner}" == advice.favoured), "")
    if not favoured and advice.favoured is not None:
        favoured = _("our own team")
    return {
        "favoured": favoured,
        "rule": rule_words(advice.rule),
        "checks": [check_item(step) for step in advice.steps],
        "missing": advice.missing,
    }


def _ruling(row: ConflictRuling, names: Mapping[int | None, str]) -> dict[str, Any]:
    parts = [f"{names.get(partner, '')} {share_words(ppm)}".strip() for partner, ppm in row.parts]
    return {
        "row": row,
        "parts": ", ".join(parts),
        "rule": rule_words(row.rule),
        "when": formats.moment(row.ruled_at),
    }


def _change(change: PayChange) -> dict[str, Any]:
    return {
        "partner": change.partner,
        "expected": _amount(change.today.expected),
        "expected_ruled": _amount(change.ruled.expected),
        "earned": _sum(change.today),
        "earned_ruled": _sum(change.ruled),
        "moves": _moves(change),
    }


def _amount(amount: Money | None) -> str:
    return formats.money_exact(amount.minor, amount.currency) if amount else "–"


def _sum(pay: Pay) -> str:
    return " + ".join(_amount(one) for one in pay.earned) or "–"


def _moves(change: PayChange) -> list[str]:
    before = {one.currency: one.minor for one in change.today.earned}
    after = {one.currency: one.minor for one in change.ruled.earned}
    found = []
    for currency in sorted({*before, *after}):
        moved = after.get(currency, 0) - before.get(currency, 0)
        if moved:
            amount = formats.money_exact(abs(moved), currency)
            words = _("%(amount)s would be added") if moved > 0 else _("%(amount)s would be clawed back")
            found.append(words % {"amount": amount})
    return found
