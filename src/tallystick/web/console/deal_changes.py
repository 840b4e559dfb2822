"""What is changed in the list of deals: registrations are decided, and our own next step is kept beside the CRM's.

Opportunities are mirrored facts: their stage, amount and next step are the CRM's and change there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tallystick.attribution.deal_list import Deal, DealKind
from tallystick.crm.models import Opportunity
from tallystick.deals.engagement import rules_of_claim
from tallystick.deals.models import DealRegistration, OwnNextStep, RegistrationState
from tallystick.deals.rules.approval import StepRefused
from tallystick.deals.rules.states import TransitionRefused
from tallystick.deals.services import (
    ReopeningRefused,
    decline_registration,
    set_next_step_of_opportunity,
    set_next_step_of_registration,
)
from tallystick.deals.services.deciding import steps_taken
from tallystick.flows.registrations import approve_registration, reopen_registration
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import today
from tallystick.web.console.deal_handling import turn_refused
from tallystick.web.listing.bulk import BulkAction, BulkOutcome, BulkPreview, Refused
from tallystick.web.listing.cells import Cell, text
from tallystick.web.listing.editing import EditField, EditRefused
from tallystick.web.ui import formats
from tallystick.web.words import day_near

WORDS_LENGTH: Final = 200


def deal_key(deal: Deal) -> str:
    """Return the key of a deal in its list, such as "o12" for an opportunity and "r7" for a registration."""
    if deal.opportunity is not None:
        return key_of(DealKind.OPPORTUNITY, deal.opportunity.pk)
    assert deal.registration is not None  # noqa: S101 - a deal is one of the two at least
    return key_of(DealKind.REGISTRATION, deal.registration.pk)


def key_of(kind: DealKind, number: int) -> str:
    """Return the key of a row. It is short: a page names each of fifty rows several times."""
    return f"{kind.value[0]}{number}"


def _read_key(key: str) -> tuple[DealKind, int] | None:
    kind = {kind.value[0]: kind for kind in DealKind}.get(key[:1])
    return (kind, int(key[1:])) if kind and key[1:].isascii() and key[1:].isdigit() and len(key) < 20 else None


def decides(viewer: Viewer, deal: Deal, list_url: str = "") -> dict[str, str]:
    """Return where the keys a and r lead for a registration that waits: approving it, and declining it."""
    claim = deal.registration
    if claim is None or claim.state != RegistrationState.SUBMITTED or not viewer.may(Permission.DECIDE_REGISTRATIONS):
        return {}
    state = list_url.partition("?")[2]
    query = "&".join(filter(None, (state, urlencode({"row": key_of(DealKind.REGISTRATION, claim.pk)}))))
    return {
        "a": f"{reverse('console:act', args=['deals', 'approve'])}?{query}",
        "r": f"{reverse('console:act', args=['deals', 'decline'])}?{query}",
    }


# Registrations


class DeclineForm(forms.Form):
    """Asks why registrations are declined; each partner reads the answer."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The partner reads this. Say which rule decides and what they can do."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={
            "required": gettext_lazy("Tell the partner why: no registration is declined without a reason.")
        },
    )


def _claims(keys: Sequence[str]) -> tuple[list[DealRegistration], list[Refused]]:
    """Return the registrations among the rows that wait for a decision, and why the other rows are left."""
    rows = [row for key in keys if (row := _read_key(key)) is not None]
    ids = [number for kind, number in rows if kind is DealKind.REGISTRATION]
    linked = [number for kind, number in rows if kind is DealKind.OPPORTUNITY]
    found = list(
        DealRegistration.objects.filter(pk__in=ids)
        .select_related("partner")
        .prefetch_related("steps")
        .order_by("submitted_at", "pk")
    )
    # A claim whose deal is in the CRM already stands in the list as its opportunity.
    waiting = DealRegistration.objects.filter(opportunity_id__in=linked, state=RegistrationState.SUBMITTED)
    found += [
        claim
        for claim in waiting.select_related("partner").prefetch_related("steps").order_by("pk")
        if claim not in found
    ]
    ready = [claim for claim in found if claim.state == RegistrationState.SUBMITTED]
    others = len(keys) - len(found)
    refused = [
        Refused(f"{claim.reference} {claim.company}", _("It waits for no decision."))
        for claim in found
        if claim.state != RegistrationState.SUBMITTED
    ]
    if others > 0:
        words = ngettext("%(n)s opportunity", "%(n)s opportunities", others) % {"n": formats.number(others)}
        refused.append(Refused(words, _("Only registrations are decided here; opportunities belong to the CRM.")))
    return ready, refused


def _value_in_words(claims: Sequence[DealRegistration]) -> str:
    sums: dict[str, int] = {}
    for claim in claims:
        sums[claim.currency] = sums.get(claim.currency, 0) + claim.value_minor
    return " + ".join(formats.money_trimmed(minor, currency) for currency, minor in sorted(sums.items()))


def _preview(claims: Sequence[DealRegistration], refused: Sequence[Refused], *effects: str) -> BulkPreview:
    partners = len({claim.partner_id for claim in claims})
    counted = ngettext("%(n)s registration", "%(n)s registrations", len(claims)) % {"n": formats.number(len(claims))}
    whose = ngettext("of %(n)s partner", "of %(n)s partners", partners) % {"n": formats.number(partners)}
    first = _("%(registrations)s %(partners)s, worth %(value)s.") % {
        "registrations": counted,
        "partners": whose,
        "value": _value_in_words(claims) or "0",
    }
    return BulkPreview(count=len(claims), sentences=(first, *effects) if claims else (), refused=tuple(refused))


def _own_turns(
    viewer: Viewer, claims: Sequence[DealRegistration], refused: list[Refused]
) -> tuple[list[DealRegistration], list[Refused]]:
    """Leave the registrations whose next step is the viewer's to take, and say whose the others' are."""
    turns = [(claim, turn_refused(claim, viewer)) for claim in claims]
    others = [Refused(f"{claim.reference} {claim.company}", refusal) for claim, refusal in turns if refusal]
    return [claim for claim, refusal in turns if not refusal], refused + others


def _preview_approve(viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    everything, refused = _own_turns(viewer, *_claims(keys))
    claims = [claim for claim in everything if sum(not step.is_taken for step in steps_taken(claim)) == 1]
    on = today(viewer.workspace.time_zone)
    # Each claim is protected as the rules it came in under say, and those may have changed since.
    days = sorted({rules_of_claim(claim).engagement.protected_until(on) for claim in _one_a_version(claims)})
    protected = _("Their accounts are protected until %(day)s; nobody else can register them.")
    several = _("Their accounts are protected until %(day)s or, by other rules, until %(last)s.")
    words = several if len(days) > 1 else protected
    named = {"day": formats.day_and_year(days[0]), "last": formats.day_and_year(days[-1])} if days else {}
    told = _(
        "The partners are told at once. Undo is possible for a day, unless credit follows from an approval already."
    )
    effects = [words % named, told] if days else []
    if passed := len(everything) - len(claims):
        onward = ngettext(
            "%(n)s of them is passed on: another person takes its next step.",
            "%(n)s of them are passed on: another person takes their next step.",
            passed,
        )
        effects.append(onward % {"n": formats.number(passed)})
    return _preview(everything, refused, *effects)


def _one_a_version(claims: Sequence[DealRegistration]) -> list[DealRegistration]:
    """Return one claim for each version of the rules that the claims came in under."""
    return list({claim.rules_reference: claim for claim in claims}.values())


def _preview_decline(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    claims, refused = _claims(keys)
    free = _("Their accounts are free again: whoever registers one next is first.")
    told = _("The partners are told at once, with your reason. Undo is possible for a day, while an account is free.")
    return _preview(claims, refused, free, told)


def _run_approve(viewer: Viewer, keys: Sequence[str], _answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    claims, refused = _claims(keys)
    done = []
    for claim in claims:
        try:
            done.append(_approve(viewer, claim, at).reference)
        except (TransitionRefused, StepRefused) as refusal:
            refused.append(Refused(claim.reference, str(refusal)))
    words = ngettext("Approved %(n)s registration.", "Approved %(n)s registrations.", len(done))
    return _outcome(done, refused, words)


def _approve(viewer: Viewer, claim: DealRegistration, at: datetime) -> DealRegistration:
    """Take the step of an approval that is the viewer's; the account is protected with the last one."""
    return approve_registration(viewer.actor(), registration_id=claim.pk, at=at, role=viewer.role)


def _run_decline(viewer: Viewer, keys: Sequence[str], answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    claims, refused = _claims(keys)
    done = []
    for claim in claims:
        try:
            declined = decline_registration(
                viewer.actor(), registration_id=claim.pk, reason=answers["reason"], at=at, role=viewer.role
            )
            done.append(declined.reference)
        except (TransitionRefused, StepRefused) as refusal:
            refused.append(Refused(claim.reference, str(refusal)))
    words = ngettext("Declined %(n)s registration.", "Declined %(n)s registrations.", len(done))
    return _outcome(done, refused, words)


def _outcome(done: Sequence[str], refused: Sequence[Refused], words: str) -> BulkOutcome:
    return BulkOutcome(
        count=len(done),
        words=words % {"n": formats.number(len(done))},
        refused=tuple(refused),
        record={"references": list(done)},
    )


def _undo(viewer: Viewer, record: Mapping[str, Any], decided_as: RegistrationState, at: datetime) -> BulkOutcome:
    done, refused = [], []
    claims = DealRegistration.objects.filter(reference__in=record["references"]).order_by("pk")
    for claim in claims:
        try:
            reopen_registration(viewer.actor(), registration_id=claim.pk, decided_as=decided_as, at=at)
        except ReopeningRefused as refusal:
            refused.append(Refused(f"{claim.reference} {claim.company}", str(refusal)))
        else:
            done.append(claim.reference)
    words = ngettext(
        "%(n)s registration waits for a decision again.", "%(n)s registrations wait for a decision again.", len(done)
    )
    return _outcome(done, refused, words)


ACTIONS: Final = (
    BulkAction(
        name="approve",
        label=gettext_lazy("Approve registrations"),
        permission=Permission.TAKE_STEPS,
        preview=_preview_approve,
        run=_run_approve,
        undo=lambda viewer, record, at: _undo(viewer, record, RegistrationState.APPROVED, at),
        icon="check",
    ),
    BulkAction(
        name="decline",
        label=gettext_lazy("Decline registrations"),
        permission=Permission.DECIDE_REGISTRATIONS,
        preview=_preview_decline,
        run=_run_decline,
        form=DeclineForm,
        undo=lambda viewer, record, at: _undo(viewer, record, RegistrationState.DECLINED, at),
        danger=True,
    ),
)


# Our own next step


def next_step_cell(deal: Deal, on: date, *, may_edit: bool) -> Cell:
    """Return our own next step, saying that it is ours, else the CRM's."""
    own: OwnNextStep | None = getattr(deal.opportunity or deal.registration, "own_next_step", None)
    if own is not None:
        due = _("ours, due %(day)s") % {"day": day_near(own.due_on, on)} if own.due_on else _("ours")
        cell = text(own.words, due)
    else:
        cell = text(deal.opportunity.next_step if deal.opportunity else "")
    if not may_edit:
        return cell
    label = _("Our next step")
    return cell.edited_at(reverse("console:edit_field", args=["deals", "next", deal_key(deal)]), label)


def due_cell(deal: Deal, on: date) -> Cell:
    """Return the day our own next step is due."""
    own: OwnNextStep | None = getattr(deal.opportunity or deal.registration, "own_next_step", None)
    cell = text(day_near(own.due_on, on) if own and own.due_on else "")
    return cell.edited_at(
        reverse("console:edit_field", args=["deals", "due", deal_key(deal)]), _("Day our next step is due")
    )


def _deal(key: str) -> Deal | None:
    row = _read_key(key)
    match row:
        case (DealKind.OPPORTUNITY, number):
            found = Opportunity.objects.select_related("own_next_step").filter(pk=number).first()
            return Deal(opportunity=found) if found else None
        case (DealKind.REGISTRATION, number):
            claim = DealRegistration.objects.select_related("own_next_step").filter(pk=number).first()
            return Deal(registration=claim) if claim else None
        case _:
            return None


def _own(deal: Deal | None) -> OwnNextStep | None:
    return getattr(deal.opportunity or deal.registration, "own_next_step", None) if deal else None


def _set(viewer: Viewer, deal: Deal, words: str, due_on: date | None, at: datetime) -> None:
    if deal.opportunity is not None:
        set_next_step_of_opportunity(
            viewer.actor(), opportunity_id=deal.opportunity.pk, words=words, due_on=due_on, at=at
        )
    elif deal.registration is not None:
        set_next_step_of_registration(
            viewer.actor(), registration_id=deal.registration.pk, words=words, due_on=due_on, at=at
        )


def _read_words(_viewer: Viewer, key: str) -> str | None:
    deal = _deal(key)
    if deal is None:
        return None
    own = _own(deal)
    return own.words if own else ""


def _save_words(viewer: Viewer, key: str, value: str, at: datetime) -> None:
    deal = _deal(key)
    assert deal is not None  # noqa: S101 - `read` found it in this request
    own = _own(deal)
    _set(viewer, deal, value, own.due_on if own and value else None, at)


def _read_due(_viewer: Viewer, key: str) -> date | str | None:
    deal = _deal(key)
    if deal is None:
        return None
    own = _own(deal)
    return (own.due_on if own else None) or ""


def _save_due(viewer: Viewer, key: str, value: date | None, at: datetime) -> None:
    deal = _deal(key)
    own = _own(deal)
    if deal is None or own is None:
        raise EditRefused(_("Write down our own next step first; then say when it is due."))
    _set(viewer, deal, own.words, value, at)


def _cell(viewer: Viewer, key: str, field: str) -> Cell:
    deal, on = _deal(key), today(viewer.workspace.time_zone)
    assert deal is not None  # noqa: S101 - `read` found it in this request
    return next_step_cell(deal, on, may_edit=True) if field == "next" else due_cell(deal, on)


FIELDS: Final = (
    EditField(
        name="next",
        label=gettext_lazy("Our next step"),
        permission=Permission.SEE_DEALS,
        field=lambda _viewer: forms.CharField(max_length=WORDS_LENGTH, required=False),
        read=_read_words,
        save=_save_words,
        cell=lambda viewer, key: _cell(viewer, key, "next"),
    ),
    EditField(
        name="due",
        label=gettext_lazy("Day our next step is due"),
        permission=Permission.SEE_DEALS,
        field=lambda _viewer: forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"})),
        read=_read_due,
        save=_save_due,
        cell=lambda viewer, key: _cell(viewer, key, "due"),
    ),
)
