"""What holds for every table and every migration."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

OWN_MODELS = [model for model in apps.get_models() if model.__module__.startswith("tallystick.")]


def test_the_migrations_make_exactly_the_tables_that_the_models_declare(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_no_column_holds_a_float() -> None:
    columns = [
        f"{model._meta.label}.{field.name}"
        for model in OWN_MODELS
        for field in model._meta.concrete_fields
        if isinstance(field, models.FloatField)
    ]
    assert columns == []


def test_amounts_are_whole_minor_units_beside_their_currency() -> None:
    amounts = {
        model: [field for field in model._meta.concrete_fields if field.name.endswith("_minor")] for model in OWN_MODELS
    }
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model, fields in amounts.items()
        for field in fields
        if not isinstance(field, models.BigIntegerField)
    ]
    assert wrong == []


@pytest.mark.parametrize("model", [pytest.param(model, id=model._meta.label) for model in OWN_MODELS])
def test_primary_keys_are_big_integers_and_constraints_have_names_of_their_own(model: type[models.Model]) -> None:
    assert isinstance(model._meta.pk, models.BigAutoField)
    assert model.__doc__ is not None
    assert not model.__doc__.startswith(f"{model.__name__}(")
