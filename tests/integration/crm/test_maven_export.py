"""The CRM export of a hardware vendor that lies beside the checkout; skipped where it does not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db.models import Count, Sum

from tallystick.crm.models import Account, Import, ImportState, Opportunity, Product
from tallystick.crm.rules.problems import ImportProblem
from tallystick.crm.services.loading import Outcome, run_import
from tallystick.crm.services.reading import FileRequest
from tallystick.crm.services.undoing import undo_import
from tallystick.platform.actors import Actor
from tallystick.platform.tenancy import Scope

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "maven_crm"
ACTOR = Actor.command("import")
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"{FOLDER} is not there")


def load(name: str) -> Outcome:
    return run_import(ACTOR, request=FileRequest(FOLDER / name), at=AT).outcome


def test_the_export_loads_with_its_known_totals_repeats_without_effect_and_undoes_to_nothing(vendor: Scope) -> None:
    names = ["accounts.csv", "products.csv", "sales_pipeline.csv"]
    assert [load(name) for name in names] == [Outcome.LOADED] * 3
    totals = {
        row["stage"]: (row["deals"], row["worth"])
        for row in Opportunity.objects.values("stage").annotate(deals=Count("pk"), worth=Sum("amount_minor"))
    }
    assert totals["Won"] == (4238, 1_000_553_400)
    assert totals["Lost"][0] == 2473
    assert totals["Engaging"][0] == 1589
    assert totals["Prospecting"][0] == 500
    assert Opportunity.objects.filter(account=None).count() == 1425
    assert Opportunity.objects.filter(product=None).count() == 0

    assert [load(name) for name in names] == [Outcome.UNCHANGED] * 3
    assert Opportunity.objects.count() == 8800

    for batch in Import.objects.filter(state=ImportState.DONE).order_by("-pk"):
        undo_import(ACTOR, import_id=batch.pk, at=AT)
    assert (Opportunity.objects.count(), Account.objects.count(), Product.objects.count()) == (0, 0, 0)


def test_the_list_of_sales_teams_is_recognised_and_holds_nothing_to_import(vendor: Scope) -> None:
    with pytest.raises(ImportProblem, match="Nothing to import: sales teams hold no revenue facts."):
        load("sales_teams.csv")
    assert Import.objects.count() == 0
