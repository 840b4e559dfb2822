"""The list of imports; each has a page of its own in `import_result`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.crm.models import FactKind, Import, ImportState
from tallystick.crm.queries.imports import latest_imports
from tallystick.platform.access import Permission
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import FRAME
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, choices_of
from tallystick.web.listing.cells import Row, link, state, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column
from tallystick.web.words import Tag, day_near


@console(Permission.IMPORT_FACTS)
@require_safe
def imports(request: HttpRequest) -> HttpResponseBase:
    """List the imports, latest first."""
    listed = ImportList(current_viewer(request), request.GET)
    return answer_list(request, FRAME, listed, "console/imports/imports.html", {})


class ImportList(RowList[Import]):
    """The files brought in, with what became of their rows."""

    name = "imports"
    page = "console:imports"
    permission = Permission.IMPORT_FACTS
    without: ClassVar[Mapping[Part, str]] = {
        Part.GROUPS: "Imports stand in the order in which they came: a later one builds upon those before.",
        Part.BULK: "An import is undone alone, with the numbers of what that takes back.",
        Part.EDITING: "What a file held is what it held.",
    }
    file_columns = (
        FileColumn("File"),
        FileColumn("Source"),
        FileColumn("Holds"),
        FileColumn("Read", Kind.COUNT),
        FileColumn("Added", Kind.COUNT),
        FileColumn("Changed", Kind.COUNT),
        FileColumn("Refused", Kind.COUNT),
        FileColumn("State"),
        FileColumn("Loaded at", Kind.MOMENT),
        FileColumn("By"),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the imports."""
        return Listing(
            things=_("imports"),
            columns=(
                Column(key="file", label=_("File"), kind="one-line", fixed=True),
                Column(key="kind", label=_("Holds"), kind="one-line"),
                Column(key="read", label=_("Read"), kind="number", sort="read"),
                Column(key="added", label=_("Added"), kind="number"),
                Column(key="changed", label=_("Changed"), kind="number"),
                Column(key="refused", label=_("Refused"), kind="number", sort="refused"),
                Column(key="state", label=_("State")),
                Column(key="loaded", label=_("Loaded"), kind="date", sort="loaded"),
                Column(key="by", label=_("By"), kind="one-line"),
            ),
            default_sort="-loaded",
            search_label=_("File name"),
            filters=(
                Filter(name="kind", label=_("Holds"), options=choices_of(FactKind.choices)),
                Filter(name="state", label=_("State"), options=choices_of(ImportState.choices)),
            ),
        )

    def find(self) -> QuerySet[Import]:
        """Return the imports asked for, in order."""
        asked, found = self.asked, latest_imports()
        if kind := asked.get("kind"):
            found = found.filter(kind=kind)
        if wanted := asked.get("state"):
            found = found.filter(state=wanted)
        if asked.search:
            found = found.filter(file_name__icontains=asked.search)
        column = {"loaded": "started_at", "read": "rows_read", "refused": "rows_refused"}[asked.sort.removeprefix("-")]
        turned = "-" if asked.sort.startswith("-") else ""
        return found.order_by(f"{turned}{column}", f"{turned}pk")

    def rows(self, found: Sequence[Import]) -> list[Row]:
        """Return imports as the list shows them."""
        return [
            Row(
                key=str(batch.pk),
                label=batch.file_name,
                cells={
                    "file": link(batch.file_name, reverse("console:import", args=[batch.pk]), batch.source),
                    "kind": text(batch.get_kind_display()),
                    "read": text(formats.number(batch.rows_read)),
                    "added": text(formats.number(batch.rows_added)),
                    "changed": text(formats.number(batch.rows_changed)),
                    "refused": text(formats.number(batch.rows_refused)),
                    "state": state(import_tag(batch)),
                    "loaded": text(day_near(batch.started_at.date(), self.on)),
                    "by": text(batch.started_by_label),
                },
            )
            for batch in found
        ]

    def keys(self, found: Iterable[Import]) -> list[str]:
        """Return the ids of imports."""
        return [str(batch.pk) for batch in found]

    def file_rows(self, found: Iterable[Import]) -> Iterable[Sequence[Value]]:
        """Return imports as rows of a file."""
        return (
            (
                batch.file_name,
                batch.source,
                batch.get_kind_display(),
                batch.rows_read,
                batch.rows_added,
                batch.rows_changed,
                batch.rows_refused,
                import_tag(batch).words,
                batch.started_at,
                batch.started_by_label,
            )
            for batch in found
        )


def import_tag(batch: Import) -> Tag:
    """Say where an import stands."""
    match ImportState(batch.state):
        case ImportState.RUNNING:
            return Tag(_("Running"), "accent")
        case ImportState.DONE if batch.rows_refused:
            return Tag(_("Done, rows refused"), "warn")
        case ImportState.DONE:
            return Tag(_("Done"), "good")
        case ImportState.FAILED:
            return Tag(_("Failed"), "bad")
        case ImportState.UNDONE:
            return Tag(_("Undone"))
