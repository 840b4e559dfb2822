"""What imported files may hold."""

from __future__ import annotations

from tallystick.cli.reference.markdown import page, table
from tallystick.crm.rules.fields import FIELDS, Field, Kind


def import_fields_page() -> str:
    """Return the page of import fields: one table for each kind of file, in the order in which they are loaded."""
    body: list[str] = []
    for kind in Kind:
        rows = [_row(field) for field in FIELDS[kind]]
        heading = f"## {kind.value.replace('_', ' ').capitalize()} (`{kind.value}`)"
        body += [heading, "", *table(["Field", "Read as", "What it says", "Column names"], rows), ""]
    return page(
        "Import fields",
        introduction=(
            "What a file may hold, kind by kind, in the order in which kinds are loaded. Columns are recognised by the "
            "names in\nthe last column, whatever their case, blanks and underscores; any other by "
            "`--column field=Column` or a saved mapping.\nFields in bold are required."
        ),
        body=body[:-1],
    )


def _row(field: Field) -> list[str]:
    name = f"**`{field.name}`**" if field.required else f"`{field.name}`"
    return [name, field.type.value, field.sentence, ", ".join(field.names)]
