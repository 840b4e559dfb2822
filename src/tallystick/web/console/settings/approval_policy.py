"""What approvals of commissions ask for: the version that holds in words, a new one, and who wrote which when."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_POST, require_safe

from tallystick.commissions.approvals import approval_policies, approval_runs, approval_terms
from tallystick.commissions.rules.approval import ApprovalTerms
from tallystick.commissions.run_facts import given_in_workspace_currency
from tallystick.commissions.services import set_approval_policy
from tallystick.kernel.money import Money, NotAnAmount
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui import formats

MOST_DAYS: Final = 365
MOST_PERCENT: Final = 1_000
LARGEST_LIMIT: Final = 10**15
"""In minor units; more no run ever pays."""
RUNS_LOOKED_AT: Final = 12


class PolicyForm(forms.Form):
    """Asks for the limit and the two allowances; the limit is written in the workspace's currency."""

    four_eyes_above = forms.CharField(
        max_length=24,
        help_text=_lazy("0 asks for two people every time."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": _lazy("Enter an amount; 0 asks for two people every time.")},
    )
    rate_age_days = forms.IntegerField(
        label=_lazy("Exchange rates older than this many days are looked at"), min_value=0, max_value=MOST_DAYS
    )
    change_percent = forms.IntegerField(
        label=_lazy("Totals that move by more than this many per cent are looked at"),
        min_value=0,
        max_value=MOST_PERCENT,
    )

    def __init__(self, *arguments: Any, currency: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._currency = currency
        self.fields["four_eyes_above"].label = _("Two people above, in %(currency)s") % {"currency": currency}

    def clean_four_eyes_above(self) -> int:
        """Return the limit in minor units."""
        try:
            minor = Money.of(self.cleaned_data["four_eyes_above"].replace(" ", ""), self._currency).minor
        except NotAnAmount as problem:
            raise forms.ValidationError(_("Write a plain amount such as 1000.50.")) from problem
        if not 0 <= minor <= LARGEST_LIMIT:
            raise forms.ValidationError(_("Enter 0 or more, and an amount a run can reach."))
        return minor


@console(Permission.SEE_COMMISSIONS)
@require_safe
def approval_policy(request: HttpRequest) -> HttpResponse:
    """Show what approvals ask for, in words and in every version."""
    viewer = current_viewer(request)
    return _show(request, PolicyForm(initial=_initial(viewer), currency=viewer.workspace.currency))


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def change_approval_policy(request: HttpRequest) -> HttpResponse:
    """Write a new version; the same figures again write none."""
    viewer = current_viewer(request)
    form = PolicyForm(request.POST, initial=_initial(viewer), currency=viewer.workspace.currency)
    if not form.is_valid():
        return _show(request, form)
    given, holds = form.cleaned_data, approval_terms()
    if (given["four_eyes_above"], given["rate_age_days"], given["change_percent"]) == (
        holds.four_eyes_above_minor,
        holds.rate_age_days,
        holds.change_percent,
    ):
        messages.info(request, _("Nothing was changed: approvals ask for just that."))
        return redirect("console:approval_policy")
    policy = set_approval_policy(
        viewer.actor(),
        four_eyes_above_minor=given["four_eyes_above"],
        rate_age_days=given["rate_age_days"],
        change_percent=given["change_percent"],
        at=now(),
    )
    messages.success(request, _("Version %(number)d holds from now on.") % {"number": policy.number})
    return redirect("console:approval_policy")


def _show(request: HttpRequest, form: PolicyForm) -> HttpResponse:
    viewer = current_viewer(request)
    terms = approval_terms()
    context = {
        "form": form,
        "may_change": viewer.may(Permission.MANAGE_WORKSPACE),
        "version": terms.version,
        "words": list(_words(terms, viewer.workspace.currency)),
        "history": list(_versions(viewer.workspace.currency)),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/approval_policy.html", context, status=status)


def _initial(viewer: Viewer) -> dict[str, Any]:
    terms = approval_terms()
    return {
        "four_eyes_above": str(Money(terms.four_eyes_above_minor, viewer.workspace.currency).amount),
        "rate_age_days": terms.rate_age_days,
        "change_percent": terms.change_percent,
    }


def _words(terms: ApprovalTerms, currency: str) -> Iterator[str]:
    """Yield what the policy means, sentence by sentence, and what it would have meant for the latest runs."""
    limit = formats.money_trimmed(terms.four_eyes_above_minor, currency)
    if terms.four_eyes_above_minor:
        yield _("A run that pays %(limit)s or less may be approved by whoever prepared it, also by a command.") % {
            "limit": limit
        }
        yield _(
            "Above %(limit)s a person approves, and another one than prepared it. A run in another currency is "
            "converted at the day's rate; without a rate it counts as above."
        ) % {"limit": limit}
    else:
        yield _("Every run is approved by a person, and by another one than prepared it.")
    yield _("An exchange rate older than %(days)s days is shown to the approver to look at; it stops nothing.") % {
        "days": formats.number(terms.rate_age_days)
    }
    yield _(
        "So is a total that moves by more than %(percent)s %% against the months before, with the partners who "
        "moved it."
    ) % {"percent": formats.number(terms.change_percent)}
    latest = [given_in_workspace_currency(run) for run in approval_runs()[:RUNS_LOOKED_AT]]
    if len(latest) > 1:
        above = sum(given is None or given > terms.four_eyes_above_minor for given in latest)
        yield _("Above this limit among the latest %(runs)s runs: %(above)s.") % {
            "runs": formats.number(len(latest)),
            "above": formats.number(above),
        }


def _versions(currency: str) -> Iterator[dict[str, str]]:
    """Yield every version, the latest first; the one that ships is the last."""
    for policy in approval_policies():
        yield {
            "number": formats.number(policy.number),
            "limit": formats.money_trimmed(policy.four_eyes_above_minor, currency),
            "days": formats.number(policy.rate_age_days),
            "percent": f"{formats.number(policy.change_percent)} %",
            "who": policy.changed_by_label,
            "when": formats.moment(policy.changed_at),
        }
    shipped = ApprovalTerms()
    yield {
        "number": formats.number(shipped.version),
        "limit": formats.money_trimmed(shipped.four_eyes_above_minor, currency),
        "days": formats.number(shipped.rate_age_days),
        "percent": f"{formats.number(shipped.change_percent)} %",
        "who": _("As it ships"),
        "when": "–",
    }
