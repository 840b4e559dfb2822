"""Decides the opportunities that wait: a chunk a transaction, so that a kill at any moment loses nothing.

The marks of a chunk are deleted in the transaction that writes its decisions. Killed before the commit, the marks are
still there; killed after, the work is done. A decision that comes out as it was is not written again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from tallystick.attribution.models import Credit, Decision, PendingOpportunity
from tallystick.attribution.rules.decision import Decision as Ruling
from tallystick.attribution.rules.decision import decide
from tallystick.attribution.rules.gaps import find_gaps, gap_record
from tallystick.attribution.rules.record import decision_record
from tallystick.attribution.rules.shares import ShareRole
from tallystick.attribution.rules.versions import PublishedPolicy, policy_in_force
from tallystick.attribution.services.loading import LoadedOpportunity, PartnerDirectory, load_opportunities
from tallystick.attribution.services.policies import ensure_policy
from tallystick.kernel.canonical import canonical_json, sha256_hex
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.crash_points import crash_point
from tallystick.platform.database.bulk import any_of, insert_rows
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import current_workspace_id

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Decided:
    """What one chunk did: marks taken, and the opportunities whose decision changed. No mark taken: nothing waits."""

    taken: int
    changed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A decision ready to be compared and written."""

    opportunity_id: int
    ruling: Ruling
    policy_id: int
    record: str
    gaps: tuple[str, ...]
    content_hash: str


@transaction.atomic
def decide_pending(actor: Actor, *, at: datetime, limit: int = CHUNK) -> Decided:
    """Decide up to `limit` of the opportunities that wait. Several processes may run it at once.

    The caller's transaction is joined, so that what follows from a changed decision is written with it. One activity
    entry holds the digest of all decisions that changed.
    """
    taken = _take_marks(limit)
    if not taken:
        return Decided(0, ())
    crash_point("decide.after_take")
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    versions = ensure_policy(zone=zone, at=at)
    loaded = load_opportunities(sorted(set(taken)), zone=zone, partners=PartnerDirectory())
    outcomes = [_decide(opportunity, versions) for opportunity in loaded]
    changed = _write(outcomes, at=at)
    crash_point("decide.after_write")
    if changed:
        _record(actor, changed, at=at)
    return Decided(len(taken), tuple(changed))


@transaction.atomic
def try_deciding(opportunity_id: int, *, at: datetime) -> None:
    """Decide one opportunity without an entry in the stream, for a caller that takes its transaction back afterwards.

    What would follow from a fact is then seen by the same code as what does.
    """
    zone = ZoneInfo(Workspace.objects.get(pk=current_workspace_id()).time_zone)
    versions = ensure_policy(zone=zone, at=at)
    loaded = load_opportunities([opportunity_id], zone=zone, partners=PartnerDirectory())
    _write([_decide(opportunity, versions) for opportunity in loaded], at=at)


def _take_marks(limit: int) -> list[int]:
    """Delete marks that no other process is working on and return their opportunities.

    The ids are gathered into an array first: a queue's statistics are always stale, and a join planned for an empty
    table would look at every mark once for each mark taken.
    """
    table = PendingOpportunity._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE id = ANY(ARRAY(SELECT id FROM {table} WHERE workspace_id = %s "  # noqa: S608
            "ORDER BY opportunity_id LIMIT %s FOR UPDATE SKIP LOCKED)) RETURNING opportunity_id",
            (current_workspace_id(), limit),
        )
        return [opportunity_id for (opportunity_id,) in cursor.fetchall()]


def _decide(opportunity: LoadedOpportunity, versions: Sequence[PublishedPolicy]) -> _Outcome:
    version = policy_in_force(opportunity.facts, versions)
    direct = opportunity.evidence.direct(version.policy)
    ruling = decide(opportunity.facts, opportunity.touches, direct, version.policy, opportunity.ruling)
    record: dict[str, Any] = decision_record(ruling)
    gaps = find_gaps(ruling, version.policy)
    if gaps:
        record["gaps"] = [gap_record(gap) for gap in gaps]
    text = canonical_json(record)
    return _Outcome(
        opportunity_id=opportunity.id,
        ruling=ruling,
        policy_id=version.id,
        record=text,
        gaps=tuple(gap.kind.value for gap in gaps),
        content_hash=sha256_hex(f"{version.reference}\n{text}"),
    )


def _write(outcomes: Sequence[_Outcome], *, at: datetime) -> dict[int, _Outcome]:
    """Write a new version of each decision that came out differently and return those, by opportunity."""
    ids = [outcome.opportunity_id for outcome in outcomes]
    current = {
        opportunity_id: (version, content_hash)
        for opportunity_id, version, content_hash in Decision.objects.filter(
            opportunity_id__in=any_of(ids), is_current=True
        ).values_list("opportunity_id", "version", "content_hash")
    }
    changed = {
        outcome.opportunity_id: outcome
        for outcome in outcomes
        if current.get(outcome.opportunity_id, (0, ""))[1] != outcome.content_hash
    }
    replaced = [opportunity_id for opportunity_id in changed if opportunity_id in current]
    if replaced:
        Decision.objects.filter(opportunity_id__in=any_of(replaced), is_current=True).update(is_current=False)
        Credit.objects.filter(opportunity_id__in=any_of(replaced), is_current=True).update(is_current=False)
    if changed:
        versions = {opportunity_id: current.get(opportunity_id, (0, ""))[0] + 1 for opportunity_id in changed}
        _insert_credits(changed, _insert_decisions(changed, versions, at=at))
    return changed


def _record(actor: Actor, changed: dict[int, _Outcome], *, at: datetime) -> None:
    digest = sha256_hex("\n".join(changed[opportunity_id].content_hash for opportunity_id in sorted(changed)))
    classes = Counter(outcome.ruling.attribution_class.value for outcome in changed.values())
    record_activity(
        actor,
        verb="opportunities_decided",
        subject_kind="opportunity",
        subject_id=None,
        summary=f"Attribution of {len(changed):,} opportunities was decided",
        data={"opportunities": len(changed), "sha256": digest, **classes},
        at=at,
    )


def _insert_decisions(changed: dict[int, _Outcome], versions: dict[int, int], *, at: datetime) -> list[tuple[int, int]]:
    workspace_id = current_workspace_id()
    inserted = insert_rows(
        Decision,
        columns=(
            "workspace_id",
            "opportunity_id",
            "version",
            "is_current",
            "credit_class",
            "policy_id",
            "content_hash",
            "record",
            "gaps",
            "decided_at",
        ),
        rows=(
            (
                workspace_id,
                opportunity_id,
                versions[opportunity_id],
                True,
                outcome.ruling.attribution_class.value,
                outcome.policy_id,
                outcome.content_hash,
                outcome.record,
                list(outcome.gaps),
                at,
            )
            for opportunity_id, outcome in changed.items()
        ),
        returning=("id", "opportunity_id"),
    )
    return [(decision_id, opportunity_id) for decision_id, opportunity_id in inserted]


def _insert_credits(changed: dict[int, _Outcome], decisions: Sequence[tuple[int, int]]) -> None:
    """Write a credit for every partner that brought or helped, also where the shares model pays it nothing."""
    workspace_id = current_workspace_id()
    rows = []
    for decision_id, opportunity_id in decisions:
        ruling = changed[opportunity_id].ruling
        parts = {share.partner_id: share.ppm for share in ruling.shares}
        for partner_id in sorted(ruling.credited):
            role = ShareRole.SOURCE if partner_id == ruling.source_partner_id else ShareRole.INFLUENCE
            rows.append(
                (workspace_id, decision_id, opportunity_id, partner_id, role.value, parts.get(partner_id, 0), True)
            )
    if rows:
        insert_rows(
            Credit,
            columns=(
                "workspace_id",
                "decision_id",
                "opportunity_id",
                "partner_id",
                "role",
                "share_ppm",
                "is_current",
            ),
            rows=rows,
        )
