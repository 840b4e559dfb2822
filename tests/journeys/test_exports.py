"""Files of lists: they leave while they are read, as who asked for them, and what breaks off says so."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from python_calamine import CalamineWorkbook

from tallystick.crm.models import Opportunity
from tallystick.partners.models import Partner
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import NO_SCOPE, current_scope, scope
from tallystick.web.listing import FileColumn, Kind, csv_response, file_response
from tallystick.web.listing.exports import ROWS_AT_ONCE
from tests.factories.people import browser_of, make_member, make_partner

pytestmark = pytest.mark.django_db

PARTS = 4


def add_deals(workspace: Workspace, number: int) -> None:
    with scope(workspace_id=workspace.pk):
        Opportunity.objects.bulk_create(
            Opportunity(
                workspace=workspace,
                source="test",
                external_id=f"deal-{place}",
                name=f"Deal {place} of {workspace.name}",
                stage="Discovery",
                status="open",
                currency="EUR",
                amount_minor=100_000,
                opened_on=date(2026, 11, 2),
            )
            for place in range(number)
        )


def seen_partners() -> Iterator[list[str]]:
    """Yield, for more rows than leave at once, who is seen and where the reader stands."""
    for _place in range(ROWS_AT_ONCE * 2 + 1):
        names = ", ".join(Partner.objects.order_by("name").values_list("name", flat=True))
        yield [names, timezone.get_current_timezone_name(), translation.get_language()]


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_file_leaves_before_its_last_row_is_read_and_asks_the_same_for_each_part(workspace: Workspace) -> None:
    add_deals(workspace, ROWS_AT_ONCE * PARTS)
    browser = browser_of(make_member(workspace).person)
    browser.get(reverse("console:deals"))

    response = browser.get(f"{reverse('console:deals')}?view=all&format=csv")
    parts = iter(response)
    first = next(parts)
    asked = []
    rest = []
    for _part in range(PARTS - 2):
        assert current_scope() == NO_SCOPE
        with CaptureQueriesContext(connection) as captured:
            rest.append(next(parts))
        asked.append(len(captured))
    rest += parts

    assert response.streaming
    assert "Content-Length" not in response
    assert first.count(b"\r\n") == ROWS_AT_ONCE + 1
    assert len(rows_of(first + b"".join(rest))) == ROWS_AT_ONCE * PARTS + 1
    assert len(set(asked)) == 1


def test_two_files_of_two_workspaces_read_in_turns_hold_their_own_rows(
    workspace: Workspace, other_workspace: Workspace
) -> None:
    streams = []
    for place, owner in enumerate((workspace, other_workspace)):
        add_deals(owner, ROWS_AT_ONCE * 2)
        browser = browser_of(make_member(owner, email=f"anna{place}@umbra.example").person)
        streams.append(iter(browser.get(f"{reverse('console:deals')}?view=all&format=csv")))
    contents = [b"", b""]
    for _part in range(3):
        for place, stream in enumerate(streams):
            contents[place] += next(stream, b"")

    for content, owner in zip(contents, (workspace, other_workspace), strict=True):
        names = [row[1] for row in rows_of(content)[1:]]
        assert len(names) == ROWS_AT_ONCE * 2
        assert all(name.endswith(f"of {owner.name}") for name in names)


def test_a_file_of_a_partner_sees_only_that_partner_to_its_end_in_its_zone_and_language(workspace: Workspace) -> None:
    corvid, zephyr = make_partner(workspace, "Corvid"), make_partner(workspace, "Zephyr")
    streams = []
    for partner, zone in ((corvid, "Asia/Tokyo"), (zephyr, "Europe/Lisbon")):
        with (
            scope(workspace_id=workspace.pk, partner_id=partner.pk),
            timezone.override(ZoneInfo(zone)),
            translation.override("en-gb"),
        ):
            streams.append(iter(csv_response("seen", ["Seen", "Zone", "Language"], seen_partners())))

    in_turns = list(zip(*streams, strict=True))
    contents = [b"".join(parts) for parts in zip(*in_turns, strict=True)]

    assert {tuple(row) for row in rows_of(contents[0])[1:]} == {("Corvid", "Asia/Tokyo", "en-gb")}
    assert {tuple(row) for row in rows_of(contents[1])[1:]} == {("Zephyr", "Europe/Lisbon", "en-gb")}


def test_a_reader_who_goes_away_leaves_no_cursor_open(workspace: Workspace) -> None:
    add_deals(workspace, ROWS_AT_ONCE * 2)
    with scope(workspace_id=workspace.pk):
        names = Opportunity.objects.values_list("name").iterator(ROWS_AT_ONCE)
        response = csv_response("deals", ["Deal"], names)
    next(iter(response))
    assert open_cursors() > 0
    # The end of a request would close the connection that the test itself stands on.
    request_finished.disconnect(close_old_connections)
    try:
        response.close()
    finally:
        request_finished.connect(close_old_connections)
    assert open_cursors() == 0
    assert current_scope() == NO_SCOPE


def open_cursors() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE '_django_curs_%'")
        return int(cursor.fetchone()[0])


def breaking_at(row: int) -> Iterator[list[str]]:
    for place in range(row):
        yield [str(place)]
    raise RuntimeError("the disk is gone")


def test_a_file_that_breaks_off_says_so_in_its_last_line() -> None:
    parts = iter(csv_response("numbers", ["Number"], breaking_at(ROWS_AT_ONCE + 7)))
    sent = b""
    with pytest.raises(RuntimeError, match="the disk is gone"):
        for part in parts:
            sent += part

    assert rows_of(sent)[-1] == ["This file is incomplete: an error stopped it here. Export it again."]


def test_what_fails_in_the_first_rows_is_answered_as_an_error() -> None:
    with pytest.raises(RuntimeError, match="the disk is gone"):
        csv_response("numbers", ["Number"], breaking_at(7))


def test_memory_does_not_grow_with_the_rows() -> None:
    rows = (["Cellvia Diagnostics", f"{place}", "=1+1"] for place in range(30_000))
    tracemalloc.start()
    try:
        total = sum(len(part) for part in csv_response("long", ["Account", "Number", "Text"], rows))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert total > 900_000
    assert peak < 1_000_000


def test_a_workbook_keeps_text_as_text_numbers_as_numbers_and_days_as_days() -> None:
    columns = (FileColumn("Account"), FileColumn("Amount", Kind.AMOUNT), FileColumn("Day", Kind.DAY))
    answer = file_response(
        "deals", "xlsx", columns, [("=1+1", Decimal("-540.25"), date(2026, 11, 2)), ("", None, None)]
    )
    content = b"".join(answer)
    answer.close()

    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows == [["Account", "Amount", "Day"], ["=1+1", -540.25, date(2026, 11, 2)]]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_workbook_that_would_be_too_long_is_refused_with_the_way_out(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.web.listing.serving.SHEET_ROWS", 3)
    add_deals(workspace, 4)
    browser = browser_of(make_member(workspace).person)

    answer = browser.get(f"{reverse('console:deals')}?view=all&format=xlsx", follow=True)

    assert answer.redirect_chain[-1][0] == f"{reverse('console:deals')}?view=all"
    assert "A workbook holds 1,048,575 rows at most" in answer.content.decode()
