"""Mails as they come in: written, and posted with the signature of a mail server."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from django.test import Client
from django.urls import reverse

from tallystick.flows.mail_in.taking import take_mail
from tallystick.platform.actors import SYSTEM
from tallystick.platform.mail_in.mailbox import MailboxWish, mail_in_settings, save_mail_in, secret_of_webhook
from tallystick.platform.models import InboundMail, MailInSettings, MailInState, MailInWay, Workspace
from tallystick.platform.tenancy import scope
from tallystick.platform.webhooks.signing import ENTROPY_NEEDED, signed_headers
from tests.factories.rows import make_row

ADDRESS = "deals@in.example"
CLAIM = "Company: Cellvia\nWebsite: cellvia.com\nContact: ruth@cellvia.com\nValue: 60k\n"
PASSED = "mx.in.example; dkim=pass header.d={domain}"


def take_mail_at(workspace: Workspace, *, at: datetime, **wish: Any) -> MailInSettings:
    """Have a workspace take mail."""
    with scope(workspace_id=workspace.pk):
        wanted = MailboxWish(address=ADDRESS, trusted_server="mx.in.example", **wish)
        return save_mail_in(SYSTEM, wish=wanted, at=at, entropy=bytes(ENTROPY_NEEDED))


def written(
    text: str = CLAIM, *, sender: str = "zoe@zephyr.example", to: str = ADDRESS, number: int = 1, head: str = ""
) -> bytes:
    """Return a mail over the wire."""
    lines = f"From: Zoe Lind <{sender}>\nTo: {to}\nSubject: A deal\nMessage-ID: <{number}@test.example>\n{head}"
    return f"{lines}Content-Type: text/plain; charset=utf-8\n\n{text}".replace("\n", "\r\n").encode()


def posted(
    workspace: Workspace, raw: bytes, *, at: datetime, results: str = "", headers: Mapping[str, str] | None = None
) -> Any:
    """Post a mail as a mail server would, signed unless the headers say otherwise, and return the answer."""
    with scope(workspace_id=workspace.pk):
        taken = mail_in_settings()
        secret = secret_of_webhook(taken) if taken else "whsec_" + base64.b64encode(bytes(32)).decode()
    body = json.dumps({"mime": base64.b64encode(raw).decode(), "authentication_results": results})
    signed = signed_headers(message_id="msg_1", body=body, secrets=[secret], at=at)
    sent = {name: value for name, value in signed.items() if name != "Content-Type"} | dict(headers or {})
    address = reverse("hooks:mail", args=[workspace.pk])
    return Client().post(address, body, content_type="application/json", headers=sent)


def come_in(workspace: Workspace, raw: bytes, *, at: datetime, domain: str = "zephyr.example") -> InboundMail:
    """Post a mail whose sender is proved for a domain, or for none, have it taken and return what became of it."""
    results = PASSED.format(domain=domain) if domain else "mx.in.example; none"
    assert posted(workspace, raw, at=at, results=results).status_code == 202
    with scope(workspace_id=workspace.pk):
        for mail_id in list(InboundMail.objects.filter(state=MailInState.WAITING).values_list("pk", flat=True)):
            take_mail(mail_id=mail_id, at=at)
        return InboundMail.objects.order_by("-pk")[0]


def make_inbound_mail(**given: Any) -> InboundMail:
    """Return a mail that is held, of the workspace in scope."""
    values = {"raw": written(), "sender": "zoe@zephyr.example", "subject": "A deal", "state": MailInState.HELD}
    return make_row(InboundMail, **{**values, "way": MailInWay.WEBHOOK, "reference": "", **given})


def written_with(*files: tuple[str, str, bytes], text: str = CLAIM, html: str = "", **head: Any) -> bytes:
    """Return a mail with files, each its name, its media type and its bytes, as a mail program writes them."""
    message = EmailMessage()
    message["From"] = f"Zoe Lind <{head.get('sender', 'zoe@zephyr.example')}>"
    message["To"] = head.get("to", ADDRESS)
    message["Subject"] = "A deal"
    message["Message-ID"] = f"<{head.get('number', 1)}@test.example>"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, kind, content in files:
        main, _slash, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes(policy=SMTP)


def with_logo(raw: bytes, logo: bytes, *, disposition: str = "inline") -> bytes:
    """Return a mail whose HTML shows an image of its own."""
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    page = message.get_body(preferencelist=("html",))
    assert isinstance(page, EmailMessage)
    page.add_related(
        logo, maintype="image", subtype="png", cid="<logo@1>", filename="image001.png", disposition=disposition
    )
    return message.as_bytes()
