"""Takes up rulings: what a person decided of claims that stood against each other is a fact like a touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tallystick.attribution.models import Ruling, Touch, TouchRuling
from tallystick.attribution.rules.shares import WHOLE_PPM
from tallystick.attribution.services.deciding import try_deciding
from tallystick.attribution.services.pending import mark_accounts, mark_opportunities
from tallystick.kernel.canonical import canonical_json
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.tenancy import current_workspace_id


class RulingRefused(ValueError):
    """The ruling cannot decide an opportunity; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRuling:
    """A ruling to be taken up. `source` and `external_id` are its natural key: told again it is one ruling.

    `claimants` are the partners it binds; `parts` what each has of the whole in parts per million, the source first.
    """

    opportunity_id: int
    source: str
    external_id: str
    claimants: Sequence[int]
    parts: Sequence[tuple[int, int]]
    rule: str
    rules_reference: str
    ruled_at: datetime
    ruled_by: str


@transaction.atomic
def record_ruling(actor: Actor, *, ruling: NewRuling, at: datetime) -> bool:
    """Take up a ruling and mark its opportunity to be decided again. False where it is known already.

    Raises `RulingRefused` for parts that do not sum to one, or that name somebody who claimed nothing.
    """
    _check(ruling)
    inserted = insert_rows(Ruling, columns=_COLUMNS, rows=[_row(ruling)], skip_existing=True, returning=["id"])
    for (ruling_id,) in inserted:
        mark_opportunities([ruling.opportunity_id])
        record_activity(
            actor,
            verb="ruling_recorded",
            subject_kind="opportunity",
            subject_id=ruling.opportunity_id,
            summary=f"The ruling {ruling.external_id} decides an opportunity",
            data={
                "ruling": ruling_id,
                "key": ruling.external_id,
                "rule": ruling.rule,
                "rules": ruling.rules_reference,
                "parts": [list(part) for part in ruling.parts],
            },
            at=at,
        )
    return bool(inserted)


@transaction.atomic
def rule_on_touches(
    actor: Actor, *, touches: Sequence[Touch], stands: bool, source: str, external_id: str, ruled_at: datetime
) -> None:
    """Take up that a ruling takes touches away as evidence, or gives them back; their opportunities are decided again.

    `source` and `external_id` are the ruling's natural key: told again it changes nothing. Nothing is written for one
    that gives back what nobody took.
    """
    for touch in touches:
        before = TouchRuling.objects.filter(touch=touch)
        if before.filter(source=source, external_id=external_id).exists() or (stands and not before.exists()):
            continue
        TouchRuling.objects.create(
            workspace_id=touch.workspace_id,
            touch=touch,
            source=source,
            external_id=external_id,
            stands=stands,
            ruled_at=ruled_at,
        )
        mark_accounts([touch.account_id])
        record_activity(
            actor,
            verb="ruling_recorded",
            subject_kind="touch",
            subject_id=touch.pk,
            summary=f"By the ruling {external_id} a touch {'is evidence again' if stands else 'is evidence no more'}",
            data={"key": external_id, "touch": touch.external_id, "stands": stands},
            at=ruled_at,
        )


@transaction.atomic
def try_ruling(ruling: NewRuling, *, at: datetime) -> None:
    """Decide an opportunity as the ruling would, for a caller that takes its transaction back afterwards."""
    _check(ruling)
    insert_rows(Ruling, columns=_COLUMNS, rows=[_row(ruling)], skip_existing=True, returning=["id"])
    try_deciding(ruling.opportunity_id, at=at)


def _check(ruling: NewRuling) -> None:
    if ruling.parts and sum(ppm for _, ppm in ruling.parts) != WHOLE_PPM:
        raise RulingRefused("The parts of a ruling sum to exactly one.")
    if not {partner for partner, _ in ruling.parts} <= set(ruling.claimants):
        raise RulingRefused("A ruling gives parts to those who claimed.")


def _row(ruling: NewRuling) -> tuple[object, ...]:
    return (
        current_workspace_id(),
        ruling.opportunity_id,
        ruling.source,
        ruling.external_id,
        sorted(ruling.claimants),
        canonical_json([list(part) for part in ruling.parts]),
        ruling.rule,
        ruling.rules_reference,
        ruling.ruled_at,
        ruling.ruled_by,
    )


_COLUMNS = (
    "workspace_id",
    "opportunity_id",
    "source",
    "external_id",
    "claimants",
    "parts",
    "rule",
    "rules_reference",
    "ruled_at",
    "ruled_by_label",
)
