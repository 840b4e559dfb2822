"""What each kind of scope opens and what it leaves closed, table by table where it matters."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from tallystick.partners.models import Partner, PartnerMembership
from tallystick.platform.activity import record_activity, verify_chain
from tallystick.platform.actors import Actor
from tallystick.platform.models import ActivityEntry, Membership, Person, Workspace
from tallystick.platform.tenancy import ScopeMissing, own_rows, person_scope, scope
from tallystick.programmes.models import PlanVersion, Track
from tests.factories import make_row


def test_a_query_without_a_scope_fails_before_it_reaches_the_database(workspace: Workspace) -> None:
    with pytest.raises(ScopeMissing, match="No workspace is in scope"):
        Partner.objects.count()


def test_a_person_finds_the_own_memberships_and_nothing_else(workspace: Workspace, other_workspace: Workspace) -> None:
    person, other = make_row(Person), make_row(Person)
    for place in (workspace, other_workspace):
        with scope(workspace_id=place.pk):
            make_row(Membership, person=person, role="admin")
            make_row(Membership, person=other, role="admin")
            make_row(PartnerMembership, person=person, role="admin")

    with person_scope(person.pk):
        assert {row.workspace_id for row in own_rows(Membership)} == {workspace.pk, other_workspace.pk}
        assert {row.person_id for row in own_rows(Membership)} == {person.pk}
        assert own_rows(PartnerMembership).count() == 2
        assert Partner._base_manager.count() == 0
        assert own_rows(Membership).update(role="finance") == 0


def test_a_partner_reads_the_programme_but_cannot_change_it(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        partner, track = make_row(Partner), make_row(Track, name="Resellers")
    with scope(workspace_id=workspace.pk, partner_id=partner.pk):
        assert Track.objects.get().name == "Resellers"
        assert Track.objects.update(name="Mine") == 0
        assert Track.objects.filter(pk=track.pk).delete() == (0, {})
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            make_row(Track)
    with scope(workspace_id=workspace.pk):
        assert Track.objects.get().name == "Resellers"


def test_a_partner_cannot_raise_its_own_tier(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        partner = make_row(Partner, tier="authorised")
    with scope(workspace_id=workspace.pk, partner_id=partner.pk):
        assert Partner.objects.update(tier="strategic") == 0
    with scope(workspace_id=workspace.pk):
        assert Partner.objects.get().tier == "authorised"


def test_a_partner_cannot_write_in_the_name_of_another(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        asker, rival = make_row(Partner), make_row(Partner)
    with (
        scope(workspace_id=workspace.pk, partner_id=asker.pk),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        make_row(ActivityEntry, partner_id=rival.pk)


@pytest.mark.parametrize(
    "change", ["UPDATE programmes_planversion SET document = ''", "DELETE FROM programmes_planversion"]
)
def test_a_published_plan_is_kept_as_it_is_and_a_draft_is_not(vendor: object, change: str) -> None:
    draft = make_row(PlanVersion)
    PlanVersion.objects.filter(pk=draft.pk).update(number=7)

    make_row(PlanVersion, published_at="2026-03-01T09:00:00Z", number=8)
    with pytest.raises(DatabaseError, match="kept as they are"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_the_scope_is_looked_up_once_a_statement_and_leads_into_the_index(vendor: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT * FROM crm_opportunity")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "InitPlan" in plan
    assert "Index" in plan


@pytest.mark.django_db(transaction=True)
def test_entries_written_at_the_same_time_stand_in_one_unbroken_chain(workspace: Workspace) -> None:
    def write(number: int) -> None:
        try:
            with scope(workspace_id=workspace.pk), transaction.atomic():
                record_activity(
                    Actor.command("test"),
                    verb="thing_happened",
                    subject_kind="test",
                    subject_id=number,
                    summary=f"Thing {number} happened",
                )
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as threads:
        list(threads.map(write, range(20)))

    with scope(workspace_id=workspace.pk):
        report = verify_chain()
        assert (report.holds, report.entries) == (True, 20)


def test_a_partner_extends_the_chain_without_reading_it(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        partner = make_row(Partner)
        first = make_row(ActivityEntry, body="{}")
    with scope(workspace_id=workspace.pk, partner_id=partner.pk):
        assert ActivityEntry.objects.count() == 0
        second = make_row(ActivityEntry, body="{}", partner_id=partner.pk)
        second.refresh_from_db()
    with scope(workspace_id=workspace.pk):
        first.refresh_from_db()
    assert (second.position, second.previous_hash) == (2, first.hash)
