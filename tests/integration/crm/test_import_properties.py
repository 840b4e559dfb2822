"""Laws of imports, tried on made-up exports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.crm.services.undoing import undo_import
from tallystick.platform.tenancy import Scope
from tests.integration.crm.loading import ACTOR, AT, facts, figures, load

SLOW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = st.sampled_from(["Acme", "ACME GmbH", "Bolt", "Größe & Söhne", "", '"quoted", once', "=1+1"])
DEAL = st.tuples(
    st.sampled_from(["1", "2", "03", "1E5"]),
    NAMES,
    st.sampled_from(["won", "lost", "proposal"]),
    st.integers(0, 10**9).map(lambda minor: f"{minor // 100}.{minor % 100:02d}"),
)
DEALS = st.lists(DEAL, min_size=1, max_size=6, unique_by=lambda deal: deal[0])


@contextmanager
def workspace_as_it_was() -> Iterator[Path]:
    """Give a folder, and take everything back afterwards."""
    with TemporaryDirectory() as folder, transaction.atomic():
        yield Path(folder)
        transaction.set_rollback(True)


def deals_file(deals: list[tuple[str, str, str, str]]) -> str:
    rows = "".join(
        f'{id_},Deal,"{name.replace(chr(34), chr(34) * 2)}",{stage},{amount}\n' for id_, name, stage, amount in deals
    )
    return f"deal id,deal name,account,stage,amount\n{rows}"


@given(deals=DEALS)
@SLOW
def test_loading_rows_twice_is_loading_them_once(vendor: Scope, deals: list[tuple[str, str, str, str]]) -> None:
    with workspace_as_it_was() as folder:
        load(folder, "deals.csv", deals_file(deals))
        once = facts()
        again = load(folder, "again.csv", deals_file(deals[::-1]) + "\n\n")
        assert figures(again) == (0, 0, len(deals), 0, 0) or again.outcome == "unchanged"
        assert facts() == once


@given(first=DEALS, second=DEALS)
@SLOW
def test_an_import_undone_leaves_what_was_there_before(
    vendor: Scope, first: list[tuple[str, str, str, str]], second: list[tuple[str, str, str, str]]
) -> None:
    with workspace_as_it_was() as folder:
        load(folder, "accounts.csv", "account id,name\nA,Acme\nB,Bolt\n")
        load(folder, "first.csv", deals_file(first))
        before = facts()
        result = load(folder, "second.csv", deals_file(second))
        if result.outcome == "loaded":
            undo_import(ACTOR, import_id=result.import_id, at=AT)
        assert facts() == before


@given(deals=DEALS, order=st.permutations(["accounts.csv", "deals.csv", "products.csv"]))
@SLOW
def test_the_order_of_files_does_not_matter(
    vendor: Scope, deals: list[tuple[str, str, str, str]], order: list[str]
) -> None:
    files = {
        "accounts.csv": "account id,name\nA,Acme\nB,Bolt\n",
        "deals.csv": deals_file(deals).replace("deal name", "product"),
        "products.csv": "product,series,price\nDeal,X,1.00\n",
    }
    with workspace_as_it_was() as folder:
        for name in sorted(files):
            load(folder, name, files[name])
        tidy = facts()
    with workspace_as_it_was() as folder:
        for name in order:
            load(folder, name, files[name])
        assert facts() == tidy


def test_the_properties_above_roll_back_what_they_load(vendor: Scope) -> None:
    with workspace_as_it_was() as folder:
        load(folder, "deals.csv", deals_file([("1", "", "won", "1.00")]))
    assert not any(facts().values())


pytestmark = pytest.mark.django_db
