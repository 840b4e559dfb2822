"""Rules of engagement: in plain words, as text, in versions; drafted, tried on past claims, and published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.deals.engagement import engagement_draft, rules_in_force
from tallystick.deals.models import DealRegistration, EngagementTrial, EngagementVersion
from tallystick.deals.rules.engagement.comparing import Change
from tallystick.deals.rules.engagement.engagement import Consequence, Engagement, Family
from tallystick.deals.rules.engagement.reading import EngagementInvalid, default_document
from tallystick.deals.services import (
    SMALL,
    EngagementPublished,
    NothingChanged,
    publish_engagement,
    run_trial,
    save_engagement_draft,
    start_trial,
)
from tallystick.deals.tasks import try_engagement
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import show_part
from tallystick.web.console.settings.document_lines import DocumentLine, difference, lines_of
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.engagement import says_of
from tallystick.web.ui import formats
from tallystick.web.words import Tag, rule_words

_FAMILIES: Final[dict[Family, Promise]] = {
    Family.ELIGIBILITY: _lazy("Eligibility"),
    Family.DUPLICATE: _lazy("Duplicates"),
    Family.EXISTING_CUSTOMER: _lazy("Existing customers"),
    Family.DIRECT_ACTIVITY: _lazy("Our own team"),
    Family.TERRITORY: _lazy("Territory"),
    Family.CERTIFICATION: _lazy("Certification"),
    Family.CAPS: _lazy("Caps"),
    Family.PRODUCT_SCOPE: _lazy("Product scope"),
    Family.TWO_TIER: _lazy("Two tiers"),
}
_FOLLOWS: Final[dict[Consequence, tuple[Promise, str]]] = {
    Consequence.DECLINE: (_lazy("Declined at once"), "bad"),
    Consequence.REVIEW: (_lazy("A person weighs it"), "warn"),
}
_CHANGES: Final[dict[Change, tuple[Promise, str]]] = {
    Change.DECLINED_NOW: (_lazy("Declined instead of held"), "bad"),
    Change.HELD_NOW: (_lazy("Held instead of declined"), "good"),
    Change.OTHER_RULE: (_lazy("Declined by another rule"), ""),
    Change.WEIGHED_OTHERWISE: (_lazy("A person would weigh other rules"), "warn"),
}


class DraftForm(forms.Form):
    """Asks for the text of the rules."""

    document = forms.CharField(
        label=_lazy("Rules as YAML"),
        widget=forms.Textarea(
            attrs={"rows": 28, "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}
        ),
        error_messages={"required": _lazy("Write or paste the rules.")},
    )


class PublishForm(forms.Form):
    """Asks why the rules change."""

    reason = forms.CharField(
        label=_lazy("Why they change"),
        max_length=300,
        error_messages={"required": _lazy("Say why: it stands in the record with the version.")},
    )


@console(Permission.SEE_PROGRAMME)
@require_safe
def engagement(request: HttpRequest) -> HttpResponse:
    """Show the rules in force in plain words, with every version there was and the draft."""
    viewer = current_viewer(request)
    rules = rules_in_force()
    versions = EngagementVersion.objects.order_by("-number")
    context = {
        "rules": rules,
        "published": _moment(rules.published_at),
        "rows": _rule_rows(rules.engagement, viewer.workspace.currency),
        "figures": _figures(rules.engagement),
        "parts": [part.sentences() for part in rules.engagement.sections.values() if part.sentences()],
        "versions": [
            {"version": version, "state": _state(version, rules.version_id), "published": _moment(version.published_at)}
            for version in versions
        ],
        "draft": engagement_draft(),
        "may_draft": viewer.may(Permission.MANAGE_PROGRAMME),
    }
    return show_settings(request, "console/settings/engagement.html", context)


@console(Permission.SEE_PROGRAMME)
@require_safe
def engagement_version(request: HttpRequest, version_id: int) -> HttpResponse:
    """Show one version: its text, or what differs from another that is asked for."""
    version = _version(version_id)
    others = list(EngagementVersion.objects.exclude(pk=version.pk).order_by("-number"))
    wanted = request.GET.get("against", "")
    against = next((other for other in others if str(other.number) == wanted), None)
    context = {
        "version": version,
        "lines": difference(against.document, version.document) if against else lines_of(version.document),
        "others": others,
        "against": against,
        "state": _state(version, rules_in_force().version_id),
        "published": _moment(version.published_at),
        "is_draft": version.published_at is None,
        "may_draft": current_viewer(request).may(Permission.MANAGE_PROGRAMME),
    }
    return show_settings(request, "console/settings/engagement_version.html", context)


@console(Permission.MANAGE_PROGRAMME)
@require_http_methods(["GET", "HEAD", "POST"])
def draft_engagement(request: HttpRequest) -> HttpResponse:
    """Take the text of the rules and keep it as the draft; what is wrong with it is said under its lines."""
    form = DraftForm(request.POST if request.method == "POST" else None, initial={"document": _begun_with(request)})
    lines: Sequence[DocumentLine] = ()
    if request.method == "POST" and form.is_valid():
        document = form.cleaned_data["document"].replace("\r\n", "\n") + "\n"
        try:
            draft = save_engagement_draft(current_viewer(request).actor(), document=document, at=now())
        except EngagementInvalid as invalid:
            lines = lines_of(document, invalid.problems)
            form.add_error("document", _("Nothing can be decided by it yet; what is wrong stands under its lines."))
        else:
            return redirect("console:publish_engagement", version_id=draft.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "lines": lines}
    return show_settings(request, "console/settings/engagement_draft.html", context, status=status)


@console(Permission.MANAGE_PROGRAMME)
@require_http_methods(["GET", "HEAD", "POST"])
def publish_rules(request: HttpRequest, version_id: int) -> HttpResponse:
    """Show what a draft changes, in its text and for past claims, and publish it once a reason is given."""
    version = _version(version_id)
    if version.published_at is not None:
        return redirect("console:engagement_version", version_id=version.pk)
    form = PublishForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            publish_engagement(current_viewer(request).actor(), version_id=version.pk, reason=reason, at=now())
        except (EngagementPublished, NothingChanged) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The rules are published; they answer every claim from now on."))
            return redirect("console:engagement")
    before = rules_in_force()
    text = default_document() if before.version_id is None else _version(before.version_id).document
    tried = EngagementTrial.objects.filter(document_hash=version.document_hash, against_id=before.version_id)
    context = {
        "version": version,
        "form": form,
        "before": before,
        "lines": difference(text, version.document),
        "trial": _trial(tried.order_by("-started_at").first()),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/engagement_publish.html", context, status=status)


@console(Permission.MANAGE_PROGRAMME)
@require_POST
def try_rules(request: HttpRequest, version_id: int) -> HttpResponse:
    """Try a draft on past claims: at once where they are few, else in the background."""
    version = _version(version_id)
    trial = start_trial(current_viewer(request).actor(), document=version.document, at=now())
    if trial.claims <= SMALL:
        run_trial(trial_id=trial.pk, at=now())
    else:
        try_engagement.defer(workspace_id=trial.workspace_id, trial_id=trial.pk)
    return redirect("console:publish_engagement", version_id=version.pk)


@console(Permission.MANAGE_PROGRAMME)
@require_safe
def engagement_trial(request: HttpRequest, trial_id: int) -> HttpResponse:
    """Show how far a trial is, and what it found so far."""
    trial = EngagementTrial.objects.filter(pk=trial_id).first()
    if trial is None:
        raise Http404
    return show_part(request, "console/settings/engagement_trial.html", {"trial": _trial(trial)})


def _version(version_id: int) -> EngagementVersion:
    version = EngagementVersion.objects.filter(pk=version_id).first()
    if version is None:
        raise Http404
    return version


def _begun_with(request: HttpRequest) -> str:
    """Return the text a draft begins with: the version that is named, else the draft, else the rules in force."""
    number = request.GET.get("from", "")
    named = EngagementVersion.objects.filter(pk=number).first() if number.isdigit() and len(number) < 19 else None
    if named is None:
        named = engagement_draft() or EngagementVersion.objects.filter(pk=rules_in_force().version_id or 0).first()
    return named.document if named else default_document()


def _state(version: EngagementVersion, in_force: int | None) -> Tag:
    if version.published_at is None:
        return Tag(_("Draft"), "warn")
    return Tag(_("In force"), "good") if version.pk == in_force else Tag(_("Replaced"))


def _moment(at: datetime | None) -> str:
    return formats.moment(at) if at else ""


def _rule_rows(rules: Engagement, currency: str) -> list[dict[str, Any]]:
    return [
        {
            "id": rule.id,
            "label": rule_words(rule.id, rule.label),
            "family": _FAMILIES[rule.family],
            "says": says_of(rule, currency=currency),
            "broken": Tag(str(_FOLLOWS[rule.broken][0]), _FOLLOWS[rule.broken][1]),
            "missing": Tag(str(_FOLLOWS[rule.missing][0]), _FOLLOWS[rule.missing][1]),
            "by_database": rule.judged_by_database,
        }
        for rule in rules.rules
    ]


def _figures(rules: Engagement) -> list[tuple[str, str]]:
    days, hours = rules.protection_days, rules.answer_hours
    return [
        (_("Protected for"), ngettext("%(n)d day", "%(n)d days", days) % {"n": days}),
        (_("Answer within"), ngettext("%(n)d working hour", "%(n)d working hours", hours) % {"n": hours}),
    ]


# A trial


def _trial(trial: EngagementTrial | None) -> dict[str, Any] | None:
    if trial is None:
        return None
    changed = sum(trial.counts.values())
    before_rules = DealRegistration.objects.filter(assessments__isnull=True).count()
    return {
        "id": trial.pk,
        "is_over": trial.finished_at is not None,
        "when": formats.moment(trial.started_at),
        "who": trial.started_by_label,
        "tried": formats.number(trial.tried),
        "claims": formats.number(trial.claims),
        "percent": 100 * trial.tried // trial.claims if trial.claims else 100,
        "changed": changed,
        "changed_words": formats.number(changed),
        "counts": [
            (str(words), formats.number(trial.counts[change.value]))
            for change, (words, _tone) in _CHANGES.items()
            if trial.counts.get(change.value)
        ],
        "rows": [_trial_row(row) for row in trial.rows],
        "more": formats.number(changed - len(trial.rows)) if changed > len(trial.rows) else "",
        "without_facts": formats.number(before_rules) if before_rules else "",
    }


def _trial_row(row: Mapping[str, Any]) -> dict[str, Any]:
    words, tone = _CHANGES[Change(row["change"])]
    return {
        "reference": row["reference"],
        "company": row["company"],
        "partner": row["partner"],
        "submitted": formats.day_and_year(datetime.fromisoformat(row["submitted_at"]).date()),
        "change": Tag(str(words), tone),
        "before": _answer_words(row["before"]),
        "after": _answer_words(row["after"]),
    }


def _answer_words(answer: Mapping[str, Any]) -> str:
    if answer["declined_by"]:
        return _("Declined by “%(rule)s”") % {"rule": rule_words(answer["declined_by"])}
    if not answer["to_weigh"]:
        return _("Held, every rule met")
    return _("Held; to weigh: %(rules)s") % {"rules": ", ".join(rule_words(rule) for rule in answer["to_weigh"])}
