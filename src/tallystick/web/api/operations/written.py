"""Documents in YAML that a workspace publishes in versions, as programs send, check and read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from tallystick.deals.models import EngagementVersion, FormVersion
from tallystick.deals.rules.engagement.reading import EngagementInvalid
from tallystick.deals.rules.forms.reading import FormInvalid
from tallystick.programmes.rules.problems import DocumentProblem
from tallystick.web.api.paging import Page
from tallystick.web.api.values import Given, Told, words

MOST_CHARACTERS = 200_000


Number = Annotated[int, Field(ge=1, le=2**31 - 1, examples=[3])]
"""Which version."""


class DocumentGiven(Given):
    """A document, as YAML."""

    document: Annotated[
        str, words(MOST_CHARACTERS, least=1), Field(examples=["title: Rules of engagement\nprotection_days: 60\n…"])
    ]


class PublishedGiven(DocumentGiven):
    """A document to publish as the next version."""

    reason: Annotated[
        str,
        words(300),
        Field(description="Why it changes; stands in the record.", examples=["As agreed at the partner day."]),
    ] = ""


class MistakeTold(Told):
    """What is wrong with a document, where, and how to mend it."""

    line: int
    field: Annotated[str, Field(examples=["rules.2.says"])]
    problem: Annotated[str, Field(examples=["A rule needs words that partners read."])]
    mend: Annotated[str, Field(examples=["Write `says: …`."])]

    @classmethod
    def of(cls, problem: DocumentProblem) -> Self:
        """Return a mistake as it is told."""
        return cls(line=problem.line, field=problem.field, problem=problem.message, mend=problem.mend)


class CheckedTold(Told):
    """Whether a document can be published, and everything that is wrong with it."""

    can_be_published: bool
    document_hash: Annotated[str | None, Field(description="SHA-256 of what it says; null where it cannot be read.")]
    problems: list[MistakeTold]

    @classmethod
    def of(cls, read: Callable[[], str]) -> Self:
        """Return what `read` finds: the hash of a document, or its mistakes."""
        try:
            digest = read()
        except (EngagementInvalid, FormInvalid) as invalid:
            return cls(can_be_published=False, document_hash=None, problems=mistakes(invalid.problems))
        return cls(can_be_published=True, document_hash=digest, problems=[])


class DocumentVersionTold(Told):
    """A version of a document that was published; it never changes."""

    number: Annotated[int, Field(examples=[3])]
    document_hash: str
    reason: str
    published_at: datetime | None
    published_by: Annotated[str, Field(examples=["Berit Holm"])]

    @classmethod
    def of(cls, version: EngagementVersion | FormVersion) -> Self:
        """Return a version without its text."""
        return cls(
            number=version.number,
            document_hash=version.document_hash,
            reason=version.reason,
            published_at=version.published_at,
            published_by=version.published_by_label,
        )


class WholeVersionTold(DocumentVersionTold):
    """A version of a document with its text."""

    document: Annotated[str, Field(description="The YAML text.", examples=["title: Rules of engagement\n…"])]

    @classmethod
    def of(cls, version: EngagementVersion | FormVersion) -> Self:
        """Return a version with its text."""
        return cls(**DocumentVersionTold.of(version).model_dump(), document=version.document)


class DocumentVersionPage(Page[DocumentVersionTold]):
    """Versions of a document, a page at a time."""


def mistakes(problems: Sequence[DocumentProblem]) -> list[MistakeTold]:
    """Return mistakes in the order of the text."""
    return [MistakeTold.of(problem) for problem in problems]
