"""The registration policy: what makes a claim eligible, how long it is protected, when an answer is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tallystick.deals.rules.working_hours import working_hours_later
from tallystick.kernel.canonical import canonical_json, sha256_hex


class Rule(StrEnum):
    """The checks of a registration, in the order in which they are made."""

    FIRST_TO_REGISTER = "first_to_register"
    NEW_TO_US = "new_to_us"
    NO_OPEN_DIRECT_DEAL = "no_open_direct_deal"
    NOT_WORKED_BY_DIRECT = "not_worked_by_direct"
    MINIMUM_VALUE = "minimum_value"
    OPEN_REGISTRATIONS = "open_registrations"


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """One version of the policy. Periods are whole days; `minimum_value` is in whole units of the workspace currency.

    A claim that breaks a rule in `declining` is declined at once; any other broken rule is shown to the person who
    decides.
    """

    version: int
    protection_days: int
    direct_work_days: int
    minimum_value: int
    open_registrations: int
    answer_hours: int
    declining: frozenset[Rule]

    @property
    def reference(self) -> str:
        """Name this version with its digest: registration@1#ab12cd."""
        figures: Mapping[str, object] = {
            "protection_days": self.protection_days,
            "direct_work_days": self.direct_work_days,
            "minimum_value": self.minimum_value,
            "open_registrations": self.open_registrations,
            "answer_hours": self.answer_hours,
            "declining": sorted(self.declining),
        }
        return f"registration@{self.version}#{sha256_hex(canonical_json(figures))[:6]}"

    def protected_until(self, approved_on: date) -> date:
        """Give the last protected day of a registration approved on that day."""
        return approved_on + timedelta(days=self.protection_days)

    def answer_due(self, submitted_at: datetime, *, zone: ZoneInfo) -> datetime:
        """Give the instant by which the partner has an answer: working hours, weekends in the zone left out."""
        return working_hours_later(submitted_at, hours=self.answer_hours, zone=zone)


DEFAULT_REGISTRATION_POLICY = RegistrationPolicy(
    version=1,
    protection_days=90,
    direct_work_days=90,
    minimum_value=5_000,
    open_registrations=25,
    answer_hours=48,
    declining=frozenset({Rule.FIRST_TO_REGISTER}),
)
