"""Records touches: the evidence that a partner did something. A touch is never changed or removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import transaction

from tallystick.attribution.models import Touch
from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services.pending import mark_accounts
from tallystick.crm.models import Opportunity
from tallystick.kernel.canonical import canonical_json
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.tenancy import current_workspace_id

if TYPE_CHECKING:
    from hashlib import _Hash as Hash


class TouchRefused(ValueError):
    """The touch cannot be evidence; the message says why, for the person who recorded it."""


@dataclass(frozen=True, slots=True)
class NewTouch:
    """A touch to be recorded. `source` and `external_id` are its natural key: the same touch told again is one touch.

    Dates are business dates in the workspace's zone. With an opportunity it counts for that one only.
    """

    partner_id: int
    account_id: int
    kind: TouchKind
    happened_on: date
    learned_on: date
    source: str
    external_id: str
    opportunity_id: int | None = None
    proof: str = ""


@transaction.atomic
def record_touch(actor: Actor, *, touch: NewTouch, at: datetime) -> Touch:
    """Record one touch and mark the opportunities of its account to be decided again.

    Told again under its natural key it changes nothing, and the touch that is known is returned. Raises
    `TouchRefused` for a touch from the future, or for an opportunity of another account.
    """
    _check(touch)
    inserted = _insert([touch], recorded_by=actor.label)
    known = Touch.objects.select_related("partner").get(source=touch.source, external_id=touch.external_id)
    if inserted:
        mark_accounts([touch.account_id])
        record_activity(
            actor,
            verb="touch_recorded",
            subject_kind="touch",
            subject_id=known.pk,
            summary=f"{known.get_kind_display()} by {known.partner} on {touch.happened_on.isoformat()} was recorded",
            data={
                "kind": touch.kind.value,
                "account": touch.account_id,
                "opportunity": touch.opportunity_id,
                "happened_on": touch.happened_on.isoformat(),
                "source": touch.source,
                "external_id": touch.external_id,
            },
            partner_id=touch.partner_id,
            at=at,
        )
    return known


@transaction.atomic
def load_touches(actor: Actor, *, touches: Iterable[NewTouch], at: datetime) -> int:
    """Record many touches at once and mark the opportunities of their accounts. Returns how many were new.

    Touches known already are passed over. One activity entry holds the digest of all rows. Raises `TouchRefused`.
    """
    digest = sha256()
    accounts = _insert(_checked(touches, digest), recorded_by=actor.label)
    if accounts:
        mark_accounts(accounts)
        record_activity(
            actor,
            verb="touches_loaded",
            subject_kind="touch",
            subject_id=None,
            summary=f"{len(accounts):,} touches were loaded",
            data={"touches": len(accounts), "sha256": digest.hexdigest()},
            at=at,
        )
    return len(accounts)


def _checked(touches: Iterable[NewTouch], digest: Hash) -> Iterator[NewTouch]:
    for touch in touches:
        _check_dates(touch)
        digest.update(canonical_json([str(value) for value in astuple(touch)]).encode())
        yield touch


def _check(touch: NewTouch) -> None:
    _check_dates(touch)
    if touch.opportunity_id is not None:
        opportunity = Opportunity.objects.get(pk=touch.opportunity_id)
        if opportunity.account_id != touch.account_id:
            raise TouchRefused(f"The opportunity {opportunity.name} belongs to another account than the touch.")


def _check_dates(touch: NewTouch) -> None:
    if touch.happened_on > touch.learned_on:
        raise TouchRefused(
            f"The touch is dated {touch.happened_on.isoformat()}, after the day we learned of it "
            f"({touch.learned_on.isoformat()}). Correct the date."
        )


def _insert(touches: Iterable[NewTouch], *, recorded_by: str) -> list[int]:
    """Insert the touches that are not known yet and return the account of each."""
    workspace_id = current_workspace_id()
    inserted = insert_rows(
        Touch,
        columns=_COLUMNS,
        rows=(
            (
                workspace_id,
                touch.partner_id,
                touch.account_id,
                touch.opportunity_id,
                touch.kind.value,
                touch.happened_on,
                touch.learned_on,
                touch.source,
                touch.external_id,
                touch.proof,
                recorded_by,
            )
            for touch in touches
        ),
        skip_existing=True,
        returning=["account_id"],
    )
    return [account_id for (account_id,) in inserted]


_COLUMNS = (
    "workspace_id",
    "partner_id",
    "account_id",
    "opportunity_id",
    "kind",
    "happened_on",
    "learned_on",
    "source",
    "external_id",
    "proof",
    "recorded_by_label",
)
