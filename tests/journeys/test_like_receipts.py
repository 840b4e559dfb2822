"""One registration, however it comes in, has one receipt: reference, moment, proof, and where it is verified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from tallystick.deals.models import DealRegistration
from tallystick.flows.outside import mail_receipt
from tallystick.partners.models import Partner, PartnerMembership
from tallystick.partners.public_forms import ENTROPY_NEEDED, address_of, open_public_form
from tallystick.partners.register_links import register_link
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.mails import come_in, take_mail_at, written
from tests.factories.people import browser_of, make_partner, make_partner_person
from tests.factories.programs import program_of
from tests.factories.receipts import SeenReceipt, receipt_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
MOMENT = "14 Oct 2026, 14:00 CEST"
HERE = "http://127.0.0.1:8000"
FIELDS = {"contact": "ruth@cellvia.com", "value": "60k", "token": "one"}


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def zoe(zephyr: Partner) -> PartnerMembership:
    return make_partner_person(zephyr, name="Zoe Lind")


def _claim(number: int) -> dict[str, str]:
    return {**FIELDS, "company": f"Cellvia {number}", "website": f"cellvia{number}.com"}


def _by_page(client: Client, address: str, claim: dict[str, str]) -> SeenReceipt:
    return receipt_in(client.post(address, claim, follow=True).content.decode())


def by_portal(zoe: PartnerMembership) -> SeenReceipt:
    return _by_page(browser_of(zoe.person), reverse("portal:register"), _claim(1))


def by_link_in_a_mail(zoe: PartnerMembership) -> SeenReceipt:
    return _by_page(Client(), register_link(zoe, at=NOON).removeprefix(HERE), _claim(2))


def by_public_form(zoe: PartnerMembership) -> SeenReceipt:
    with scope(workspace_id=zoe.workspace_id):
        form = open_public_form(SYSTEM, partner_id=zoe.partner_id, at=NOON, entropy=bytes(ENTROPY_NEEDED))
    who = {"submitter_name": "Jane Doe", "submitter_email": "jane@field.example"}
    on_page = _by_page(Client(), address_of(form).removeprefix(HERE), {**_claim(3), **who})
    with scope(workspace_id=zoe.workspace_id):
        mail_receipt(registration_id=DealRegistration.objects.get(reference=on_page.reference).pk, at=NOON)
    assert receipt_in(str(mail.outbox[-1].body)) == on_page
    return on_page


def by_api(zoe: PartnerMembership) -> SeenReceipt:
    claim = {"company": "Cellvia 4", "website": "cellvia4.com", "value": {"minor": 6_000_000, "currency": "EUR"}}
    told = program_of(zoe.partner).post("/own/registrations", claim).json()
    assert parse_datetime(told["submitted_at"]) == NOON
    return SeenReceipt(told["reference"], MOMENT, told["proof"], told["verify_url"])


def by_mail(zoe: PartnerMembership) -> SeenReceipt:
    workspace = Workspace.objects.get(pk=zoe.workspace_id)
    take_mail_at(workspace, at=NOON)
    kept = come_in(workspace, written(), at=NOON)
    with scope(workspace_id=zoe.workspace_id):
        mail_receipt(registration_id=DealRegistration.objects.get(reference=kept.reference).pk, at=NOON)
    return receipt_in(str(mail.outbox[-1].body))


WAYS = [by_portal, by_link_in_a_mail, by_public_form, by_mail, by_api]


@pytest.mark.parametrize("come_in", WAYS)
def test_every_way_in_ends_in_a_receipt_that_is_verified_without_signing_in(
    zoe: PartnerMembership, come_in: Callable[[PartnerMembership], SeenReceipt]
) -> None:
    seen = come_in(zoe)

    with scope(workspace_id=zoe.workspace_id):
        made = DealRegistration.objects.get()
    assert seen == SeenReceipt(made.reference, MOMENT, made.receipt_hash, f"{HERE}/verify/{made.receipt_hash}/")
    answer = Client().get(seen.verify_url.removeprefix(HERE))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "The receipt holds" in page
    assert (seen.reference in page, seen.moment in page, seen.proof in page) == (True, True, True)
