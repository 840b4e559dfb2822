"""The terms of the partner portal: which hold, who agreed to them, and how they are replaced.

Until a workspace publishes its own, the text in `default_terms` holds as version 1. It is not translated: what somebody
agreed to is one text, kept by its hash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.db import transaction
from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from tallystick.partners.default_terms import DEFAULT_BODY, DEFAULT_SUMMARY
from tallystick.partners.models import GONE, PartnerMembership, PortalTerms, TermsAcceptance
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Person, Workspace
from tallystick.platform.tenancy import current_workspace_id, vendor_side

DEFAULT_VERSION: Final = 1
SUMMARY_LINES: Final = 5
TERMS_DUE: Final = 0
"""What a membership holds until its person has agreed to any version."""


class TermsChanged(ValueError):
    """Raised where newer terms were published while somebody read the old ones; they must see the new ones."""

    def __init__(self) -> None:
        super().__init__("These terms have just changed. Read the new ones, please.")


class SameTerms(ValueError):
    """Raised where the text to publish is the one that holds: nobody should be asked to agree to it again."""

    def __init__(self) -> None:
        super().__init__("This is the text that holds already. Change it before you publish it.")


@dataclass(frozen=True, slots=True)
class Terms:
    """One version: the lines of its summary and the paragraphs of its text."""

    version: int
    summary: tuple[str, ...]
    paragraphs: tuple[str, ...]

    @property
    def hash(self) -> str:
        """Return SHA-256 (hex) of the text, lines and paragraphs each on a line of their own."""
        return sha256("\n".join((*self.summary, "", *self.paragraphs)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """One version with its author and how many agreed to it; the one that ships has neither author nor time."""

    terms: Terms
    published_at: datetime | None
    published_by: str
    agreed: int

    @property
    def version(self) -> int:
        """Return the number of the version."""
        return self.terms.version


def terms_of(version: int, *, summary: str, body: str) -> Terms:
    """Return a text as partners read it: a line each, paragraphs parted by empty lines."""
    return Terms(version, _lines(summary), _paragraphs(body))


def terms_text(terms: Terms) -> dict[str, str]:
    """Return terms as the text somebody would edit."""
    return {"summary": "\n".join(terms.summary), "body": "\n\n".join(terms.paragraphs)}


def current_terms() -> Terms:
    """Return the terms that hold in the workspace in scope. One query."""
    published = PortalTerms.objects.order_by("-version").first()
    if published is None:
        return terms_of(DEFAULT_VERSION, summary=DEFAULT_SUMMARY, body=DEFAULT_BODY)
    return terms_of(published.version, summary=published.summary, body=published.body)


def terms_versions() -> list[TermsVersion]:
    """Return every version of the workspace in scope, the one that holds first; the one that ships is the last."""
    counted = TermsAcceptance.objects.order_by().values_list("version").annotate(people=Count("pk"))
    agreed = dict(counted)
    published = [
        TermsVersion(
            terms_of(row.version, summary=row.summary, body=row.body),
            row.published_at,
            row.published_by_label,
            agreed.get(row.version, 0),
        )
        for row in PortalTerms.objects.order_by("-version")
    ]
    shipped = terms_of(DEFAULT_VERSION, summary=DEFAULT_SUMMARY, body=DEFAULT_BODY)
    return [*published, TermsVersion(shipped, None, "", agreed.get(DEFAULT_VERSION, 0))]


def acceptances_of(version: int) -> QuerySet[TermsAcceptance]:
    """Return who agreed to a version, the latest first."""
    found = TermsAcceptance.objects.filter(version=version).select_related("partner", "person")
    return found.order_by("-accepted_at", "-pk")


def people_still_to_agree() -> QuerySet[PartnerMembership]:
    """Return the partners' people who come in and have not agreed to the version that holds, by partner and name."""
    found = PartnerMembership.objects.filter(accepted_at__isnull=False).exclude(partner__lifecycle__in=GONE)
    due = found.annotate(agreed_to=agreed_version()).filter(agreed_to__lt=current_terms().version)
    return due.select_related("partner", "person").order_by("partner__name", "person__name", "pk")


def agreed_version() -> Coalesce:
    """Return the version a membership counts as having agreed to; who was let in without being asked, to the first."""
    return Coalesce("terms_version", Value(DEFAULT_VERSION))


def newest_terms_version() -> Coalesce:
    """Return the version that holds in the workspace in scope, as an expression for a query."""
    newest = PortalTerms.objects.order_by("-version").values("version")[:1]
    return Coalesce(Subquery(newest), Value(DEFAULT_VERSION))


@transaction.atomic
def accept_terms(actor: Actor, *, partner_id: int, person: Person, version: int, at: datetime) -> TermsAcceptance:
    """Keep that somebody of a partner agreed to the terms that hold, once; runs in the partner's scope.

    Raises `TermsChanged` where `version`, which they read, is no longer the newest.
    """
    terms = current_terms()
    if terms.version != version:
        raise TermsChanged
    acceptance, is_new = TermsAcceptance.objects.get_or_create(
        workspace_id=current_workspace_id(),
        partner_id=partner_id,
        person=person,
        version=version,
        defaults={"text_hash": terms.hash, "accepted_at": at},
    )
    with vendor_side():
        PartnerMembership.objects.filter(partner_id=partner_id, person=person).update(terms_version=version)
    if is_new:
        record_activity(
            actor,
            verb="terms_accepted",
            subject_kind="partner",
            subject_id=partner_id,
            partner_id=partner_id,
            summary=f"{person} accepted version {version} of the partner terms",
            data={"person": person.pk, "version": version, "text_hash": terms.hash},
            at=at,
        )
    return acceptance


@transaction.atomic
def publish_terms(actor: Actor, *, summary: str, body: str, at: datetime, after: int | None = None) -> PortalTerms:
    """Replace the terms of the workspace in scope; whoever agreed to older ones is asked at their next page.

    Raises `TermsChanged` where `after`, which the author began with, is no longer the newest, and `SameTerms`.
    """
    # One at a time: two that publish at once would write the same number.
    Workspace.objects.select_for_update().get(pk=current_workspace_id())
    before = current_terms()
    if after is not None and before.version != after:
        raise TermsChanged
    written = terms_of(before.version + 1, summary=summary, body=body)
    if written.hash == before.hash:
        raise SameTerms
    terms = PortalTerms.objects.create(
        workspace_id=current_workspace_id(),
        version=written.version,
        summary=summary,
        body=body,
        published_at=at,
        published_by_label=actor.label,
    )
    record_activity(
        actor,
        verb="terms_published",
        subject_kind="portal_terms",
        subject_id=terms.pk,
        summary=f"Version {terms.version} of the partner terms was published",
        data={"version": terms.version, "text_hash": written.hash},
        at=at,
    )
    return terms


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.strip().split("\n\n") if part.strip())
