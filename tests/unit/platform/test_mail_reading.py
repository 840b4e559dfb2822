"""A mail as it came over the wire: who wrote it, in which words, and whether a person did."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.platform.mail_in.addresses import ReplyTo, reply_address, reply_of, tagged, tags_in
from tallystick.platform.mail_in.attached import MailedFile
from tallystick.platform.mail_in.reading import MailUnreadable, message_key, read_mail

HEAD = "From: Zoe Lind <Zoe@Zephyr.example>\r\nTo: Deals <deals+x@in.example>\r\nMessage-ID: <a1@zephyr.example>\r\n"


def mail(head: str = "", body: str = "Hello") -> bytes:
    return f"{HEAD}Subject: A deal\r\n{head}\r\n{body}".encode()


def test_a_plain_mail_says_who_to_whom_and_what() -> None:
    read = read_mail(mail("Cc: copy@in.example\r\n"), recipient="DEALS@in.example")

    assert (read.sender, read.sender_name, read.subject, read.text) == (
        "zoe@zephyr.example",
        "Zoe Lind",
        "A deal",
        "Hello",
    )
    assert read.recipients == ("deals@in.example", "deals+x@in.example", "copy@in.example")
    assert (read.message_id, read.automatic, read.files) == ("<a1@zephyr.example>", "", ())


def test_html_alone_becomes_lines() -> None:
    html = "<style>p{}</style><p>Company: <b>Cellvia</b></p><div>Value: 60&nbsp;000<br>Contact: Ruth</div>"
    read = read_mail(mail("Content-Type: text/html; charset=utf-8\r\n", html))

    assert [line for line in read.text.split("\n") if line] == ["Company: Cellvia", "Value: 60 000", "Contact: Ruth"]


def test_of_two_forms_of_one_text_the_plain_one_is_read_and_attachments_are_read() -> None:
    parts = (
        "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
        "--c\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        "Company: Br=FCckner\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>no</p>\r\n--c--\r\n"
        "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--b--\r\n"
    )
    read = read_mail(mail("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n", parts))

    assert (read.text, read.files) == ("Company: Brückner", (MailedFile("a.pdf", b"x"),))


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("Auto-Submitted: auto-replied\r\n", "Auto-Submitted: auto-replied"),
        ("Auto-Submitted: auto-generated (vacation)\r\n", "Auto-Submitted: auto-generated (vacation)"),
        ("Precedence: bulk\r\n", "Precedence: bulk"),
        ("Return-Path: <>\r\n", "a report of delivery"),
        ("X-Autoreply: yes\r\n", "X-Autoreply"),
        ("List-Id: <news.zephyr.example>\r\n", "List-Id"),
        ("Auto-Submitted: no\r\n", ""),
    ],
)
def test_what_no_person_wrote_says_so(head: str, why: str) -> None:
    assert read_mail(mail(head)).automatic == why


def test_a_bounce_is_no_persons() -> None:
    report = mail("Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n", "--b--\r\n")
    assert read_mail(report).automatic == "a report of delivery"
    assert read_mail(mail().replace(b"Zoe@Zephyr", b"MAILER-DAEMON@zephyr")).automatic == "no person has its address"


@pytest.mark.parametrize("raw", [b"", b"Subject: nobody\r\n\r\nHello", b"From: a@b.example, c@d.example\r\n\r\nHello"])
def test_a_mail_without_one_sender_cannot_be_read(raw: bytes) -> None:
    with pytest.raises(MailUnreadable, match="sender"):
        read_mail(raw)


@pytest.mark.parametrize(
    "quoted",
    [
        "On Wed, 14 Oct 2026 at 14:00, Lumen <deals@in.example> wrote:\n> The question\n",
        "Am Mi., 14. Okt. 2026 um 14:00 Uhr schrieb Lumen <deals@in.example>:\n> Die Frage\n",
        "Le mer. 14 oct. 2026 à 14:00, Lumen <deals@in.example> a écrit :\n> La question\n",
    ],
)
def test_of_a_reply_only_what_is_new_is_taken(quoted: str) -> None:
    read = read_mail(mail(body=f"The review is on Tuesday.\n\n{quoted}"))

    assert read.new_text == "The review is on Tuesday."


def test_two_copies_of_one_mail_have_one_key_whatever_servers_added() -> None:
    assert message_key(mail()) == message_key(b"Received: by mx\r\n" + mail("X-Spam: no\r\n"))
    assert message_key(mail()) != message_key(mail().replace(b"<a1@", b"<a2@"))
    assert message_key(b"no header\r\n\r\none") != message_key(b"no header\r\n\r\ntwo")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", message_key(raw))
    with suppress(MailUnreadable):
        read_mail(b"From: a@b.example\r\n" + raw)


def test_an_address_for_a_reply_is_read_back_and_no_other_is() -> None:
    where = ReplyTo(registration_id=345, person_id=67, partner_id=None)
    address = reply_address("deals@in.example", where, workspace_id=12)
    (tag,) = tags_in((address.upper(), "deals@in.example", "other+x@in.example"), address="deals@in.example")

    assert address.startswith("deals+r345-67-0-")
    assert reply_of(tag, workspace_id=12) == where
    assert reply_of(tag, workspace_id=13) is None
    assert reply_of(tag.replace("345", "346"), workspace_id=12) is None
    assert reply_of("x", workspace_id=12) is None
    assert tagged("deals" * 12 + "@in.example", "x" * 20) == ""
