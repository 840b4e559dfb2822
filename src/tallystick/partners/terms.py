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
from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from tallystick.partners.default_terms import DEFAULT_BODY, DEFAULT_SUMMARY
from tallystick.partners.models import PartnerMembership, PortalTerms, TermsAcceptance
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.models import Person
from tallystick.platform.tenancy import current_workspace_id, vendor_side

DEFAULT_VERSION: Final = 1
TERMS_DUE: Final = 0
"""What a membership holds until its person has agreed to any version."""


class TermsChanged(ValueError):
    """Raised where newer terms were published while somebody read the old ones; they must see the new ones."""

    def __init__(self) -> None:
        super().__init__("These terms have just changed. Read the new ones, please.")


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


def current_terms() -> Terms:
    """Return the terms that hold in the workspace in scope. One query."""
    published = PortalTerms.objects.order_by("-version").first()
    if published is None:
        return Terms(DEFAULT_VERSION, _lines(DEFAULT_SUMMARY), _paragraphs(DEFAULT_BODY))
    return Terms(published.version, _lines(published.summary), _paragraphs(published.body))


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
def publish_terms(actor: Actor, *, summary: str, body: str, at: datetime) -> PortalTerms:
    """Replace the terms of the workspace in scope; whoever agreed to older ones is asked at their next page."""
    terms = PortalTerms.objects.create(
        workspace_id=current_workspace_id(),
        version=current_terms().version + 1,
        summary=summary,
        body=body,
        published_at=at,
    )
    record_activity(
        actor,
        verb="terms_published",
        subject_kind="portal_terms",
        subject_id=terms.pk,
        summary=f"Version {terms.version} of the partner terms was published",
        data={"version": terms.version},
        at=at,
    )
    return terms


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.strip().split("\n\n") if part.strip())
