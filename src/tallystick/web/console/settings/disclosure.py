"""What partners may learn of a company they claim or introduce: what holds in words, another choice, who chose what."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from tallystick.deals.disclosure import DEFAULT, disclosure_in_force, disclosure_policies
from tallystick.deals.models import MayLearn
from tallystick.deals.rules.disclosure import Disclosure
from tallystick.deals.services import set_disclosure
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui import formats

_MEANS: Final[dict[Disclosure, tuple[str | Promise, ...]]] = {
    Disclosure.NOTHING: (
        _lazy("While typing a partner reads what it knows itself: its own registrations, its limits, its figures."),
        _lazy(
            "A company that is free, one a rival holds and one that buys from you get the same answer, word for word."
        ),
        _lazy(
            "A claim that came second waits for a person like any other and holds nothing. You decide what it is told."
        ),
        _lazy("A partner that introduces a company is thanked, and reads nothing of what you know of it."),
    ),
    Disclosure.KNOWN: (
        _lazy("A partner reads that you know the company already, in one sentence, whatever you know of it."),
        _lazy("It does not read whether it is a customer, has an open deal or was met, nor when, nor with whom."),
        _lazy(
            "A claim that came second is declined at once: the company was registered before, it does not read by whom."
        ),
        _lazy("A partner that introduces a company reads the same of it, in one sentence, when the lead is taken."),
    ),
    Disclosure.CONTACT: (
        _lazy("As above; besides, a partner reads whom of yours to talk to about a company you know."),
        _lazy("That is who has the open deal in your CRM, else the account, else who looks after the partner."),
    ),
}


class DisclosureForm(forms.Form):
    """Asks what partners may learn."""

    may_learn = forms.ChoiceField(
        label=_lazy("A partner may learn of a company it claims or introduces"),
        choices=MayLearn.choices,
        widget=forms.RadioSelect,
    )


@console(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def disclosure_settings(request: HttpRequest) -> HttpResponse:
    """Show what partners may learn, and change it; the same choice again writes no version."""
    holds = disclosure_in_force()
    form = DisclosureForm(request.POST if request.method == "POST" else None, initial={"may_learn": holds.value})
    if request.method == "POST" and form.is_valid():
        chosen = Disclosure(form.cleaned_data["may_learn"])
        policy = set_disclosure(current_viewer(request).actor(), may_learn=chosen, at=now())
        if policy is None:
            messages.info(request, _("Nothing was changed: that holds already."))
        else:
            messages.success(
                request, _("Version %(number)d holds for claims and leads from now on.") % {"number": policy.number}
            )
        return redirect("console:disclosure_settings")
    context = {
        "form": form,
        "holds": MayLearn(holds.value).label,
        "words": _MEANS[holds],
        "history": list(_versions()),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/disclosure.html", context, status=status)


def _versions() -> Iterator[dict[str, str]]:
    """Yield every version, the latest first; the one that ships is the last."""
    for policy in disclosure_policies():
        yield {
            "number": formats.number(policy.number),
            "may_learn": policy.get_may_learn_display(),
            "who": policy.changed_by_label,
            "when": formats.moment(policy.changed_at),
        }
    yield {
        "number": formats.number(0),
        "may_learn": str(MayLearn(DEFAULT.value).label),
        "who": _("As it ships"),
        "when": "–",
    }
