"""Commands on the forms of registrations and leads: keep a draft, drop it, publish it as the next version.

Vendor's side. What a claim answers is held against the form in `hold_answers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from tallystick.deals.forms import fields_unanswered, form_draft, form_in_force, published_forms
from tallystick.deals.models import DealRegistration, FormVersion
from tallystick.deals.rules.forms.answering import AnswerProblem, Missing, read_answers
from tallystick.deals.rules.forms.form import Kept, Subject
from tallystick.deals.rules.forms.reading import read_form
from tallystick.deals.services.engagement import NothingChanged
from tallystick.kernel.periods import day_of
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id


class FormPublished(ValueError):
    """Raised for a version of the form that is published already: it never changes."""


class AnswersInvalid(ValueError):
    """What was answered to the form cannot be kept; `problems` says for each field why."""

    def __init__(self, problems: tuple[AnswerProblem, ...]) -> None:
        super().__init__(" ".join(f"{problem.label}: {problem.sentence}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class HeldAnswers:
    """What is kept with a claim, under which version, and what has to be asked afterwards."""

    version_id: int | None
    kept: Mapping[str, Kept]
    to_ask: tuple[AnswerProblem, ...]


def hold_answers(
    subject: Subject, *, partner_type: str, given: Mapping[str, object], missing: Missing, today: date
) -> HeldAnswers:
    """Hold the answers of a claim against the form in force. One query. Raises `AnswersInvalid`.

    Where what is missing is asked afterwards nothing is refused: no claim is lost for an answer.
    """
    now = form_in_force()
    answers = read_answers(now.form.asked(subject, partner_type), given, today=today)
    if answers.problems and missing is Missing.REFUSED:
        raise AnswersInvalid(answers.problems)
    return HeldAnswers(now.version_id, answers.kept, answers.problems)


def complete_answers(registration: DealRegistration, given: Mapping[str, object], *, at: datetime) -> str:
    """Add answers the form needs and had none of to a registration, and say them line by line; the caller saves it.

    What is left empty stays unanswered. Raises `AnswersInvalid` for what no field asks for or cannot be kept.
    """
    zone = ZoneInfo(Workspace.objects.get(pk=registration.workspace_id).time_zone)
    fields = tuple(replace(field, required=False) for field in fields_unanswered(registration))
    found = read_answers(fields, given, today=day_of(at, zone=zone))
    if found.problems:
        raise AnswersInvalid(found.problems)
    registration.answers = {**registration.answers, **found.kept}
    registration.save(update_fields=["answers"])
    return "\n".join(f"{field.label}: {_said(found.kept[field.id])}" for field in fields if field.id in found.kept)


def _said(value: Kept) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case _:
            return value


@transaction.atomic
def save_form_draft(actor: Actor, *, document: str, at: datetime) -> FormVersion:
    """Keep the YAML text of the form as the draft of the next version; a draft that is there already is replaced.

    Raises `FormInvalid` with every problem found.
    """
    form = read_form(document)
    _one_at_a_time()
    draft = form_draft()
    if draft is None:
        last = FormVersion.objects.aggregate(number=Max("number"))["number"]
        draft = FormVersion(workspace_id=current_workspace_id(), number=(last or 0) + 1)
    draft.document = document
    draft.document_hash = form.hash
    draft.save()
    _record(actor, draft, verb="form_drafted", words="was drafted", at=at)
    return draft


@transaction.atomic
def discard_form_draft(actor: Actor, *, at: datetime) -> None:
    """Drop the draft, where there is one: the form in force stays as it is."""
    _one_at_a_time()
    draft = form_draft()
    if draft is not None:
        _record(actor, draft, verb="form_draft_discarded", words="was discarded before it was published", at=at)
        draft.delete()


@transaction.atomic
def publish_form(actor: Actor, *, version_id: int, at: datetime, reason: str = "") -> FormVersion:
    """Publish a draft: it never changes again, and is asked of every claim until a later version is published.

    Raises `FormVersion.DoesNotExist`, `FormPublished` and `NothingChanged`.
    """
    _one_at_a_time()
    version = FormVersion.objects.select_for_update().get(pk=version_id)
    if version.published_at is not None:
        raise FormPublished(f"Version {version.number} of the form is published already.")
    before = published_forms().first()
    if before is not None and before.document_hash == version.document_hash:
        raise NothingChanged(f"The draft says the same as version {before.number}, which is in force.")
    version.published_at = at
    version.published_by_label = actor.label
    version.reason = reason.strip()
    version.save(update_fields=["published_at", "published_by_label", "reason"])
    _record(actor, version, verb="form_published", words="was published", at=at)
    return version


def _record(actor: Actor, version: FormVersion, *, verb: str, words: str, at: datetime) -> None:
    record_activity(
        actor,
        verb=verb,
        subject_kind="form_version",
        subject_id=version.pk,
        summary=f"Version {version.number} of the registration form {words}",
        data={"number": version.number, "hash": version.document_hash, "reason": version.reason},
        at=at,
    )


def _one_at_a_time() -> None:
    """Let one change of the form wait for another, so that numbers have no gap and no draft is lost."""
    Workspace.objects.select_for_update(no_key=True).get(pk=current_workspace_id())
