"""Tries changed rules of engagement on past claims, before they are published: whose answer would be another.

Each claim's stored facts are held against the rules in force and against the changed ones. Nothing is decided anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from tallystick.deals.models import Assessment, EngagementTrial
from tallystick.deals.rules.engagement.comparing import difference_of
from tallystick.deals.rules.engagement.engagement import Engagement
from tallystick.deals.rules.engagement.reading import read_engagement
from tallystick.deals.services.engagement import ensure_rules
from tallystick.platform.actors import Actor
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

MOST_ROWS: Final = 500
"""How many of the claims whose answer differs a trial keeps to be looked at; the counts are of all."""
CHUNK: Final = 1_000
SMALL: Final = 500
"""So many claims are tried while one waits."""


def start_trial(actor: Actor, *, document: str, at: datetime) -> EngagementTrial:
    """Note that a document is to be tried on every claim made so far. Raises `EngagementInvalid`."""
    engagement = read_engagement(document)
    in_force = ensure_rules(at=at)
    if in_force.version_id is None:
        raise RuntimeError("Rules that claims are compared by are written down first.")
    return EngagementTrial.objects.create(
        workspace_id=current_workspace_id(),
        document=document,
        document_hash=engagement.hash,
        against_id=in_force.version_id,
        started_at=at,
        started_by_label=actor.label,
        claims=Assessment.objects.count(),
    )


def run_trial(*, trial_id: int, at: datetime) -> EngagementTrial:
    """Try a document on every claim, latest first, and keep how far it is after each thousand.

    Run again, it begins anew and comes to the same. Raises `EngagementTrial.DoesNotExist`.
    """
    trial = EngagementTrial.objects.select_related("against").get(pk=trial_id)
    currency = Workspace.objects.get(pk=trial.workspace_id).currency
    before, after = read_engagement(trial.against.document), read_engagement(trial.document)
    counts: Counter[str] = Counter()
    rows: list[Mapping[str, Any]] = []
    trial.tried = 0
    for claims in _chunks():
        for claim in claims:
            row = _row(claim, before=before, after=after, currency=currency)
            if row is not None:
                counts[row["change"]] += 1
                rows.extend([row] if len(rows) < MOST_ROWS else [])
        trial.tried += len(claims)
        _keep(trial, counts, rows)
    trial.finished_at = at
    _keep(trial, counts, rows)
    return trial


def _chunks() -> Iterator[list[Assessment]]:
    """Yield the claims, latest first, so many at a time that their facts never fill the memory."""
    last: int | None = None
    while True:
        claims = Assessment.objects.select_related("registration__partner").order_by("-pk")
        found = list((claims if last is None else claims.filter(pk__lt=last))[:CHUNK])
        if not found:
            return
        yield found
        last = found[-1].pk


def _row(claim: Assessment, *, before: Engagement, after: Engagement, currency: str) -> dict[str, Any] | None:
    found = difference_of(claim.facts, before=before, after=after, currency=currency)
    if found is None:
        return None
    registration = claim.registration
    return {
        "change": found.change.value,
        "reference": registration.reference,
        "company": registration.company,
        "partner": registration.partner.name,
        "submitted_at": registration.submitted_at.isoformat(),
        "state": registration.state,
        "before": {"declined_by": found.before.declined_by, "to_weigh": list(found.before.to_weigh)},
        "after": {"declined_by": found.after.declined_by, "to_weigh": list(found.after.to_weigh)},
    }


@transaction.atomic
def _keep(trial: EngagementTrial, counts: Mapping[str, int], rows: list[Mapping[str, Any]]) -> None:
    trial.counts, trial.rows = dict(counts), list(rows)
    trial.save(update_fields=["tried", "counts", "rows", "finished_at"])
