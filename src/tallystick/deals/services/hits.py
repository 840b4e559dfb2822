"""Finds what is known of a company that is claimed, each with why it is taken to be the same. The vendor reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from django.db.models import Q, QuerySet

from tallystick.crm.models import Account, Opportunity, OpportunityStatus
from tallystick.deals.models import Lead, LeadState, Protection
from tallystick.deals.services.matching import NO_ACCOUNT, AccountMatch, MatchReason

MOST: Final = 5
"""Of a kind and reason; who decides needs no more."""
_SAME_ACCOUNT: Final = "same account in the CRM"
_AT_THE_ACCOUNT: Final = "at that account"
_OPEN_LEADS: Final = (LeadState.NEW, LeadState.ACCEPTED, LeadState.QUALIFIED)


class HitKind(StrEnum):
    """What was met."""

    ACCOUNT = "account"
    NAMESAKE = "namesake"
    OPPORTUNITY = "opportunity"
    PROTECTION = "protection"
    LEAD = "lead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something known of the company. `why` says why it is taken to be the same one.

    `owner` is the colleague it belongs to, `partner` the partner; `since` is a day, where one is known.
    """

    kind: HitKind
    why: str
    label: str
    partner_id: int | None = None
    partner: str = ""
    owner: str = ""
    since: date | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the hit as plain JSON values."""
        return {
            "kind": self.kind.value,
            "why": self.why,
            "label": self.label,
            "partner_id": self.partner_id,
            "partner": self.partner,
            "owner": self.owner,
            "since": self.since.isoformat() if self.since else None,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Hit:
        """Read what `as_json` wrote."""
        since = document["since"]
        return cls(
            **{
                **document,
                "kind": HitKind(document["kind"]),
                "since": date.fromisoformat(since) if since else None,
            }
        )


def find_hits(
    *,
    account_key: str,
    match: AccountMatch | None,
    namesakes: Sequence[Account],
    registration_id: int | None = None,
) -> list[Hit]:
    """Return what is known of a company: account, open opportunities, protections, leads. Three queries, always.

    `namesakes` are accounts of which each may be the company; `registration_id` is the claim's own, which is no hit.
    """
    account = match.account if match else None
    found = []
    if account is not None and match is not None:
        found.append(Hit(kind=HitKind.ACCOUNT, why=match.reason.value, label=account.name, owner=account.owner_name))
    found += [
        Hit(kind=HitKind.NAMESAKE, why=MatchReason.NAMESAKE.value, label=each.name, owner=each.owner_name)
        for each in namesakes
    ]
    at = account.pk if account else NO_ACCOUNT
    return [
        *found,
        *_opportunities(at),
        *_protections(account_key, at, registration_id or 0),
        *_leads(account_key, at, registration_id or 0),
    ]


def contact_of(hits: list[Hit], *, otherwise: str) -> str:
    """Return whom to talk to: who has the open opportunity, else the account, else who looks after the partner."""
    for kind in (HitKind.OPPORTUNITY, HitKind.ACCOUNT):
        for hit in hits:
            if hit.kind is kind and hit.owner:
                return hit.owner
    return otherwise


def known_otherwise(hits: list[Hit], *, partner_id: int) -> bool:
    """Tell whether another partner's lead, or its claim under another key, speaks of the company.

    A claim under the same key is told by the rules.
    """
    return any(
        hit.partner_id not in (None, partner_id)
        and (hit.kind is HitKind.LEAD or (hit.kind is HitKind.PROTECTION and hit.why == _SAME_ACCOUNT))
        for hit in hits
    )


def _opportunities(account_id: int) -> Iterator[Hit]:
    rows = Opportunity.objects.filter(account_id=account_id, status=OpportunityStatus.OPEN)
    for row in rows.order_by("opened_on", "pk")[:MOST]:
        yield Hit(
            kind=HitKind.OPPORTUNITY, why=_AT_THE_ACCOUNT, label=row.name, owner=row.owner_name, since=row.opened_on
        )


def _protections(account_key: str, account_id: int, own: int) -> Iterator[Hit]:
    # The key of a protection is that of its registration, where account and key have an index each.
    held = Protection.objects.filter(
        Q(registration__account_key=account_key) | Q(registration__account_id=account_id), released_at__isnull=True
    )
    yield from _of_partners(
        HitKind.PROTECTION,
        account_key,
        held.exclude(registration_id=own)
        .order_by("claimed_at", "registration__reference")
        .values_list("account_key", "registration__reference", "partner_id", "partner__name", "claimed_at"),
    )


def _leads(account_key: str, account_id: int, own: int) -> Iterator[Hit]:
    # A lead of our own is nobody's while it waits, and the one a claim grew from is its own.
    waiting = Lead.objects.filter(
        Q(account_key=account_key) | Q(account_id=account_id), state__in=_OPEN_LEADS, partner__isnull=False
    )
    yield from _of_partners(
        HitKind.LEAD,
        account_key,
        waiting.exclude(registration_id=own)
        .order_by("introduced_at", "reference")
        .values_list("account_key", "reference", "partner_id", "partner__name", "introduced_at"),
    )


def _why(account_key: str) -> str:
    reason = MatchReason.DOMAIN if account_key.startswith("domain:") else MatchReason.NAME_AND_COUNTRY
    return reason.value


def _of_partners(kind: HitKind, account_key: str, found: QuerySet[Any, tuple[Any, ...]]) -> Iterator[Hit]:
    """Yield what is met by the key or at the account, the earliest first. One query."""
    for key, reference, partner_id, partner, since in found[: 2 * MOST]:
        why = _why(account_key) if key == account_key else _SAME_ACCOUNT
        yield Hit(kind=kind, why=why, label=reference, partner_id=partner_id, partner=partner, since=since.date())
