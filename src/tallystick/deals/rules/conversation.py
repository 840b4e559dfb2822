"""The rules of a conversation: when a partner waits for an answer, by when it is due, what can still be taken back.

Specified in docs/explanation/conversations.md. Pure: the messages and the time are given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tallystick.deals.rules.working_hours import WorkingCalendar


@dataclass(frozen=True, slots=True)
class ConversationPolicy:
    """One version of the policy: working hours to an answer, minutes in which a message can be taken back."""

    version: int
    answer_hours: int
    retract_minutes: int
    longest_text: int

    def answer_due(self, asked_at: datetime, *, calendar: WorkingCalendar) -> datetime:
        """Give the instant by which a question has its answer, in working hours of the calendar."""
        return calendar.due(asked_at, timedelta(hours=self.answer_hours))

    def may_retract(self, sent_at: datetime, *, at: datetime) -> bool:
        """Tell whether a message can still be taken back by who wrote it."""
        return at - sent_at <= timedelta(minutes=self.retract_minutes)


DEFAULT_CONVERSATION_POLICY: Final = ConversationPolicy(
    version=1, answer_hours=24, retract_minutes=15, longest_text=5_000
)


@dataclass(frozen=True, slots=True)
class Said:
    """One message both sides can read, as the rule sees it."""

    sent_at: datetime
    by_partner: bool
    asks: bool
    retracted: bool = False


def waiting_since(messages: Iterable[Said], *, settled_at: datetime | None = None) -> datetime | None:
    """Return since when the partner waits for an answer, or nothing where it does not.

    It waits from its first question that came after the vendor's last word, or after somebody settled it without
    one. What was taken back counts for neither side. The order in which messages are given does not matter.
    """
    standing = [said for said in messages if not said.retracted]
    words = [said.sent_at for said in standing if not said.by_partner]
    answered = max([*words, *([settled_at] if settled_at is not None else [])], default=None)
    asked = [
        said.sent_at
        for said in standing
        if said.by_partner and said.asks and (answered is None or said.sent_at > answered)
    ]
    return min(asked, default=None)
