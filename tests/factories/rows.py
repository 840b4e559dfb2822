"""Makes a valid row of any model from what its fields declare, so that no new table can be forgotten.

Where a constraint wants values that go together, the model gets an entry in `_TOGETHER`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.fields import NOT_PROVIDED

from tallystick.deals.models import DealRegistration
from tallystick.partners.models import Partner
from tallystick.platform.tenancy import TenantModel, current_workspace_id

Row = TypeVar("Row", bound=models.Model)

_numbers = itertools.count(1)

_TOGETHER: Mapping[str, Callable[[int], dict[str, object]]] = {
    "deals.Lead": lambda _: {"partner": make_row(apps.get_model("partners", "Partner"))},
    "deals.OwnNextStep": lambda _: {"opportunity": make_row(apps.get_model("crm", "Opportunity"))},
    "deals.Thread": lambda _: {"registration": make_row(DealRegistration)},
    "deals.Collaborator": lambda _: {"registration": make_row(DealRegistration), "side": "vendor"},
    "deals.ConflictClaim": lambda _: {"partner": make_row(Partner)},
    "deals.ConflictRuling": lambda _: {"number": 1},
    "platform.RetentionPeriod": lambda number: {"days": number % 3650 + 1},
    "platform.StoredFile": lambda number: {"sha256": f"{number:064x}"},
    "commissions.ApprovalRun": lambda number: {"given_minor": number, "taken_minor": 0, "total_minor": number},
    "commissions.UnstatedLine": lambda _: {"line": _line_without_its_mark()},
    "commissions.Statement": lambda number: {
        "opening_minor": 100,
        "total_minor": number,
        "closing_minor": 100 + number,
    },
}

_ONE_IS_ENOUGH = frozenset({"programmes.Track"})
"""Related rows that are taken where one exists: a workspace has few of them, and each may be there once."""

_NAMED: Mapping[str, Callable[[int], object]] = {
    "currency": lambda _: "EUR",
    "country": lambda _: "DE",
    "time_zone": lambda _: "Europe/Berlin",
    "month": lambda number: date(2000 + number // 12, number % 12 + 1, 1),
}

_BY_KIND: Mapping[type[models.Field[Any, Any]], Callable[[models.Field[Any, Any], int], object]] = {
    # Narrower kinds first: an e-mail field is a character field, an instant is a date.
    models.EmailField: lambda _, number: f"person{number}@example.test",
    models.CharField: lambda field, number: f"{field.name}-{number}",
    models.TextField: lambda field, number: f"{field.name}-{number}",
    models.DateTimeField: lambda _, number: datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=number),
    models.DateField: lambda _, number: date(2026, 1, 1) + timedelta(days=number),
    models.BooleanField: lambda _, __: False,
    models.SmallIntegerField: lambda _, number: number % 12 + 1,
    models.PositiveSmallIntegerField: lambda _, number: number % 12 + 1,
    models.IntegerField: lambda _, number: number,
    models.DecimalField: lambda _, __: Decimal(1),
    models.JSONField: lambda _, __: {},
    ArrayField: lambda field, number: [
        number if isinstance(getattr(field, "base_field", None), models.IntegerField) else field.name
    ],
    models.BinaryField: lambda _, __: b"\x00",
}


def make_row(model: type[Row], **given: object) -> Row:
    """Insert a row of `model` and return it; what is not given and must be there is made up, related rows too.

    Tenant rows belong to the workspace in scope, and to its partner where one is. Each call makes up new values.
    """
    number = next(_numbers)
    together = _TOGETHER.get(model._meta.label)
    values = {**(together(number) if together else {}), **given}
    for field in model._meta.concrete_fields:
        if field.name in values or field.attname in values or not _must_be_given(field):
            continue
        values[field.attname if field.name == "workspace" else field.name] = _made_up(field, number)
    return model._base_manager.create(**values)


def _line_without_its_mark() -> models.Model:
    """Return a commission line, and take away the mark that a trigger made for it."""
    line = make_row(apps.get_model("commissions", "CommissionLine"))
    apps.get_model("commissions", "UnstatedLine").objects.filter(line=line).delete()
    return line


def _must_be_given(field: models.Field[Any, Any]) -> bool:
    if field.name == "workspace":
        return True
    optional = (
        field.null
        or field.has_default()
        or field.db_default is not NOT_PROVIDED
        or field.primary_key
        or getattr(field, "auto_now_add", False)
        or getattr(field, "auto_now", False)
        or (field.blank and field.empty_strings_allowed)
        or isinstance(field, models.GeneratedField)
    )
    return not optional


def _made_up(field: models.Field[Any, Any], number: int) -> object:
    if field.name == "workspace" and issubclass(field.model, TenantModel):
        return current_workspace_id()
    if isinstance(field, models.ForeignKey):
        existing = (
            field.related_model._base_manager.first() if field.related_model._meta.label in _ONE_IS_ENOUGH else None
        )
        return existing or make_row(field.related_model)
    if field.choices:
        return next(iter(field.flatchoices))[0]
    if field.name in _NAMED:
        return _NAMED[field.name](number)
    for kind, make in _BY_KIND.items():
        if isinstance(field, kind):
            text = make(field, number)
            return text[-(field.max_length or 200) :] if isinstance(text, str) else text
    raise NotImplementedError(f"make_row does not know {type(field).__name__} of {field.model.__name__} yet")
