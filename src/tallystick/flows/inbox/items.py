"""What a thing that waits is: its key, its kind, since when and until when, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tallystick.kernel.money import Money


class ItemKind(TextChoices):
    """What sort of work waits, in the order in which kinds are named."""

    REGISTRATION = "registration", _("Registrations to decide")
    REQUEST = "request", _("Requests of partners")
    LEAD = "lead", _("Leads to answer and to pass on")
    QUESTION = "question", _("Questions of partners")
    MAIL = "mail", _("Mails to settle")
    CONFLICT = "conflict", _("Conflicts to rule")
    APPROVAL = "approval", _("Commissions to approve")
    MONTH = "month", _("Months to prepare or issue")
    BLOCKED = "blocked", _("Blocked commission lines")
    GAP = "gap", _("Attribution gaps")
    PROTECTION = "protection", _("Protections that end")
    SILENCE = "silence", _("Deals without news")
    IMPORT = "import", _("Refused rows")


class ItemAction(StrEnum):
    """What can be decided about an item from its row; everything can be put off and given away besides."""

    APPROVE = "approve"
    DECLINE = "decline"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Page:
    """Where a thing is dealt with: the name of a page of the console, what its address names, and its query."""

    name: str
    argument: str | int | None = None
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """One thing that waits. `key` is the same for as long as it waits; `owner_id` is the colleague it is closest to.

    `due` is when it should be done by, in UTC; None where nothing binds. `reference` is what actions are told.
    """

    key: str
    kind: ItemKind
    title: str
    note: str
    since: datetime
    page: Page
    due: datetime | None = None
    money: Money | None = None
    owner_id: int | None = None
    actions: frozenset[ItemAction] = frozenset()
    reference: str = ""

    def is_late(self, at: datetime) -> bool:
        """Tell whether it should have been done."""
        return self.due is not None and self.due < at

    def urgency(self, at: datetime) -> tuple[int, datetime, str]:
        """Return what items are ordered by: the late first, then those with a clock, then the oldest."""
        if self.due is not None:
            return (0 if self.due < at else 1, self.due, self.key)
        return (2, self.since, self.key)
