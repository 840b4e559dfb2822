"""Sixty-four partners register one company at the same moment; run on PostgreSQL 15 and 18."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from tallystick.deals.invariants import live_registrations_hold_their_protection, no_overlap, one_active_protection
from tallystick.deals.models import DealRegistration, Protection
from tallystick.deals.rules.answer import AnswerKind
from tallystick.deals.services import Receipt, approve_registration
from tallystick.partners.models import Partner
from tallystick.platform.activity import verify_chain
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row

from .claims import ACTOR, AT, claim, submit

RIVALS = 64
BOOKS = (one_active_protection, no_overlap, live_registrations_hold_their_protection)
SENTENCE = "The company was already registered when your claim arrived. The first to register is protected."


def race(
    workspace_id: int,
    partner_ids: list[int],
    *,
    days: int,
    products: Sequence[str] = (),
    company: str = "Cellvia Ltd",
) -> list[Receipt]:
    """Let each partner submit from a thread and a connection of its own, all at once, for the product at its place."""
    start = Barrier(len(partner_ids))
    claimed = dict(zip(partner_ids, products or [""] * len(partner_ids), strict=True))

    def claim_as(partner_id: int) -> Receipt:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            with scope(workspace_id=workspace_id, partner_id=partner_id):
                of = replace(claim(company, website=""), product_key=claimed[partner_id])
                return submit(partner_id, of if products else None, days=days)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(partner_ids)) as threads:
        return list(threads.map(claim_as, partner_ids))


@pytest.mark.django_db(transaction=True)
def test_of_sixty_four_simultaneous_claims_exactly_one_is_held_and_the_rest_are_told_clearly(
    workspace: Workspace,
) -> None:
    with scope(workspace_id=workspace.pk):
        partner_ids = [make_row(Partner, name=f"Partner {number}").pk for number in range(RIVALS)]

    receipts = race(workspace.pk, partner_ids, days=0)

    assert Counter((r.answer.kind, r.answer.rule) for r in receipts) == {
        (AnswerKind.IN_REVIEW, None): 1,
        (AnswerKind.DECLINED, "first_to_register"): RIVALS - 1,
    }
    assert {r.answer.sentence for r in receipts if r.answer.kind is AnswerKind.DECLINED} == {SENTENCE}
    with scope(workspace_id=workspace.pk):
        winner = next(r for r in receipts if r.answer.kind is AnswerKind.IN_REVIEW)
        assert Protection.objects.get().registration_id == winner.registration.pk
        assert DealRegistration.objects.count() == RIVALS
        assert verify_chain().holds


@pytest.mark.django_db(transaction=True)
def test_an_expired_protection_is_won_by_exactly_one_of_many(workspace: Workspace) -> None:
    with scope(workspace_id=workspace.pk):
        partner_ids = [make_row(Partner, name=f"Partner {number}").pk for number in range(17)]
        held = submit(partner_ids[0]).registration
        approve_registration(ACTOR, registration_id=held.pk, at=AT)

    receipts = race(workspace.pk, partner_ids[1:], days=91)

    assert Counter(r.answer.kind for r in receipts) == {AnswerKind.IN_REVIEW: 1, AnswerKind.DECLINED: 15}
    with scope(workspace_id=workspace.pk):
        assert Protection.objects.filter(released_at__isnull=True).count() == 1
        held.refresh_from_db()
        assert held.state == "expired"


@pytest.mark.django_db(transaction=True)
def test_of_claims_to_the_whole_company_and_to_products_of_it_no_two_that_overlap_are_ever_held(
    workspace: Workspace,
) -> None:
    with scope(workspace_id=workspace.pk):
        partner_ids = [make_row(Partner, name=f"Partner {number}").pk for number in range(24)]
    products = ["", "eln", "lims"] * 8

    for round_ in range(3):
        receipts = race(workspace.pk, partner_ids, days=0, products=products, company=f"Cellvia {round_}")

        held = [product for product, r in zip(products, receipts, strict=True) if r.answer.kind is AnswerKind.IN_REVIEW]
        assert sorted(held) in ([""], ["eln", "lims"])
        rules = {r.answer.rule for r in receipts if r.answer.kind is AnswerKind.DECLINED}
        assert rules == {"first_to_register", "product_scope"}
        with scope(workspace_id=workspace.pk):
            assert DealRegistration.objects.count() == 24 * (round_ + 1)
            assert [row for check in BOOKS for row in check()] == []


def test_postgresql_itself_refuses_what_overlaps_whoever_inserts_it(vendor: Scope) -> None:
    partner = make_row(Partner, name="Corvid")
    whole = submit(partner.pk).registration
    other = submit(make_row(Partner, name="Kite").pk, days=1).registration

    with pytest.raises(IntegrityError, match="never_protected_side_by_side"), transaction.atomic():
        Protection.objects.create(
            workspace_id=other.workspace_id,
            partner_id=other.partner_id,
            registration=other,
            account_key=whole.account_key,
            product_key="eln",
            claimed_at=AT,
        )
