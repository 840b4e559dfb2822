"""Loads small files in tests, and tells what the workspace holds afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tallystick.crm.models import Fact, ImportChange, ImportRefusal
from tallystick.crm.services.fact_models import FACT_MODELS
from tallystick.crm.services.loading import ImportResult, run_import
from tallystick.crm.services.reading import FileRequest
from tallystick.platform.actors import Actor

ACTOR = Actor.command("import")
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
_BOOKKEEPING = {"id", "workspace_id", "learned_at", "added_by_import_id", "changed_by_import_id"}


def load(folder: Path, name: str, text: str, **said: Any) -> ImportResult:
    """Write `text` to a file of that name and load it."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return run_import(ACTOR, request=FileRequest(path, **said), at=AT)


def figures(result: ImportResult) -> tuple[int, int, int, int, int]:
    """Return added, changed, unchanged, duplicate and refused rows."""
    return result.added, result.changed, result.unchanged, result.duplicate, result.refused


def refusals(result: ImportResult) -> list[tuple[int, str, str]]:
    """Return line, column and reason of the refused rows in the order of the file."""
    rows = ImportRefusal.objects.filter(batch_id=result.import_id).order_by("line", "pk")
    return [(row.line, row.column, row.reason) for row in rows]


def facts() -> dict[str, list[dict[str, Any]]]:
    """Return every fact of the workspace without ids and bookkeeping; references by the key of what they lead to."""
    return {kind: _rows(model) for kind, model in FACT_MODELS.items()}


def _rows(model: type[Fact]) -> list[dict[str, Any]]:
    columns = [column for column in model._meta.concrete_fields if column.column not in _BOOKKEEPING]
    names = [f"{column.name}__external_id" if column.is_relation else column.name for column in columns]
    return list(model.objects.order_by("source", "external_id").values(*names))


def kept_changes() -> int:
    """Return how many before-images are kept."""
    return ImportChange.objects.count()
