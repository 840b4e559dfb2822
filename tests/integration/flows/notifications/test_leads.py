"""Leads: who is told by when to answer, the buttons of the mail, and that each works once and for its person only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from tallystick.deals.models import Lead, LeadOffer
from tallystick.deals.services.leads import offer_lead_to
from tallystick.flows.notifications import compose, reminders, stream
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Delivery, Person, Workspace
from tallystick.platform.notifications.delivering import deliver_mail
from tallystick.platform.tenancy import scope
from tests.factories.leads import introduce, lead_of_ours
from tests.integration.flows.notifications.world import MONDAY, Cast, actor_of, make_cast, titles_of

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def cast(workspace: Workspace) -> Iterator[Cast]:
    people = make_cast(workspace)
    with scope(workspace_id=workspace.pk):
        stream.take_up(at=MONDAY - timedelta(days=300))
        yield people


@pytest.fixture(autouse=True)
def _on_monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


def introduced(cast: Cast) -> Lead:
    """Return Cellvia, introduced by the partner."""
    with scope(workspace_id=cast.workspace.pk, partner_id=cast.partner.pk):
        return introduce(cast.partner, at=MONDAY).lead


def offered(cast: Cast) -> LeadOffer:
    """Return the offer of Brightwell to the partner."""
    lead = lead_of_ours(at=MONDAY)
    return offer_lead_to(
        actor_of(cast.manager), lead_id=lead.pk, partner_id=cast.partner.pk, reason="They know them.", at=MONDAY
    )


def mail_to(person: Person) -> EmailMultiAlternatives:
    """Return the one mail that somebody gets now."""
    stream.take_up(at=MONDAY)
    mail.outbox.clear()
    for delivery in Delivery.objects.filter(state="queued", due_at__lte=MONDAY, person=person).order_by("pk"):
        deliver_mail(delivery_id=delivery.pk, compose=lambda row: compose.compose(row, at=MONDAY), at=MONDAY)
    [message] = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    return message


def buttons_of(message: EmailMultiAlternatives) -> list[str]:
    """Return the paths of a mail's buttons that act."""
    return re.findall(r"http://127\.0\.0\.1:8000(/mail/act/\S+)", str(message.body))


def test_an_introduction_asks_its_manager_who_accepts_it_from_the_mail_once(cast: Cast) -> None:
    lead = introduced(cast)
    message = mail_to(cast.manager)
    assert str(message.subject).endswith("Cellvia: introduced by Zephyr Informatics, answer by 25 Nov 2026, 10:00 CET")
    accept, decline = buttons_of(message)
    browser = Client()

    asked = browser.get(accept)
    assert "Accept Cellvia" in asked.content.decode()
    lead.refresh_from_db()
    assert lead.state == "new"

    assert browser.post(accept).status_code == 200
    lead.refresh_from_db()
    assert lead.state == "accepted"
    entry = ActivityEntry.objects.get(verb="lead_accepted")
    assert entry.actor_label == "Mia Berg"
    assert browser.post(accept).status_code == 410
    browser.post(decline, {"words": "Too late."})
    lead.refresh_from_db()
    assert lead.state == "accepted"


def test_a_decline_from_the_mail_needs_its_reason(cast: Cast) -> None:
    lead = introduced(cast)
    _accept, decline = buttons_of(mail_to(cast.manager))
    assert Client().post(decline, {"words": " "}).status_code == 422
    lead.refresh_from_db()
    assert lead.state == "new"
    Client().post(decline, {"words": "No budget this year."})
    lead.refresh_from_db()
    assert (lead.state, lead.reason) == ("declined", "No budget this year.")


def test_a_partner_accepts_an_offer_from_the_mail_which_tells_no_contact(cast: Cast) -> None:
    offer = offered(cast)
    message = mail_to(cast.partner_admin)
    assert str(message.subject).endswith("Brightwell: offered to you, accept by 24 Nov 2026, 10:00 CET")
    assert "Jo Kim" not in str(message.body) + str(message.alternatives[0][0])
    accept, _decline = buttons_of(message)
    assert Client().post(accept).status_code == 200
    offer.refresh_from_db()
    assert offer.state == "accepted"


def test_both_sides_are_reminded_once_before_their_time_is_over(cast: Cast) -> None:
    lead, offer = introduced(cast), offered(cast)
    assert lead.answer_due_at is not None
    for at in (offer.due_at - 9 * HOUR, offer.due_at - 8 * HOUR, offer.due_at - 7 * HOUR):
        reminders.remind(SYSTEM, at=at)
    assert ActivityEntry.objects.filter(verb="lead_offer_due").count() == 1
    for at in (lead.answer_due_at - 8 * HOUR, lead.answer_due_at - 7 * HOUR):
        reminders.remind(SYSTEM, at=at)
    assert ActivityEntry.objects.filter(verb="lead_answer_due").count() == 1

    stream.take_up(at=MONDAY + timedelta(days=2))
    assert (
        titles_of(cast.partner_admin, workspace=cast.workspace, partner=cast.partner)[-1]
        == "Brightwell: the offer ends at 24 Nov 2026, 10:00 CET"
    )
    assert (
        titles_of(cast.manager, workspace=cast.workspace)[-1]
        == "Cellvia: the introduction waits for an answer by 25 Nov 2026, 10:00 CET"
    )
