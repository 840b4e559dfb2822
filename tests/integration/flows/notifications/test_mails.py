"""Mails: when they go out, what becomes one mail, what is in them, and that each is sent once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client, override_settings

from tallystick.deals.services import approve_registration, decline_registration
from tallystick.flows.notifications import compose, stream
from tallystick.partners.models import PartnerMembership
from tallystick.platform.models import Delivery, MailAction, Notice, Workspace
from tallystick.platform.notifications.choices import Reader
from tallystick.platform.notifications.delivering import MailRefused, deliver_mail
from tallystick.platform.notifications.reading import mark_read
from tallystick.platform.tenancy import scope
from tests.integration.flows.notifications.world import MONDAY, Cast, actor_of, make_cast, register

pytestmark = pytest.mark.django_db
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def cast(workspace: Workspace) -> Iterator[Cast]:
    people = make_cast(workspace)
    with scope(workspace_id=workspace.pk):
        stream.take_up(at=MONDAY - timedelta(days=300))
        yield people


def deliver_due(at: datetime) -> list[EmailMultiAlternatives]:
    """Send what is due by then and return it."""
    mail.outbox.clear()
    for delivery in Delivery.objects.filter(state="queued", due_at__lte=at).order_by("pk"):
        deliver_mail(delivery_id=delivery.pk, compose=lambda row: compose.compose(row, at=at), at=at)
    return list(mail.outbox)  # type: ignore[arg-type]


def sent_to(person_email: str, sent: list[EmailMultiAlternatives]) -> list[str]:
    return [str(message.subject) for message in sent if message.to == [person_email]]


def test_an_approval_is_mailed_with_all_that_a_mail_needs(cast: Cast) -> None:
    registration = register(cast, "Cellvia")
    approve_registration(actor_of(cast.manager), registration_id=registration.pk, at=MONDAY)
    stream.take_up(at=MONDAY)
    [message] = [found for found in deliver_due(MONDAY) if found.to == ["sam@zephyr.example"]]

    assert message.subject == f"[Deal {registration.reference}] Cellvia: approved, protected to 21 Feb"
    assert re.sub(r"unsubscribe/\S+", "unsubscribe/…", str(message.body)).strip() == (
        "Cellvia: approved, protected to 21 Feb\n"
        "\nDecided by Mia Berg.\n"
        "\nOpen the deal:\n"
        f"http://127.0.0.1:8000/portal/deals/{registration.reference}/\n"
        "\n--\n"
        "You get this because you asked Umbra Labs for e-mail about decisions.\n"
        "No more e-mail of this type: http://127.0.0.1:8000/mail/unsubscribe/…"
    )
    [(written, kind)] = message.alternatives
    html = str(written)
    assert kind == "text/html"
    assert html.count("display:inline-block") == 1
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.extra_headers["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/mail/unsubscribe/")


def test_what_happens_to_one_deal_within_half_an_hour_is_one_mail(cast: Cast) -> None:
    registration = register(cast, "Cellvia")
    approve_registration(actor_of(cast.manager), registration_id=registration.pk, at=MONDAY)
    stream.take_up(at=MONDAY)
    assert len(sent_to("sam@zephyr.example", deliver_due(MONDAY))) == 1

    other = register(cast, "Northgate", seed=1)
    for minutes, company in ((5, "won"), (10, "lost")):
        at = MONDAY + timedelta(minutes=minutes)
        _tell_of_end(cast, registration.pk, company, at=at)
        stream.take_up(at=at)
    assert sent_to("sam@zephyr.example", deliver_due(MONDAY + timedelta(minutes=29))) == []
    [message] = [found for found in deliver_due(MONDAY + HALF_AN_HOUR) if found.to == ["sam@zephyr.example"]]
    assert message.subject == f"[Deal {registration.reference}] Cellvia: lost"
    assert "Before that\n\n- Cellvia: won" in message.body
    assert other.state == "submitted"


def test_a_mail_that_was_read_in_the_app_meanwhile_is_not_sent(cast: Cast) -> None:
    registration = register(cast, "Cellvia")
    decline_registration(actor_of(cast.manager), registration_id=registration.pk, reason="Ours", at=MONDAY)
    stream.take_up(at=MONDAY)
    mark_read(Reader(cast.seller.pk, cast.partner.pk), at=MONDAY)
    assert sent_to("sam@zephyr.example", deliver_due(MONDAY)) == []
    assert Delivery.objects.get(person=cast.seller).state == "skipped"


def test_who_has_left_gets_no_more_mail(cast: Cast) -> None:
    registration = register(cast, "Cellvia")
    approve_registration(actor_of(cast.manager), registration_id=registration.pk, at=MONDAY)
    stream.take_up(at=MONDAY)
    PartnerMembership.objects.filter(person=cast.seller).delete()
    assert sent_to("sam@zephyr.example", deliver_due(MONDAY)) == []


@override_settings(EMAIL_BACKEND="tests.integration.flows.notifications.test_mails.RefusingBackend")
def test_a_mail_server_that_refuses_is_tried_again(cast: Cast) -> None:
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    delivery = Delivery.objects.get(person=cast.manager)
    with pytest.raises(MailRefused):
        deliver_mail(delivery_id=delivery.pk, compose=lambda row: compose.compose(row, at=MONDAY), at=MONDAY)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.problem) == ("queued", "SMTPServerDisconnected: gone")
    assert MailAction.objects.count() == 2
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        assert len(sent_to("mia@umbra.example", deliver_due(MONDAY))) == 1
        assert deliver_due(MONDAY) == []


class RefusingBackend:
    """A mail server that hangs up."""

    def __init__(self, **_: object) -> None: ...

    def send_messages(self, _messages: object) -> int:
        raise SMTPServerDisconnected("gone")


# Links in mails


def links_for(cast: Cast, email: str) -> dict[str, str]:
    """Return the addresses in the mail about a new registration, by the words before them."""
    [message] = [found for found in deliver_due(MONDAY) if found.to == [email]]
    found = re.findall(r"^(.+):\s*\n?(http://127\.0\.0\.1:8000/\S+)", str(message.body), re.MULTILINE)
    return {words: url.removeprefix("http://127.0.0.1:8000") for words, url in found}


def test_opening_a_link_changes_nothing_and_its_button_works_once(cast: Cast, client: Client) -> None:
    registration = register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    links = links_for(cast, "mia@umbra.example")
    for method in (client.get, client.head):
        for url in links.values():
            method(url)
    registration.refresh_from_db()
    assert registration.state == "submitted"
    assert not MailAction.objects.filter(used_at__isnull=False).exists()

    MailAction.objects.update(expires_at=MONDAY + timedelta(days=30_000))
    shown = client.get(links["Approve"])
    assert b"Approve Cellvia for Zephyr Informatics" in shown.content
    assert b"mia@umbra.example" in shown.content
    assert client.post(links["Approve"]).status_code == 200
    registration.refresh_from_db()
    assert (registration.state, registration.decided_by_label) == ("approved", "Mia Berg")
    again = client.post(links["Approve"])
    assert (again.status_code, b"This link was used" in again.content) == (410, True)
    late = client.post(links["Decline with a reason"], {"words": "No"})
    assert (late.status_code, b"This is decided already" in late.content) == (410, True)


def test_a_decline_by_mail_needs_its_reason(cast: Cast, client: Client) -> None:
    registration = register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    links = links_for(cast, "mia@umbra.example")
    MailAction.objects.update(expires_at=MONDAY + timedelta(days=30_000))
    assert client.post(links["Decline with a reason"], {"words": " "}).status_code == 422
    assert client.post(links["Decline with a reason"], {"words": "Sold already"}).status_code == 200
    registration.refresh_from_db()
    assert (registration.state, registration.decision_reason) == ("declined", "Sold already")


def test_a_link_is_no_good_once_the_role_has_changed_or_a_week_has_passed(cast: Cast, client: Client) -> None:
    registration = register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    links = links_for(cast, "mia@umbra.example")
    MailAction.objects.update(expires_at=MONDAY - timedelta(days=1))
    assert b"This link has expired" in client.post(links["Approve"]).content
    MailAction.objects.update(expires_at=MONDAY + timedelta(days=30_000))
    cast.manager.memberships.update(role="ae")
    assert b"You may not do this any more" in client.post(links["Approve"]).content
    assert client.post(links["Approve"] + "x").status_code in {404, 410}
    registration.refresh_from_db()
    assert registration.state == "submitted"


def test_one_click_ends_one_type_of_mail_and_no_other(cast: Cast, client: Client) -> None:
    registration = register(cast, "Cellvia")
    approve_registration(actor_of(cast.manager), registration_id=registration.pk, at=MONDAY)
    stream.take_up(at=MONDAY)
    [message] = [found for found in deliver_due(MONDAY) if found.to == ["sam@zephyr.example"]]
    url = message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8000")

    assert b"Stop this type of e-mail?" in client.get(url).content
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200

    second = register(cast, "Northgate", seed=1)
    approve_registration(actor_of(cast.manager), registration_id=second.pk, at=MONDAY)
    _tell_of_end(cast, second.pk, "won", at=MONDAY)
    stream.take_up(at=MONDAY)
    assert sent_to("sam@zephyr.example", deliver_due(MONDAY)) == [f"[Deal {second.reference}] Northgate: won"]
    assert Notice.objects.filter(person=cast.seller, title__startswith="Northgate: approved").exists()

    client.post(url, {"again": "1"})
    third = register(cast, "Ardent", seed=2)
    approve_registration(actor_of(cast.manager), registration_id=third.pk, at=MONDAY)
    stream.take_up(at=MONDAY)
    assert len(sent_to("sam@zephyr.example", deliver_due(MONDAY))) == 1


def _tell_of_end(cast: Cast, registration_id: int, end: str, *, at: datetime) -> None:
    from tallystick.platform.activity import record_activity
    from tallystick.platform.actors import SYSTEM

    record_activity(
        SYSTEM,
        verb=f"registration_{end}",
        subject_kind="deal_registration",
        subject_id=registration_id,
        partner_id=cast.partner.pk,
        summary=end,
        at=at,
    )
