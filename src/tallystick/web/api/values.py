"""The values that operations take and give: ids, texts, money, days; what comes in is refused where it is not known."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money

LARGEST_ID: Final = 2**63 - 1
LARGEST_AMOUNT: Final = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly."""

_NO_NUL: Final = r"^[^\x00]*$"

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(examples=["EUR"])]


def words(most: int, *, least: int = 0) -> StringConstraints:
    """Return what a text of so many characters must keep to; PostgreSQL keeps no NUL."""
    return StringConstraints(min_length=least, max_length=most, pattern=_NO_NUL)


def whole(value: Any) -> Any:
    """Return a number that is whole, however JSON writes it, as the integer it is: 6000000.0 is 6000000."""
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


def in_utc(instant: datetime) -> datetime:
    """Return an instant in UTC, whatever its offset; before the first year, or after the last, it is its edge."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return datetime(1, 1, 1, tzinfo=UTC) if instant.year == 1 else datetime(9999, 12, 31, tzinfo=UTC)


Instant = Annotated[AwareDatetime, AfterValidator(in_utc)]
"""A moment with its offset; PostgreSQL takes none of sixteen hours or more."""
Reference = Annotated[str, words(20, least=1)]
_ADDRESS: Final = r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+"
EmailOrNone = Annotated[str, StringConstraints(max_length=254, pattern=rf"^({_ADDRESS})?$")]
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=rf"^{_ADDRESS}$"),
    Field(examples=["zoe@zephyr.example"]),
]


class Given(BaseModel):
    """Base of what a program sends: an unknown field is refused, so that a misspelt one is not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """Base of what the API answers: a list of its own of what may be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MoneyGiven(Given):
    """An amount, in whole minor units of its currency: 6000000 of EUR is 60,000.00 EUR."""

    minor: Annotated[int, Field(ge=1, le=LARGEST_AMOUNT, strict=True, examples=[6_000_000]), BeforeValidator(whole)]
    currency: CurrencyCode


class MoneyTold(Told):
    """An amount, in whole minor units and as a decimal number in text; never a float."""

    minor: Annotated[int, Field(examples=[6_000_000])]
    currency: Annotated[str, Field(examples=["EUR"])]
    amount: Annotated[str, Field(examples=["60000.00"])]

    @classmethod
    def of(cls, minor: int, currency: str) -> Self:
        """Return an amount of the tables as it is told."""
        return cls(minor=minor, currency=currency, amount=f"{Money(minor, currency).amount:f}")

    @classmethod
    def maybe(cls, minor: int | None, currency: str) -> Self | None:
        """Return an amount where there is one."""
        return None if minor is None else cls.of(minor, currency)


class StepTold(Told):
    """One rule that was looked at, what it said, and the facts it said it from."""

    rule: str
    label: str = ""
    outcome: str
    sentence: str
    facts: dict[str, str | int | bool | None]


class ExplanationTold(Told):
    """Why a decision came out as it did, step by step, under which policy."""

    subject: str
    policy: str
    conclusion: str
    steps: list[StepTold]

    @classmethod
    def of(cls, explanation: Explanation) -> Self:
        """Return an explanation as it is told."""
        return cls(
            subject=explanation.subject,
            policy=explanation.policy,
            conclusion=explanation.conclusion,
            steps=[StepTold(**step.as_json()) for step in explanation.steps],
        )
