"""What a file would bring is counted by loading it and taking everything back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from tallystick.crm.models import Account, Import, ImportRefusal, Opportunity
from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.previewing import AmountRead, preview_rows
from tallystick.crm.rules.staging import Context, Remarks
from tallystick.crm.services.reading import FileRequest, plan_file
from tallystick.crm.services.trial import try_import
from tallystick.platform.models import ActivityEntry
from tallystick.platform.tenancy import Scope
from tests.integration.crm.loading import ACTOR, AT, load

DEALS = (
    "Opportunity ID,Opportunity Name,Account Name,Stage,Amount,Close Date,Partner\n"
    "006A,Acme 2026,ACME,Closed Won,12000.50,2026-02-10,Corvid\n"
    "006B,Bolt pilot,Bolt,Negotiation,12.345,2026-09-30,\n"
)


def written(folder: Path, text: str = DEALS) -> FileRequest:
    path = folder / "deals.csv"
    path.write_text(text, encoding="utf-8")
    return FileRequest(path, Kind.OPPORTUNITIES, "salesforce")


def test_a_trial_counts_what_a_load_would_bring_and_leaves_nothing_behind(vendor: Scope, tmp_path: Path) -> None:
    entries = ActivityEntry.objects.count()
    trial = try_import(ACTOR, request=written(tmp_path), at=AT)

    assert (trial.rows_read, trial.added, trial.changed, trial.refused) == (2, 1, 0, 1)
    assert [(row.line, row.column, row.value) for row in trial.refused_rows] == [(3, "Amount", "12.345")]
    assert not Opportunity.objects.exists()
    assert not Import.objects.exists()
    assert not ImportRefusal.objects.exists()
    assert ActivityEntry.objects.count() == entries


def test_a_trial_tells_changed_rows_from_equal_ones(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "accounts.csv", "Id,Name,Website\n1,Acme,acme.example\n2,Bolt,bolt.example\n")
    path = tmp_path / "later.csv"
    path.write_text("Id,Name,Website\n1,Acme,acme.example\n2,Bolt Energy,bolt.example\n3,Cellvia,\n", encoding="utf-8")
    source = Import.objects.get().source
    trial = try_import(ACTOR, request=FileRequest(path, Kind.ACCOUNTS, source), at=AT)

    assert (trial.added, trial.changed, trial.unchanged) == (1, 1, 1)
    assert Account.objects.get(external_id="2").name == "Bolt"


def test_a_column_that_is_left_out_is_not_read_whatever_it_is_called(vendor: Scope, tmp_path: Path) -> None:
    request = replace(written(tmp_path), left_out=("Partner",))
    plan = plan_file(request)
    assert "partner_named" not in plan.columns.positions
    assert "Partner" in plan.columns.unused


def test_the_first_rows_are_shown_as_they_will_be_read_with_each_error_in_its_cell(
    vendor: Scope, tmp_path: Path
) -> None:
    plan = plan_file(written(tmp_path))
    context = Context(plan.readings, "GBP", ZoneInfo("Europe/London"), provisional=False, remarks=Remarks())
    shown = preview_rows(plan.table, plan.columns, context)
    cells = [{name: cell for (name, _), cell in zip(shown.fields, row.cells, strict=True)} for row in shown.rows]

    assert [row.line for row in shown.rows] == [2, 3]
    assert cells[0]["amount"].value == AmountRead(1_200_050, "GBP")
    assert cells[0]["close_on"].value == date(2026, 2, 10)
    assert cells[0]["account"].value == "ACME"
    assert cells[1]["amount"].problem.startswith("12.345")
    assert cells[1]["amount"].raw == "12.345"
