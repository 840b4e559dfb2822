"""An import is taken back as a whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.crm.models import Import, ImportState, Opportunity
from tallystick.crm.services.undoing import UndoRefused, undo_import
from tallystick.platform.models import ActivityEntry
from tallystick.platform.tenancy import Scope
from tests.integration.crm.loading import ACTOR, AT, facts, figures, kept_changes, load

ACCOUNTS = "account id,name\nA,Acme\nB,Bolt\n"
DEALS = "deal id,deal name,account,stage,amount\n1,One,Acme,proposal,100\n2,Two,Bolt,won,200\n"
LATER = "deal id,deal name,account,stage,amount\n1,One,Acme,won,150\n3,Three,Bolt,won,300\n"


def undo(import_id: int) -> Import:
    return undo_import(ACTOR, import_id=import_id, at=AT)


def test_undo_removes_what_was_added_and_restores_what_was_changed(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "accounts.csv", ACCOUNTS)
    load(tmp_path, "deals.csv", DEALS)
    before = facts()
    later = load(tmp_path, "later.csv", LATER)
    assert figures(later) == (1, 1, 0, 0, 0)
    assert facts() != before

    assert undo(later.import_id).state == ImportState.UNDONE
    assert facts() == before
    assert kept_changes() == 0
    assert ActivityEntry.objects.get(verb="import_undone").subject_id == later.import_id


def test_undo_is_refused_while_a_later_import_stands_on_the_same_facts(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "accounts.csv", ACCOUNTS)
    first = load(tmp_path, "deals.csv", DEALS)
    load(tmp_path, "later.csv", LATER)
    before = facts()
    with pytest.raises(UndoRefused, match="a later import changed 1 of its opportunities"):
        undo(first.import_id)
    assert facts() == before
    assert Import.objects.get(pk=first.import_id).state == ImportState.DONE


def test_undo_is_refused_while_other_facts_refer_to_what_would_go(vendor: Scope, tmp_path: Path) -> None:
    accounts = load(tmp_path, "accounts.csv", ACCOUNTS)
    load(tmp_path, "deals.csv", DEALS)
    with pytest.raises(UndoRefused, match="2 opportunities refer to its accounts"):
        undo(accounts.import_id)


def test_undo_of_accounts_unlinks_the_deals_that_were_there_before_them(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "deals.csv", DEALS)
    before = facts()
    accounts = load(tmp_path, "accounts.csv", ACCOUNTS)
    assert Opportunity.objects.filter(account=None).count() == 0
    undo(accounts.import_id)
    assert facts() == before


def test_an_import_is_undone_once_and_its_file_may_be_loaded_again(vendor: Scope, tmp_path: Path) -> None:
    first = load(tmp_path, "deals.csv", DEALS)
    undo(first.import_id)
    with pytest.raises(UndoRefused, match="is undone: nothing to undo"):
        undo(first.import_id)
    assert figures(load(tmp_path, "deals.csv", DEALS)) == (2, 0, 0, 0, 0)


def test_what_the_caller_takes_back_first_is_kept_when_the_undo_is_refused(vendor: Scope, tmp_path: Path) -> None:
    accounts = load(tmp_path, "accounts.csv", ACCOUNTS)
    load(tmp_path, "deals.csv", DEALS)

    def forget(batch: Import) -> None:
        Opportunity.objects.update(next_step="forgotten")

    with pytest.raises(UndoRefused):
        undo_import(ACTOR, import_id=accounts.import_id, at=AT, before=forget)
    assert not Opportunity.objects.filter(next_step="forgotten").exists()
