"""What a deal's page shows of how its registration is handled: the clock, whose turn it is, and what was asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.deals.rules.approval import StepRefused, check_step
from tallystick.deals.services.deciding import steps_taken
from tallystick.platform.access import Permission, Viewer
from tallystick.web.handling import clock_of, questions_of, requests_of, steps_of


class QuestionForm(forms.Form):
    """Asks what the partner must answer before a decision."""

    question = forms.CharField(
        label=gettext_lazy("Question"),
        help_text=gettext_lazy("The partner reads this and answers on its page. The clock stands still until then."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": gettext_lazy("Write what you need to know.")},
    )


def handling_of(claim: DealRegistration, viewer: Viewer, *, at: datetime) -> dict[str, Any]:
    """Return the clock, the steps, questions and requests of a registration, and what the viewer may do about them."""
    zone = ZoneInfo(viewer.workspace.time_zone)
    waiting = claim.state == RegistrationState.SUBMITTED
    refusal = turn_refused(claim, viewer) if waiting else ""
    return {
        "waiting": waiting,
        "may_decide": waiting and not refusal,
        "whose_turn": refusal,
        "clock": clock_of(claim, zone=zone) if waiting else None,
        "now": at,
        "steps": steps_of(claim, with_names=True),
        "questions": questions_of(claim),
        "requests": requests_of(claim, zone=zone),
        "may_answer_requests": viewer.may(Permission.DECIDE_REGISTRATIONS),
    }


def require_turn(claim: DealRegistration, viewer: Viewer) -> None:
    """Raise `PermissionDenied` for somebody who decides no registrations and whose step is not the next."""
    if not viewer.may(Permission.DECIDE_REGISTRATIONS) and (refusal := turn_refused(claim, viewer)):
        raise PermissionDenied(refusal)


def turn_refused(claim: DealRegistration, viewer: Viewer) -> str:
    """Return why the viewer cannot take the next step of the approval; "" where the viewer can."""
    if not viewer.may(Permission.TAKE_STEPS):
        return _("Partner managers and admins decide registrations.")
    try:
        check_step(steps_taken(claim), role=viewer.role, person_id=viewer.person.pk)
    except StepRefused as refusal:
        return str(refusal)
    return ""
