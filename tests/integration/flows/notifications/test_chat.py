"""Slack and Teams: what is posted where, with a stand-in for the chat; and that no address leads into our network."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import override_settings

from tallystick.flows.notifications import stream
from tallystick.platform.actors import SYSTEM
from tallystick.platform.http.outgoing import AddressRefused, checked_address, is_public, post_json
from tallystick.platform.models import ActivityEntry, ChatService, ChatWebhook, Delivery, Workspace
from tallystick.platform.notifications.chat import (
    ChatRefused,
    NameTaken,
    add_chat_webhook,
    change_chat_webhook,
    say_in_chat,
    try_chat_webhook,
)
from tallystick.platform.notifications.sealing import SealBroken, seal, unseal
from tallystick.platform.tenancy import scope
from tests.integration.flows.notifications.world import MONDAY, Cast, make_cast, register


@dataclass
class Chat:
    """A stand-in for Slack: it keeps what was posted and answers as it is told."""

    url: str = ""
    status: int = 200
    posted: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def chat() -> Iterator[Chat]:
    stand_in = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stand_in.posted.append(json.loads(body))
            self.send_response(stand_in.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(b"x" * 200_000)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    with override_settings(CHAT_WEBHOOK_HOSTS=(stand_in.url,)):
        yield stand_in
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cast(workspace: Workspace) -> Iterator[Cast]:
    people = make_cast(workspace)
    with scope(workspace_id=workspace.pk):
        stream.take_up(at=MONDAY)
        yield people


def channel(chat: Chat, *, service: ChatService = ChatService.SLACK, name: str = "#deals") -> ChatWebhook:
    return add_chat_webhook(
        SYSTEM, service=service, name=name, url=f"{chat.url}/secret", kinds=["registrations"], at=MONDAY
    )


def test_a_channel_is_told_of_its_kinds_once(cast: Cast, chat: Chat) -> None:
    channel(chat)
    teams = channel(chat, service=ChatService.TEAMS, name="Partners")
    registration = register(cast, "Cell<via> & Co")
    stream.take_up(at=MONDAY)
    for delivery in Delivery.objects.filter(channel="chat").order_by("pk"):
        say_in_chat(delivery_id=delivery.pk, at=MONDAY)
        say_in_chat(delivery_id=delivery.pk, at=MONDAY)

    news = "Cell<via> & Co: registered by Zephyr Informatics, decide by 25 Nov 2026, 10:00 CET"
    title = f"[Deal {registration.reference}] {news}"
    slack, card = chat.posted
    assert slack["text"] == title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert slack["blocks"][0]["text"] == {"type": "plain_text", "text": title, "emoji": False}
    url = f"http://127.0.0.1:8000/deals/registrations/{registration.reference}/"
    assert slack["blocks"][1]["elements"][0]["url"] == url
    content = card["attachments"][0]["content"]
    assert content["body"][0]["inlines"] == [{"type": "TextRun", "text": title}]
    assert content["actions"] == [{"type": "Action.OpenUrl", "title": "Open", "url": url}]
    assert set(Delivery.objects.filter(channel="chat").values_list("state", flat=True)) == {"sent"}
    assert teams.sealed_url != f"{chat.url}/secret"


def test_a_chat_that_is_busy_is_tried_again_and_one_that_is_gone_is_not(cast: Cast, chat: Chat) -> None:
    channel(chat)
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    delivery = Delivery.objects.get(channel="chat")
    chat.status = 429
    with pytest.raises(ChatRefused):
        say_in_chat(delivery_id=delivery.pk, at=MONDAY)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.problem[:26]) == ("queued", "The chat answered 429: xxx")
    chat.status = 410
    say_in_chat(delivery_id=delivery.pk, at=MONDAY)
    delivery.refresh_from_db()
    assert delivery.state == "failed"


def test_a_redirect_is_not_followed_and_a_long_answer_not_read(cast: Cast, chat: Chat) -> None:
    chat.status = 302
    answer = post_json(f"{chat.url}/secret", {}, allowed=(chat.url,))
    assert (answer.status, len(answer.text)) == (302, 65_536)
    assert len(chat.posted) == 1


def test_a_channel_that_is_paused_is_told_nothing(cast: Cast, chat: Chat) -> None:
    webhook = channel(chat)
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    change_chat_webhook(SYSTEM, webhook_id=webhook.pk, kinds=webhook.kinds, is_active=False, at=MONDAY)
    say_in_chat(delivery_id=Delivery.objects.get(channel="chat").pk, at=MONDAY)
    register(cast, "Northgate", seed=1)
    stream.take_up(at=MONDAY)
    assert chat.posted == []
    assert [delivery.state for delivery in Delivery.objects.filter(channel="chat")] == ["skipped"]


def test_the_test_button_says_what_went_wrong(cast: Cast, chat: Chat) -> None:
    webhook = channel(chat)
    assert try_chat_webhook(webhook_id=webhook.pk, subject="Hello", url="http://x/") == ""
    chat.status = 404
    assert try_chat_webhook(webhook_id=webhook.pk, subject="Hello", url="http://x/").startswith("The chat answered 404")
    with pytest.raises(NameTaken):
        channel(chat)
    assert ActivityEntry.objects.filter(verb="chat_webhook_added").count() == 1
    assert chat.url not in ActivityEntry.objects.get(verb="chat_webhook_added").summary


def test_a_sealed_address_is_read_with_the_same_key_only() -> None:
    sealed = seal("https://hooks.slack.com/services/T/B/secret")
    assert "slack" not in sealed
    assert unseal(sealed) == "https://hooks.slack.com/services/T/B/secret"
    with override_settings(SECRET_KEY="another"), pytest.raises(SealBroken):
        unseal(sealed)


SLACK_ONLY = ("hooks.slack.com", "*.webhook.office.com")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/x",
        "https://hooks.slack.com:22/x",
        "https://hooks.slack.com@evil.example/x",
        "https://user:word@hooks.slack.com/x",
        "https://evil.example/hooks.slack.com",
        "https://webhook.office.com.evil.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "ftp://hooks.slack.com/x",
        "file:///etc/passwd",
        "gopher://hooks.slack.com/",
        "https:///x",
        "https://hooks.slack.com:99999/",
        "",
    ],
)
def test_an_address_that_is_not_on_the_list_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        checked_address(url, allowed=SLACK_ONLY)


def test_addresses_on_the_list_pass() -> None:
    assert checked_address("https://hooks.slack.com/services/x", allowed=SLACK_ONLY).hostname == "hooks.slack.com"
    assert checked_address("https://umbra.webhook.office.com/x", allowed=SLACK_ONLY).path == "/x"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("0.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_only_addresses_of_the_open_internet_are_called(address: str, *, expected: bool) -> None:
    assert is_public(address) is expected


def test_a_name_that_leads_into_our_network_is_refused_even_if_it_is_listed() -> None:
    with pytest.raises(AddressRefused, match="private network|does not resolve"):
        post_json("https://localhost/x", {}, allowed=("localhost",))
