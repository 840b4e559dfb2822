"""Whoever holds a receipt has it checked without signing in, and learns nothing that does not stand on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from secrets import token_bytes

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import DealRegistration, Lead
from tallystick.deals.receipts import receipts_that_differ
from tallystick.deals.services import NewRegistration, Receipt, submit_registration
from tallystick.deals.services.submitting import ENTROPY_NEEDED
from tallystick.kernel.money import Money
from tallystick.partners.models import Partner
from tallystick.platform.activity import NEAR, record_activity, verify_from
from tallystick.platform.actors import SYSTEM
from tallystick.platform.chain_checks import check_chain
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.leads import introduce
from tests.factories.people import browser_of, make_partner, make_partner_person
from tests.factories.programs import program_of
from tests.factories.receipts import SeenReceipt, change_entry, receipt_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOON + timedelta(days=3), tick=False):
        yield


@pytest.fixture
def partner(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def receipt(partner: Partner) -> Receipt:
    claim = NewRegistration(
        company="Cellvia", website="cellvia.com", contact_email="ruth@cellvia.com", value=Money(6_000_000, "EUR")
    )
    with scope(workspace_id=partner.workspace_id):
        return submit_registration(
            SYSTEM, partner_id=partner.pk, claim=claim, at=NOON, entropy=token_bytes(ENTROPY_NEEDED)
        )


def page_of(proof: str) -> tuple[int, str]:
    answer = Client().get(reverse("verify_receipt", args=[proof]))
    return answer.status_code, answer.content.decode()


def entry_of(receipt: Receipt) -> ActivityEntry:
    return ActivityEntry.objects.get(hash=receipt.proof)


def something_happens() -> ActivityEntry:
    return record_activity(
        SYSTEM, verb="month_closed", subject_kind="month", subject_id=None, summary="Closed", at=NOON
    )


def test_a_receipt_that_stands_in_the_record_is_shown_with_its_moment_and_place(receipt: Receipt) -> None:
    status, page = page_of(receipt.proof)

    assert status == 200
    assert "The receipt holds" in page
    assert receipt.registration.reference in page
    assert "2026-10-14 12:00:05 UTC" in page
    assert "14 Oct 2026, 14:00 CEST" in page
    assert f"Entry {receipt.position} of the activity chain" in page
    assert receipt.proof in page


def test_the_page_shows_nothing_that_does_not_stand_on_the_receipt(receipt: Receipt, partner: Partner) -> None:
    page = page_of(receipt.proof)[1]

    for hidden in ("Cellvia", "cellvia.com", "ruth", partner.name, "60,000", "6,000,000", "In review"):
        assert hidden not in page, hidden


def test_the_reference_and_the_beginning_of_the_proof_suffice(receipt: Receipt) -> None:
    asked = {
        "reference": receipt.registration.reference.lower(),
        "proof": f" {receipt.proof[:8]} {receipt.proof[8:16]}",
    }
    answer = Client().get(reverse("verify"), asked)

    assert answer.status_code == 200
    assert "The receipt holds" in answer.content.decode()


@pytest.mark.parametrize(
    ("proof", "reference"),
    [
        ("0" * 64, ""),
        ("not a proof", ""),
        ("{proof:.16}", ""),
        ("{proof:.15}", "{reference}"),
        ("{proof}", "DR-000000"),
        ("{proof:.16}", "DR-000000"),
    ],
)
def test_whatever_the_record_does_not_hold_has_one_plain_answer(receipt: Receipt, proof: str, reference: str) -> None:
    asked = {
        "proof": proof.format(proof=receipt.proof),
        "reference": reference.format(reference=receipt.registration.reference),
    }
    answer = Client().get(reverse("verify"), asked)

    assert answer.status_code == 404
    page = answer.content.decode()
    assert "No such receipt" in page
    assert "The receipt holds" not in page


def test_a_receipt_of_another_workspace_is_found_in_its_own(receipt: Receipt) -> None:
    make_row(Workspace, name="Ahead of it")

    assert page_of(receipt.proof)[0] == 200


def test_an_entry_changed_behind_the_record_is_told(receipt: Receipt) -> None:
    with scope(workspace_id=receipt.registration.workspace_id):
        change_entry(entry_of(receipt), at=NOON - timedelta(days=30))
    page = page_of(receipt.proof)[1]

    assert "The record does not prove this receipt" in page
    assert f"The record no longer fits at entry {receipt.position}." in page


def test_a_later_entry_that_was_changed_is_told(receipt: Receipt) -> None:
    with scope(workspace_id=receipt.registration.workspace_id):
        later = something_happens()
        something_happens()
        change_entry(later, body=later.body.replace("Closed", "Opened"))
    page = page_of(receipt.proof)[1]

    assert f"The record no longer fits at entry {later.position}." in page


def test_a_registration_dated_back_behind_the_record_is_told_by_page_and_audit(receipt: Receipt) -> None:
    with scope(workspace_id=receipt.registration.workspace_id):
        DealRegistration.objects.update(submitted_at=NOON - timedelta(days=30))
        differing = list(receipts_that_differ())
    page = page_of(receipt.proof)[1]

    assert differing == [
        f"{receipt.registration.reference} shows another moment than entry {receipt.position}, which is its receipt."
    ]
    assert "The record does not prove this receipt" in page
    assert "What is shown of it today differs from its entry." in page
    assert "2026-10-14 12:00:05 UTC" in page


def test_the_walk_from_an_entry_ends_where_something_does_not_fit(receipt: Receipt) -> None:
    with scope(workspace_id=receipt.registration.workspace_id):
        first = entry_of(receipt)
        second, third = something_happens(), something_happens()
        assert (verify_from(first).holds, verify_from(first).entries) == (True, 3)
        change_entry(second, previous_hash="0" * 64)
        assert verify_from(first).broken_at == second.position
        assert verify_from(second).broken_at == second.position
        # What came before the entry asked for is not looked at, but for its own link to it.
        assert verify_from(third).broken_at == second.position


@pytest.fixture
def far_after(receipt: Receipt) -> ActivityEntry:
    """Return the last of so many entries that a look at the receipt does not reach it; one is behind it."""
    with scope(workspace_id=receipt.registration.workspace_id), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO platform_activityentry (workspace_id, position, at, actor_kind, actor_label, verb,
                   subject_kind, summary, body, previous_hash, hash)
               SELECT workspace_id, 0, at, actor_kind, actor_label, verb, subject_kind, summary, body, '', ''
               FROM platform_activityentry, generate_series(1, %s) WHERE hash = %s""",
            [NEAR, something_happens().hash],
        )
        return ActivityEntry.objects.get(position=receipt.position + NEAR + 1)


def whole_chain_is_checked(receipt: Receipt, *, days: int) -> None:
    with scope(workspace_id=receipt.registration.workspace_id):
        check_chain(SYSTEM, at=NOON + timedelta(days=days))


def test_of_a_long_record_the_page_says_what_it_has_checked_itself_and_when_the_rest_was(
    receipt: Receipt, far_after: ActivityEntry
) -> None:
    page = page_of(receipt.proof)[1]
    assert "The receipt holds" in page
    assert "each of the 1,000 entries after it fits: that was computed just now." in page
    assert "every later entry fits" not in page
    assert "What followed later was not checked yet: the whole record is checked every night." in page

    whole_chain_is_checked(receipt, days=1)

    page = page_of(receipt.proof)[1]
    assert (
        "All that followed was checked 15 Oct 2026, 14:00 CEST, and fitted up to the last entry there was then." in page
    )


def test_a_change_far_behind_a_receipt_is_told_from_the_next_check_of_the_whole_record_on(
    receipt: Receipt, far_after: ActivityEntry
) -> None:
    with scope(workspace_id=receipt.registration.workspace_id):
        change_entry(far_after, body=far_after.body.replace("Closed", "Opened"))
    assert "The receipt holds" in page_of(receipt.proof)[1]

    whole_chain_is_checked(receipt, days=1)

    page = page_of(receipt.proof)[1]
    assert "The record does not prove this receipt" in page
    assert (
        f"The record no longer fits at entry {far_after.position:,}. "
        "That was found when the whole record was checked, 15 Oct 2026, 14:00 CEST."
    ) in page


def test_the_end_of_the_last_check_is_looked_at_each_time(receipt: Receipt, far_after: ActivityEntry) -> None:
    whole_chain_is_checked(receipt, days=1)
    with scope(workspace_id=receipt.registration.workspace_id):
        change_entry(far_after, hash="0" * 64)
        what = verify_from(entry_of(receipt))

    assert (what.broken_at, what.reason) == (
        far_after.position,
        f"entry {far_after.position} had another hash when the chain was checked",
    )
    assert f"The record no longer fits at entry {far_after.position:,}." in page_of(receipt.proof)[1]


def test_a_change_that_is_older_than_a_receipt_leaves_it_standing_and_is_told(receipt: Receipt) -> None:
    with scope(workspace_id=receipt.registration.workspace_id):
        first = ActivityEntry.objects.order_by("position").first()
        assert first is not None
        change_entry(first, summary="Something else")
    assert first.position < receipt.position
    whole_chain_is_checked(receipt, days=1)

    page = page_of(receipt.proof)[1]

    assert "The receipt holds" in page
    words = "When the whole record was checked, 15 Oct 2026, 14:00 CEST, it did not fit at an entry that is older"
    assert f"{words} than this one. That changes nothing of this receipt." in page


@pytest.fixture
def lead(partner: Partner) -> Lead:
    with scope(workspace_id=partner.workspace_id, partner_id=partner.pk):
        return introduce(partner, at=NOON).lead


def test_a_lead_has_a_receipt_that_anybody_verifies_on_the_same_page(lead: Lead, partner: Partner) -> None:
    zoe = browser_of(make_partner_person(partner, name="Zoe Lind").person)
    seen = receipt_in(zoe.get(reverse("portal:lead", args=[lead.reference])).content.decode())
    told = program_of(partner).get(f"/own/leads/{lead.reference}").json()

    address = f"http://127.0.0.1:8000/verify/{lead.receipt_hash}/"
    assert seen == SeenReceipt(lead.reference, "14 Oct 2026, 14:00 CEST", lead.receipt_hash, address)
    assert (told["proof"], told["verify_url"]) == (lead.receipt_hash, address)
    status, page = page_of(lead.receipt_hash)
    assert (status, "The receipt holds" in page) == (200, True)
    assert (seen.reference in page, seen.moment in page, "2026-10-14 12:00:05 UTC" in page) == (True, True, True)
    for hidden in ("Cellvia", "cellvia.example", "LIMS", partner.name):
        assert hidden not in page, hidden
    by_reference = Client().get(reverse("verify"), {"reference": lead.reference, "proof": lead.receipt_hash[:16]})
    assert by_reference.status_code == 200


def test_a_lead_dated_back_behind_the_record_is_told_by_page_and_audit(lead: Lead) -> None:
    with scope(workspace_id=lead.workspace_id):
        position = ActivityEntry.objects.get(hash=lead.receipt_hash).position
        Lead.objects.update(introduced_at=NOON - timedelta(days=30))
        moved = list(receipts_that_differ())
        Lead.objects.update(introduced_at=NOON, receipt_hash="")
        hidden = list(receipts_that_differ())
        Lead.objects.update(receipt_hash=lead.receipt_hash)
        mended = list(receipts_that_differ())

    assert moved == [f"{lead.reference} shows another moment than entry {position}, which is its receipt."]
    assert hidden == [f"{lead.reference} shows another proof than entry {position}, which is its receipt."]
    assert mended == []


def test_a_look_at_the_head_of_the_page_counts_as_one(receipt: Receipt) -> None:
    address = reverse("verify_receipt", args=[receipt.proof])
    assert [Client().head(address).status_code for _ in range(21)] == [200] * 20 + [429]


def test_guessing_is_slow(receipt: Receipt) -> None:
    answers = [page_of("0" * 64)[0] for _ in range(20)]

    assert answers == [404] * 20
    assert page_of(receipt.proof)[0] == 429
