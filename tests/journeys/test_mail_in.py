"""Partners register and answer by mail: who is believed, what is done, and what is said where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import DealRegistration, Message, MessageSide, OutsideSubmitter
from tallystick.deals.services import About, Draft, post_message
from tallystick.flows.mail_in.answers import answer_mail
from tallystick.flows.mail_in.taking import take_mail
from tallystick.flows.notifications.compose import compose
from tallystick.flows.notifications.stream import take_up
from tallystick.flows.outside import mail_receipt
from tallystick.partners.models import Partner, PartnerMembership, PartnerRole
from tallystick.partners.public_forms import ENTROPY_NEEDED, close_public_form, open_public_form, token_of
from tallystick.platform.actors import SYSTEM, Actor, ActorKind
from tallystick.platform.mail_in.addresses import ReplyTo, reply_address
from tallystick.platform.models import (
    ActivityEntry,
    Delivery,
    InboundMail,
    MailInSettings,
    Workspace,
    WorkspaceRole,
)
from tallystick.platform.notifications.delivering import deliver_mail
from tallystick.platform.tenancy import scope
from tests.factories.mails import ADDRESS, CLAIM, come_in, posted, take_mail_at, written
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.factories.receipts import receipt_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


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
    return make_partner_person(zephyr, PartnerRole.SELLER, name="Zoe Lind")


@pytest.fixture
def taking(workspace: Workspace) -> MailInSettings:
    return take_mail_at(workspace, at=NOON)


@pytest.fixture
def lumen(workspace: Workspace, taking: MailInSettings, zoe: PartnerMembership) -> Iterator[Workspace]:
    """Return a workspace that takes mail and knows Zoe, seen by the vendor."""
    with scope(workspace_id=workspace.pk):
        yield workspace


def answers_to(kept: InboundMail) -> list[str]:
    answer_mail(mail_id=kept.pk, at=NOON)
    return [str(letter.body) for letter in mail.outbox]


def test_a_known_person_registers_by_four_lines_and_gets_the_receipt(lumen: Workspace, zoe: PartnerMembership) -> None:
    kept = come_in(lumen, written(), at=NOON)

    made = DealRegistration.objects.get()
    assert (kept.state, kept.reference, kept.partner_id) == ("registered", made.reference, zoe.partner_id)
    assert (made.company, made.contact_email, made.value_minor) == ("Cellvia", "ruth@cellvia.com", 6_000_000)
    assert (made.submitted_by_id, made.submitted_at) == (zoe.person_id, NOON)
    mail_receipt(registration_id=made.pk, at=NOON)
    (letter,) = mail.outbox
    assert letter.to == ["zoe@zephyr.example"]
    seen = receipt_in(str(letter.body))
    assert (seen.reference, seen.moment, seen.proof) == (made.reference, "14 Oct 2026, 14:00 CEST", made.receipt_hash)
    assert ActivityEntry.objects.get(verb="deal_registered").actor_label == "Zoe Lind"


def test_a_mail_is_taken_once_however_often_it_comes(lumen: Workspace) -> None:
    first = come_in(lumen, written(), at=NOON)
    again = posted(
        lumen, written(head="Received: by another\n"), at=NOON, results="mx; dkim=pass header.d=zephyr.example"
    )
    take_mail(mail_id=first.pk, at=NOON)

    assert again.json() == {"kept": False}
    assert (DealRegistration.objects.count(), InboundMail.objects.count()) == (1, 1)


def test_whoever_has_the_address_of_the_partners_form_registers_by_mail(lumen: Workspace, zephyr: Partner) -> None:
    form = open_public_form(SYSTEM, partner_id=zephyr.pk, at=NOON, entropy=bytes(ENTROPY_NEEDED))
    to = ADDRESS.replace("@", f"+{token_of(form)}@")
    come_in(lumen, written(sender="jane@field.example", to=to), at=NOON, domain="field.example")

    made = DealRegistration.objects.get()
    submitter = OutsideSubmitter.objects.get()
    assert (made.partner_id, made.submitted_by_id) == (zephyr.pk, None)
    assert (submitter.way, submitter.email) == ("mail", "jane@field.example")
    close_public_form(SYSTEM, partner_id=zephyr.pk, at=NOON)
    late = come_in(lumen, written(sender="jane@field.example", to=to, number=2), at=NOON, domain="field.example")
    assert (late.state, DealRegistration.objects.count()) == ("unreadable", 1)
    assert "is closed" in late.reason


def test_what_is_missing_is_told_with_the_lines_to_write_and_the_mail_is_kept(lumen: Workspace) -> None:
    kept = come_in(lumen, written("Hi,\nCompany: Cellvia\nWebsite: gmail.com\nValue: a lot"), at=NOON)

    assert (kept.state, kept.answered_at, DealRegistration.objects.exists()) == ("unreadable", NOON, False)
    (answer,) = answers_to(kept)
    assert "Contact: Enter whom you know there, by name or e-mail address." in answer
    assert "Website: gmail.com is a mail provider, not a company. Use the company's own website." in answer
    assert "Value: “a lot” is not an amount. Write it like 60,000, or EUR 60,000 for another currency." in answer
    assert "Website: cellvia.com" in answer
    assert mail.outbox[0].extra_headers["In-Reply-To"] == "<1@test.example>"
    assert mail.outbox[0].extra_headers["Auto-Submitted"] == "auto-replied"


def test_two_programs_do_not_write_to_each_other_for_ever(lumen: Workspace) -> None:
    kept = [come_in(lumen, written("Hello", number=number), at=NOON) for number in range(12)]

    assert [mail.answered_at is not None for mail in kept] == [True] * 10 + [False] * 2


@pytest.mark.parametrize(
    ("sender", "domain", "reason"),
    [
        ("zoe@zephyr.example", "", "Neither DKIM nor SPF nor DMARC passed for the sender's domain."),
        ("zoe@zephyr.example", "evil.example", "Neither DKIM nor SPF nor DMARC passed for the sender's domain."),
    ],
)
def test_a_mail_whose_sender_is_not_proved_is_held_and_nobody_is_answered(
    lumen: Workspace, sender: str, domain: str, reason: str
) -> None:
    kept = come_in(lumen, written(sender=sender), at=NOON, domain=domain)

    assert (kept.state, kept.reason, kept.answered_at) == ("held", reason, None)
    assert not DealRegistration.objects.exists()
    assert not mail.outbox


def test_without_a_word_of_the_webhook_the_trusted_server_s_topmost_header_counts(lumen: Workspace) -> None:
    proved = "Authentication-Results: mx.in.example; dkim=pass header.d=zephyr.example\n"
    failed = "Authentication-Results: mx.in.example; dkim=fail header.d=zephyr.example\n"
    elsewhere = "Authentication-Results: mx.evil.example; dkim=pass header.d=zephyr.example\n"
    states = []
    for number, head in enumerate([failed + proved, elsewhere, "", proved]):
        posted(lumen, written(head=head, number=number), at=NOON)
        kept = InboundMail.objects.order_by("-pk")[0]
        take_mail(mail_id=kept.pk, at=NOON)
        kept.refresh_from_db()
        states.append(kept.state)

    assert states == ["held", "held", "held", "registered"]


@pytest.mark.parametrize(
    ("sender", "domain", "why"),
    [
        ("nobody@else.example", "else.example", "Nobody who may register deals has this address."),
        ("mia@zephyr.example", "zephyr.example", "Nobody who may register deals has this address."),
        ("sam@both.example", "both.example", "You register deals for several partners."),
    ],
)
def test_who_may_not_register_is_told_what_to_do(
    lumen: Workspace, zephyr: Partner, sender: str, domain: str, why: str
) -> None:
    make_partner_person(zephyr, PartnerRole.MARKETER, email="mia@zephyr.example")
    for partner in (zephyr, make_partner(lumen, "Quanta")):
        make_partner_person(partner, email="sam@both.example")
    kept = come_in(lumen, written(sender=sender), at=NOON, domain=domain)

    assert kept.state == "unreadable"
    assert why in kept.reason
    assert not DealRegistration.objects.exists()


@pytest.mark.parametrize("head", ["Auto-Submitted: auto-replied\n", "Precedence: bulk\n", "Return-Path: <>\n"])
def test_answers_of_programs_and_bounces_are_ignored(lumen: Workspace, head: str) -> None:
    kept = come_in(lumen, written(head=head), at=NOON)

    assert (kept.state, DealRegistration.objects.exists(), kept.answered_at) == ("ignored", False, None)


def test_a_reply_to_a_notice_is_a_message_in_the_conversation_and_waits_for_an_answer(
    lumen: Workspace, zoe: PartnerMembership
) -> None:
    made = DealRegistration.objects.get(reference=come_in(lumen, written(), at=NOON).reference)
    to = reply_address(ADDRESS, ReplyTo(made.pk, zoe.person_id, zoe.partner_id), workspace_id=lumen.pk)
    text = "Who is the buyer?\n\nOn Wed, 14 Oct 2026 at 14:00, Lumen <deals@in.example> wrote:\n> Answer by Friday\n"
    kept = come_in(lumen, written(text, to=to, number=2), at=NOON)

    message = Message.objects.get()
    assert (kept.state, kept.reference) == ("replied", made.reference)
    assert (message.body, message.author_id, message.side) == ("Who is the buyer?", zoe.person_id, "partner")


def asked_by_the_vendor(zoe: PartnerMembership) -> DealRegistration:
    """Have the vendor write about Zoe's only registration, and the mail about it sent."""
    made = DealRegistration.objects.get()
    about = About(partner_id=made.partner_id, title="Cellvia", registration_id=made.pk)
    draft = Draft(text="Who is the buyer?", key="one")
    manager = Actor(kind=ActorKind.PERSON, label="Priya Nair")
    post_message(manager, about=about, side=MessageSide.VENDOR, draft=draft, at=NOON)
    take_up(at=NOON)
    for delivery in Delivery.objects.filter(person=zoe.person):
        deliver_mail(delivery_id=delivery.pk, compose=partial(compose, at=NOON), at=NOON)
    return made


def test_a_notice_says_where_its_answer_goes_and_the_answer_arrives_there(
    lumen: Workspace, zoe: PartnerMembership
) -> None:
    come_in(lumen, written(), at=NOON)
    made = asked_by_the_vendor(zoe)

    (letter,) = mail.outbox
    (to,) = letter.reply_to
    assert to.startswith(f"deals+r{made.pk}-{zoe.person_id}-{zoe.partner_id}-")
    assert "Answer this mail to write in the conversation." in str(letter.body)
    kept = come_in(lumen, written("Ruth is.", to=to, number=2), at=NOON)
    assert (kept.state, Message.objects.order_by("-pk")[0].body) == ("replied", "Ruth is.")


def test_where_no_mail_is_taken_a_notice_asks_for_none(workspace: Workspace, zoe: PartnerMembership) -> None:
    claim = {"company": "Cellvia", "website": "cellvia.com", "contact": "Ruth", "value": "60k", "token": "one"}
    browser_of(zoe.person).post(reverse("portal:register"), claim)
    with scope(workspace_id=workspace.pk):
        asked_by_the_vendor(zoe)

    (letter,) = mail.outbox
    assert letter.reply_to == []
    assert "Answer this mail" not in str(letter.body)


def test_the_vendor_answers_by_mail_too_and_nobody_in_another_s_name(lumen: Workspace, zoe: PartnerMembership) -> None:
    made = DealRegistration.objects.get(reference=come_in(lumen, written(), at=NOON).reference)
    manager = make_member(lumen, WorkspaceRole.PARTNER_MANAGER, email="priya@umbra.example", name="Priya Nair")
    to = reply_address(ADDRESS, ReplyTo(made.pk, manager.person_id, None), workspace_id=lumen.pk)
    by_another = come_in(lumen, written("Approved!", to=to, number=2), at=NOON)
    forged = come_in(lumen, written("Approved!", to=to[:-14] + "aa@in.example", number=3), at=NOON)
    sent = written("On Tuesday.", sender="priya@umbra.example", to=to, number=4)
    own = come_in(lumen, sent, at=NOON, domain="umbra.example")

    assert (by_another.state, by_another.reason) == ("held", "A reply from another address than the mail was sent to.")
    assert forged.state == "unreadable"
    assert own.state == "replied"
    assert list(Message.objects.values_list("body", "side", "author_label")) == [
        ("On Tuesday.", "vendor", "Priya Nair")
    ]
    assert zoe.person_id != manager.person_id


def test_an_admin_sees_what_was_held_vouches_for_it_or_puts_it_aside(lumen: Workspace) -> None:
    held = come_in(lumen, written(), at=NOON, domain="")
    other = come_in(lumen, written(CLAIM.replace("Cellvia", "Orchid"), number=2), at=NOON, domain="")
    anna = browser_of(make_member(lumen, name="Anna Berg").person)
    ae = browser_of(make_member(lumen, WorkspaceRole.AE, email="ae@umbra.example").person)

    assert "A deal" in anna.get(reverse("console:inbound_mails") + "?view=held").content.decode()
    page = anna.get(reverse("console:inbound_mail", args=[held.pk])).content.decode()
    assert "Neither DKIM nor SPF nor DMARC passed" in page
    assert "Company: Cellvia" in page
    assert ae.post(reverse("console:take_inbound_mail", args=[held.pk])).status_code == 403
    anna.post(reverse("console:take_inbound_mail", args=[held.pk]))
    anna.post(reverse("console:discard_inbound_mail", args=[other.pk]))
    assert anna.post(reverse("console:take_inbound_mail", args=[held.pk])).status_code == 404
    assert list(DealRegistration.objects.values_list("company", flat=True)) == ["Cellvia"]
    states = InboundMail.objects.order_by("pk").values_list("state", "settled_by_label")
    assert list(states) == [("registered", "Anna Berg"), ("discarded", "Anna Berg")]
    verbs = (
        ActivityEntry.objects.filter(subject_kind="inbound_mail").order_by("position").values_list("verb", flat=True)
    )
    assert list(verbs) == ["inbound_mail_vouched", "inbound_mail_discarded"]


@pytest.mark.parametrize(
    ("headers", "at", "status"),
    [
        ({"webhook-signature": "v1,AAAA"}, NOON, 401),
        ({"webhook-signature": ""}, NOON, 401),
        ({}, NOON - timedelta(minutes=6), 401),
        ({}, NOON + timedelta(minutes=6), 401),
        ({}, NOON, 202),
    ],
)
def test_only_the_mail_server_posts_and_only_now(
    lumen: Workspace, headers: dict[str, str], at: datetime, status: int
) -> None:
    answer = posted(lumen, written(), at=at, headers=headers)

    assert answer.status_code == status
    assert InboundMail.objects.count() == (1 if status == 202 else 0)


def test_a_workspace_that_takes_no_mail_answers_as_one_that_does_not_exist(workspace: Workspace) -> None:
    unknown = Client().post(reverse("hooks:mail", args=[999_999]), "{}", content_type="application/json")
    answer = posted(workspace, written(), at=NOON)

    assert (answer.status_code, unknown.status_code) == (401, 401)
    assert answer.content == unknown.content


def test_a_mail_that_is_too_large_or_none_is_refused_with_what_to_send(lumen: Workspace) -> None:
    large = posted(lumen, written("x" * 36_000_001), at=NOON)
    larger = posted(lumen, written("x" * 40_000_000), at=NOON)
    empty = posted(lumen, b"", at=NOON)

    assert [(answer.status_code, answer.json()["detail"]) for answer in (large, larger)] == [
        (413, "The mail is larger than 36,000,000 bytes."),
        (413, "The mail is larger than 36,000,000 bytes."),
    ]
    assert (empty.status_code, empty.json()["detail"]) == (422, "The mail is empty.")


def test_mail_is_set_up_shown_and_stopped_by_an_admin_alone(workspace: Workspace) -> None:
    anna = browser_of(make_member(workspace).person)
    manager = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER, email="p@umbra.example").person)
    address = reverse("console:mail_in")
    wish = {
        "address": "Deals@In.example",
        "trusted_server": "mx.in.example",
        "imap_port": "993",
        "imap_folder": "INBOX",
    }

    assert manager.get(address).status_code == 403
    refused = anna.post(address, {**wish, "imap_host": "imap.in.example"})
    assert refused.status_code == 422
    assert "Enter whose mailbox it is." in refused.content.decode()
    assert "Enter the password of the mailbox." in refused.content.decode()
    anna.post(address, {**wish, "imap_host": "imap.in.example", "imap_user": "deals", "imap_password": "s3cret"})
    anna.post(address, {**wish, "imap_host": "imap.in.example", "imap_user": "deals"})
    page = anna.get(address).content.decode()
    assert "deals@in.example" in page
    assert "s3cret" not in page
    assert "whsec_" not in page
    shown = anna.post(reverse("console:show_mail_secret")).content.decode()
    renewed = anna.post(reverse("console:rotate_mail_secret")).content.decode()
    assert "whsec_" in shown
    assert shown.split("whsec_")[1][:20] != renewed.split("whsec_")[1][:20]
    anna.post(reverse("console:stop_mail"))
    with scope(workspace_id=workspace.pk):
        assert not MailInSettings.objects.exists()
        recorded = list(ActivityEntry.objects.filter(verb__startswith="mail_in").values_list("verb", "body"))
    assert [verb for verb, _ in recorded] == [
        "mail_in_changed",
        "mail_in_changed",
        "mail_in_secret_rotated",
        "mail_in_stopped",
    ]
    assert not any("s3cret" in body for _, body in recorded)
