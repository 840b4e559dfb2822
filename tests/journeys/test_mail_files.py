"""Files of mails are kept as those chosen on a screen; what is not kept is named, and never stands in the way."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from tallystick.deals.models import DealRegistration, Message, OutsideSubmitter, RegistrationFile
from tallystick.flows.mail_in.answers import answer_mail
from tallystick.flows.mail_in.taking import take_mail, vouch_for_mail
from tallystick.flows.outside import mail_receipt
from tallystick.partners.models import Partner, PartnerMembership, PartnerRole
from tallystick.partners.public_forms import ENTROPY_NEEDED, open_public_form, token_of
from tallystick.platform.actors import SYSTEM
from tallystick.platform.files.services import open_file
from tallystick.platform.mail_in.addresses import ReplyTo, reply_address
from tallystick.platform.mail_in.fetching import fetch_mail
from tallystick.platform.models import InboundMail, StoredFile, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.imap import PASSWORD, USER, imap_server
from tests.factories.mails import ADDRESS, CLAIM, come_in, posted, take_mail_at, with_logo, written_with
from tests.factories.people import browser_of, make_partner, make_partner_person

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
OFFER = ("Offer für Cellvia.pdf", "application/pdf", b"%PDF-1.7\nan offer")
PRICES = ("prices.csv", "text/csv", b"part;price\nA;10\n")
PROGRAM = ("price-list.exe", "application/octet-stream", b"MZ\x90\x00\x03")
DRESSED_UP = ("invoice.pdf", "application/pdf", b"MZ\x90\x00\x03")
LOGO = b"\x89PNG\r\n\x1a\n" + b"\x00" * 4_000
KINDS = "csv, docx, eml, gif, ics, jpeg, jpg, md, pdf, png, pptx, txt, webp, xlsx, zip"


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
def lumen(workspace: Workspace, zoe: PartnerMembership) -> Iterator[Workspace]:
    take_mail_at(workspace, at=NOON)
    with scope(workspace_id=workspace.pk):
        yield workspace


def names_kept() -> list[str]:
    return list(RegistrationFile.objects.order_by("pk").values_list("file__name", flat=True))


def test_files_of_a_mail_are_those_of_the_registration_and_both_sides_open_them(
    lumen: Workspace, zoe: PartnerMembership
) -> None:
    kept = come_in(lumen, written_with(OFFER, PRICES), at=NOON)

    made = DealRegistration.objects.get()
    assert (kept.state, kept.reason, names_kept()) == ("registered", "", ["Offer für Cellvia.pdf", "prices.csv"])
    stored = StoredFile.objects.order_by("pk")[0]
    assert (stored.purpose, stored.partner_id, stored.uploaded_by_label) == ("registration", zoe.partner_id, "Zoe Lind")
    with open_file(stored) as content:
        assert content.read() == OFFER[2]
    browser = browser_of(zoe.person)
    assert "Offer für Cellvia.pdf" in browser.get(reverse("portal:receipt", args=[made.reference])).content.decode()
    handed_out = browser.get(reverse("portal:file", args=[stored.pk]))
    assert (handed_out.status_code, b"".join(handed_out)) == (200, OFFER[2])
    mail_receipt(registration_id=made.pk, at=NOON)
    assert "Files: Offer für Cellvia.pdf, prices.csv" in str(mail.outbox[0].body)
    assert "not kept" not in str(mail.outbox[0].body)


def test_a_file_that_is_refused_is_named_in_the_receipt_and_stops_nothing(
    lumen: Workspace, zoe: PartnerMembership
) -> None:
    empty = ("notes.txt", "text/plain", b"")
    kept = come_in(lumen, written_with(PROGRAM, OFFER, DRESSED_UP, empty), at=NOON)

    made = DealRegistration.objects.get()
    why = [
        f"price-list.exe is not of a kind that is kept here. These are: {KINDS}.",
        f"invoice.pdf is not of a kind that is kept here. These are: {KINDS}.",
        "notes.txt is empty.",
    ]
    assert (kept.state, kept.reason.splitlines()) == ("registered", why)
    assert names_kept() == ["Offer für Cellvia.pdf"]
    mail_receipt(registration_id=made.pk, at=NOON)
    body = str(mail.outbox[0].body)
    assert "These files were not kept" in body
    assert all(sentence in body for sentence in why)
    page = browser_of(zoe.person).get(reverse("portal:receipt", args=[made.reference])).content.decode()
    assert why[0] in page


def test_a_name_that_promises_another_kind_is_refused(lumen: Workspace) -> None:
    kept = come_in(lumen, written_with(("offer.docx", "application/pdf", OFFER[2])), at=NOON)

    assert kept.state == "registered"
    assert kept.reason == "offer.docx holds something else than its name says. It would be kept as pdf."
    assert not StoredFile.objects.exists()


def test_of_more_than_five_files_five_are_kept_and_of_one_twice_one(lumen: Workspace) -> None:
    many = [(f"{number}.csv", "text/csv", f"row {number}".encode()) for number in range(1, 8)]
    kept = come_in(lumen, written_with(PRICES, PRICES, *many), at=NOON)

    assert names_kept() == ["prices.csv", "1.csv", "2.csv", "3.csv", "4.csv"]
    assert kept.reason.splitlines() == [
        f"{name} is one too many: at most 5 files are kept at once." for name in ("5.csv", "6.csv", "7.csv")
    ]


def test_the_largest_file_that_a_screen_takes_comes_by_mail(lumen: Workspace) -> None:
    short = written_with(("largest.txt", "text/plain", b"here"))
    # Written by hand: the mail program of the standard library takes ten times as long.
    raw = short.replace(base64.encodebytes(b"here").strip(), base64.encodebytes(b"x" * 26_214_400))
    assert come_in(lumen, raw, at=NOON).state == "registered"

    assert list(StoredFile.objects.values_list("name", "size")) == [("largest.txt", 26_214_400)]


HTML = "<p>Company: Cellvia</p><img src='cid:logo@1'>"


def test_the_logo_of_a_signature_is_no_file_and_a_picture_is(lumen: Workspace) -> None:
    signed = with_logo(written_with(OFFER, html=HTML), LOGO)
    shown = with_logo(written_with(text=CLAIM.replace("ellvia", "orvid"), html=HTML, number=2), LOGO + b"\0" * 100_000)
    unshown = with_logo(written_with(text=CLAIM.replace("ellvia", "alyx"), html="<p>Hi</p>", number=3), LOGO)
    attached = with_logo(
        written_with(text=CLAIM.replace("ellvia", "orex"), html=HTML, number=4), LOGO, disposition="attachment"
    )
    kept = [come_in(lumen, raw, at=NOON) for raw in (signed, shown, unshown, attached)]

    assert [(row.state, row.reason) for row in kept] == [("registered", "")] * 4
    found = RegistrationFile.objects.order_by("pk").values_list("registration__reference", "file__name")
    assert list(found) == [
        (kept[0].reference, "Offer für Cellvia.pdf"),
        (kept[1].reference, "image001.png"),
        (kept[2].reference, "image001.png"),
        (kept[3].reference, "image001.png"),
    ]


def test_a_mail_that_comes_twice_or_is_taken_twice_attaches_once(lumen: Workspace) -> None:
    raw = written_with(OFFER)
    kept = come_in(lumen, raw, at=NOON)
    assert posted(lumen, raw, at=NOON, results="mx; dkim=pass header.d=zephyr.example").json() == {"kept": False}
    InboundMail.objects.filter(pk=kept.pk).update(state="waiting")
    take_mail(mail_id=kept.pk, at=NOON)

    assert (DealRegistration.objects.count(), StoredFile.objects.count()) == (1, 1)


def test_the_files_of_a_held_mail_are_kept_once_somebody_vouches_and_not_before(lumen: Workspace) -> None:
    held = come_in(lumen, written_with(OFFER), at=NOON, domain="")
    assert (held.state, StoredFile.objects.exists()) == ("held", False)
    vouch_for_mail(SYSTEM, mail_id=held.pk, at=NOON)

    assert names_kept() == ["Offer für Cellvia.pdf"]


def test_from_somebody_who_does_not_sign_in_no_file_is_kept_as_on_the_public_form(
    lumen: Workspace, zephyr: Partner
) -> None:
    form = open_public_form(SYSTEM, partner_id=zephyr.pk, at=NOON, entropy=bytes(ENTROPY_NEEDED))
    to = ADDRESS.replace("@", f"+{token_of(form)}@")
    kept = come_in(lumen, written_with(OFFER, sender="jane@field.example", to=to), at=NOON, domain="field.example")

    why = "Offer für Cellvia.pdf was sent by somebody who does not sign in here; their files are not kept."
    assert (kept.state, kept.reason, OutsideSubmitter.objects.get().left_out) == ("registered", why, [why])
    assert not StoredFile.objects.exists()


def test_the_files_of_a_reply_stand_with_its_message_and_what_is_not_kept_is_told(
    lumen: Workspace, zoe: PartnerMembership
) -> None:
    made = DealRegistration.objects.get(reference=come_in(lumen, written_with(), at=NOON).reference)
    to = reply_address(ADDRESS, ReplyTo(made.pk, zoe.person_id, zoe.partner_id), workspace_id=lumen.pk)
    reply = written_with(OFFER, PROGRAM, text="Here it is.", to=to, number=2)
    kept = come_in(lumen, reply, at=NOON)
    posted(lumen, reply, at=NOON)

    message = Message.objects.get()
    assert (kept.state, message.body, kept.answered_at) == ("replied", "Here it is.", NOON)
    assert list(message.attachments.values_list("file__name", "file__purpose", "partner_id")) == [
        ("Offer für Cellvia.pdf", "deal_message", zoe.partner_id)
    ]
    answer_mail(mail_id=kept.pk, at=NOON)
    (answer,) = mail.outbox
    assert answer.subject == "Not all files were kept: A deal"
    assert f"Your words stand in the conversation about {made.reference}." in str(answer.body)
    assert f"price-list.exe is not of a kind that is kept here. These are: {KINDS}." in str(answer.body)


def test_a_reply_of_files_alone_is_a_message_and_one_of_nothing_kept_is_not(
    lumen: Workspace, zoe: PartnerMembership
) -> None:
    made = DealRegistration.objects.get(reference=come_in(lumen, written_with(), at=NOON).reference)
    to = reply_address(ADDRESS, ReplyTo(made.pk, zoe.person_id, zoe.partner_id), workspace_id=lumen.pk)
    files = come_in(lumen, written_with(OFFER, text="", to=to, number=2), at=NOON)
    nothing = come_in(lumen, written_with(PROGRAM, text="", to=to, number=3), at=NOON)

    assert (files.state, nothing.state, Message.objects.count()) == ("replied", "unreadable", 1)
    assert "price-list.exe is not of a kind that is kept here." in nothing.reason


@pytest.mark.parametrize("files", [(OFFER, PROGRAM), (PROGRAM,)])
def test_a_mail_from_a_mailbox_brings_its_files_too(
    workspace: Workspace, zoe: PartnerMembership, files: tuple[tuple[str, str, bytes], ...]
) -> None:
    proved = b"Authentication-Results: mx.in.example; dkim=pass header.d=zephyr.example\r\n"
    with imap_server() as server, scope(workspace_id=workspace.pk):
        take_mail_at(
            workspace, at=NOON, imap_host="127.0.0.1", imap_port=server.port, imap_user=USER, imap_password=PASSWORD,
            imap_folder="INBOX",
        )  # fmt: skip
        server.put(proved + written_with(*files))
        fetch_mail(at=NOON, trusted=[f"imap://127.0.0.1:{server.port}"])
        row = InboundMail.objects.get()
        take_mail(mail_id=row.pk, at=NOON)
        row.refresh_from_db()

        assert row.state == "registered"
        assert row.reason.startswith("price-list.exe is not of a kind")
        assert names_kept() == [file[0] for file in files if file is OFFER]
