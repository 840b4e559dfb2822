"""The rules of engagement: those in force, for either side, and a changed document tried on past claims."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.deals.engagement import RulesInForce, published_versions, rules_in_force
from tallystick.deals.models import EngagementTrial, EngagementVersion, RegistrationState
from tallystick.deals.rules.engagement.comparing import Change
from tallystick.deals.rules.engagement.engagement import Consequence, Family
from tallystick.deals.rules.engagement.reading import default_document, read_engagement
from tallystick.deals.services import SMALL, publish_engagement, run_trial, save_engagement_draft, start_trial
from tallystick.deals.tasks import try_engagement
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.api.access import Whose, caller_of, operation
from tallystick.web.api.operations.written import (
    CheckedTold,
    DocumentGiven,
    DocumentVersionPage,
    DocumentVersionTold,
    Number,
    PublishedGiven,
    WholeVersionTold,
)
from tallystick.web.api.paging import Order, PageAsked, one_by_one, one_page
from tallystick.web.api.problems import ErrorCode
from tallystick.web.api.values import Id, Told
from tallystick.web.engagement import says_of

router = Router(tags=["Rules of engagement"])


class OwnRuleTold(Told):
    """A rule as partners read it."""

    id: Annotated[str, Field(examples=["first_to_register"])]
    label: Annotated[str, Field(examples=["First to register"])]
    says: Annotated[str, Field(examples=["No other registration holds the company."])]
    declines: Annotated[bool, Field(description="A claim that breaks it is declined at once.", examples=[True])]


class RuleTold(OwnRuleTold):
    """A rule as the vendor reads it."""

    family: Family
    broken: Annotated[Consequence, Field(description="What follows for a claim that breaks it.")]
    missing: Annotated[Consequence, Field(description="What follows where a fact is not known.")]


class OwnEngagementTold(Told):
    """The rules in force as partners read them, in the order in which a claim is held against them."""

    reference: Annotated[str, Field(examples=["engagement@3#ab12cd"])]
    published_at: Annotated[datetime | None, Field(description="Null of the rules that ship.")]
    protection_days: Annotated[int, Field(examples=[90])]
    answer_hours: Annotated[int, Field(description="Working hours until a claim is answered.", examples=[48])]
    rules: tuple[OwnRuleTold, ...]
    terms: Annotated[list[str], Field(examples=[["You may dispute a decision for 30 days."]])]

    @classmethod
    def of(cls, known: RulesInForce, *, currency: str) -> Self:
        """Return rules as partners read them; `currency` is the workspace's."""
        return cls(**_values(known, currency=currency))


class EngagementTold(OwnEngagementTold):
    """The rules in force with their document."""

    rules: tuple[RuleTold, ...]
    number: Annotated[int, Field(examples=[3])]
    document: Annotated[str, Field(description="The YAML text.", examples=["title: Rules of engagement\n…"])]

    @classmethod
    def of(cls, known: RulesInForce, *, currency: str) -> Self:
        """Return rules as the vendor reads them; `currency` is the workspace's."""
        version = EngagementVersion.objects.filter(pk=known.version_id or 0).first()
        plain = OwnEngagementTold.of(known, currency=currency)
        rules = tuple(
            RuleTold(**own.model_dump(), family=rule.family, broken=rule.broken, missing=rule.missing)
            for own, rule in zip(plain.rules, known.engagement.rules, strict=True)
        )
        return cls(
            **{name: getattr(plain, name) for name in type(plain).model_fields if name != "rules"},
            rules=rules,
            number=known.number,
            document=version.document if version else default_document(),
        )


class AnswerTold(Told):
    """What a claim is answered by rules: declined by one at once, or held with those a person weighs."""

    declined_by: Annotated[str | None, Field(examples=["minimum_value"])]
    to_weigh: Annotated[list[str], Field(examples=[[]])]


class TrialRowTold(Told):
    """A claim whose answer would be another."""

    change: Change
    reference: Annotated[str, Field(examples=["DR-7KQ2M9"])]
    company: Annotated[str, Field(examples=["Cellvia"])]
    partner: Annotated[str, Field(examples=["Zephyr Informatics"])]
    submitted_at: datetime
    state: RegistrationState
    before: AnswerTold
    after: AnswerTold


class TrialTold(Told):
    """A changed document held against past claims: how far it is, and whose answer it would have changed."""

    id: int
    document_hash: str
    claims: Annotated[int, Field(description="How many claims there are to try.", examples=[412])]
    tried: Annotated[int, Field(examples=[412])]
    finished_at: Annotated[datetime | None, Field(description="Null while it runs: ask again.")]
    counts: Annotated[dict[str, int], Field(description="How many answers differ, by how.")]
    rows: Annotated[list[TrialRowTold], Field(description="The latest claims whose answer differs, 500 at most.")]

    @classmethod
    def of(cls, trial: EngagementTrial) -> Self:
        """Return a trial as it is told."""
        return cls(
            id=trial.pk,
            document_hash=trial.document_hash,
            claims=trial.claims,
            tried=trial.tried,
            finished_at=trial.finished_at,
            counts=trial.counts,
            rows=[TrialRowTold(**row) for row in trial.rows],
        )


@operation(
    router,
    "GET",
    "/engagement",
    EngagementTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_PROGRAMME,
)
def read_engagement_rules(request: HttpRequest) -> EngagementTold:
    """Read the rules of engagement in force, in words and as their document."""
    return EngagementTold.of(rules_in_force(), currency=caller_of(request).workspace.currency)


@operation(
    router,
    "GET",
    "/engagement/versions",
    DocumentVersionPage,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_PROGRAMME,
)
def list_engagement_versions(request: HttpRequest, asked: Query[PageAsked]) -> DocumentVersionPage:  # noqa: ARG001
    """List the published versions of the rules, the latest first."""
    order = Order(("-number",))
    return DocumentVersionPage(**one_page(published_versions(), order, asked, one_by_one(DocumentVersionTold.of)))


@operation(
    router,
    "GET",
    "/engagement/versions/{number}",
    WholeVersionTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_PROGRAMME,
)
def read_engagement_version(request: HttpRequest, number: Number) -> WholeVersionTold:  # noqa: ARG001
    """Read a published version of the rules as its document."""
    return WholeVersionTold.of(published_versions().get(number=number))


@operation(
    router,
    "POST",
    "/engagement/check",
    CheckedTold,
    whose=Whose.WORKSPACE,
    permission=Permission.SEE_PROGRAMME,
    moves_state=False,
    refuses=(ErrorCode.BODY_UNREADABLE, ErrorCode.TOO_LARGE),
)
def check_engagement_rules(request: HttpRequest, given: DocumentGiven) -> CheckedTold:  # noqa: ARG001
    """Check whether a document holds rules to decide by: every mistake with its line, its field and how to mend it."""
    return CheckedTold.of(lambda: read_engagement(given.document).hash)


@operation(
    router,
    "POST",
    "/engagement/versions",
    WholeVersionTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_PROGRAMME,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED, ErrorCode.STATE_CONFLICT),
)
def publish_engagement_rules(request: HttpRequest, given: PublishedGiven) -> WholeVersionTold:
    """Publish rules of engagement: they answer every claim from then on, and the version never changes.

    What stood in the draft is replaced. Rules that say the same as those in force are refused.
    """
    actor, at = caller_of(request).actor(), now()
    draft = save_engagement_draft(actor, document=given.document, at=at)
    return WholeVersionTold.of(publish_engagement(actor, version_id=draft.pk, reason=given.reason, at=at))


@operation(
    router,
    "POST",
    "/engagement/trials",
    TrialTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_PROGRAMME,
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED,),
)
def try_engagement_rules(request: HttpRequest, given: DocumentGiven) -> TrialTold:
    """Try changed rules on every past claim: who would have been answered otherwise. Nothing is decided anew.

    Tried at once where the claims are few, else in the background: ask for the trial again until it is finished.
    """
    trial = start_trial(caller_of(request).actor(), document=given.document, at=now())
    if trial.claims <= SMALL:
        return TrialTold.of(run_trial(trial_id=trial.pk, at=now()))
    try_engagement.defer(workspace_id=trial.workspace_id, trial_id=trial.pk)
    return TrialTold.of(trial)


@operation(
    router,
    "GET",
    "/engagement/trials/{trial_id}",
    TrialTold,
    whose=Whose.WORKSPACE,
    permission=Permission.MANAGE_PROGRAMME,
)
def read_engagement_trial(request: HttpRequest, trial_id: Id) -> TrialTold:  # noqa: ARG001
    """Read how far a trial is, and what it found so far."""
    return TrialTold.of(EngagementTrial.objects.get(pk=trial_id))


@operation(
    router,
    "GET",
    "/own/engagement",
    OwnEngagementTold,
    whose=Whose.PARTNER,
    permission=Permission.SEE_OWN_DEALS,
)
def read_own_engagement_rules(request: HttpRequest) -> OwnEngagementTold:
    """Read the rules that one's claims are held against, in words."""
    return OwnEngagementTold.of(rules_in_force(), currency=caller_of(request).workspace.currency)


def _values(known: RulesInForce, *, currency: str) -> dict[str, object]:
    engagement = known.engagement
    return {
        "reference": known.reference,
        "published_at": known.published_at,
        "protection_days": engagement.protection_days,
        "answer_hours": engagement.answer_hours,
        "rules": tuple(
            OwnRuleTold(
                id=rule.id,
                label=rule.label,
                says=says_of(rule, currency=currency),
                declines=rule.broken is Consequence.DECLINE,
            )
            for rule in engagement.rules
        ),
        "terms": [sentence for section in engagement.sections.values() for sentence in section.sentences()],
    }
