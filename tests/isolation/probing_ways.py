"""The other ways in which a partner, or somebody who knows its addresses, can ask about a company.

Those of the signed-in form and of the API stand in `probing.py`. Each way here is taken back before the next, so that
none finds the claim of the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import DealRegistration, OutsideSubmitter
from tallystick.flows.mail_in.answers import answer_mail
from tallystick.flows.outside import mail_receipt
from tallystick.partners.models import PartnerMembership
from tallystick.partners.public_forms import ENTROPY_NEEDED, address_of, open_public_form
from tallystick.partners.register_links import register_link
from tallystick.platform.actors import SYSTEM
from tallystick.platform.tenancy import scope
from tests.factories.mails import come_in, take_mail_at, written

from .probing import CLAIM, COMPANY, DOMAIN, FORM, LATER, Seen, World, seen_by

STRANGER: Final = {"submitter_name": "Jane Doe", "submitter_email": "jane@field.example"}
MAIL: Final = f"Company: {COMPANY}\nWebsite: {DOMAIN}\nContact: ruth@cellvia.example\nValue: 60k\n"
LEAD: Final = {"company": COMPANY, "website": DOMAIN, "contact": "Ruth", "need": "A LIMS", "token": "one"}
INTRODUCED: Final = {"company": COMPANY, "website": DOMAIN, "need": "A LIMS"}


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the prober gets in without signing in: the link of a mail, and the form anybody may fill in."""

    world: World
    link: str
    form: str


@dataclass(slots=True)
class _Asking:
    """What was seen so far."""

    world: World
    seen: list[Seen] = field(default_factory=list)

    def __call__(self, way: str, ask: Callable[[], Any]) -> Any:
        seen, response = seen_by(way, ask)
        self.seen.append(seen)
        return response


def open_doors(world: World) -> Doors:
    """Open the public form of the prober, have its workspace take mail, and take a link from a mail to it."""
    take_mail_at(world.workspace, at=LATER)
    with scope(workspace_id=world.workspace.pk):
        member = PartnerMembership.objects.select_related("person", "partner").get(partner=world.prober)
        opened = open_public_form(SYSTEM, partner_id=world.prober.pk, at=LATER, entropy=bytes(ENTROPY_NEEDED))
        return Doors(world, _path(register_link(member, at=LATER)), _path(address_of(opened)))


def probe_form(doors: Doors) -> list[Seen]:
    """Ask by the signed-in form: with an error, as a draft and its return, and by registering twice."""
    look, browser, register = _Asking(doors.world), doors.world.browser, reverse("portal:register")
    unready = {name: text for name, text in FORM.items() if name not in ("value", "contact")}
    look("form, with an error", lambda: browser.post(register, unready))
    with _taken_back():
        look("keeping a draft", lambda: browser.post(reverse("portal:draft"), {**FORM, "do": "keep"}))
        look("form, with a draft", lambda: browser.get(register))
        look("saving a draft", lambda: browser.post(reverse("portal:draft"), {**FORM, "do": "save"}))
        look("deals, with a draft", lambda: browser.get(reverse("portal:deals")))
    with _taken_back():
        browser.post(register, FORM)
        look("form, the same again", lambda: browser.post(register, {**FORM, "token": "two"}, follow=True))
        look("form, typing what is its own", lambda: browser.post(reverse("portal:check"), FORM))
    return look.seen


def probe_link(doors: Doors) -> list[Seen]:
    """Ask by the link of a mail: while typing, with an error, by registering."""
    look, browser = _Asking(doors.world), Client()
    look("link, typing", lambda: browser.post(f"{doors.link}check/", FORM))
    look("link, with an error", lambda: browser.post(doors.link, {**FORM, "value": ""}))
    with _taken_back():
        look("link, registering", lambda: browser.post(doors.link, FORM, follow=True))
    return look.seen


def probe_outside(doors: Doors) -> list[Seen]:
    """Ask without being known: by the public form and by mail, with what either sends in return."""
    look, browser, world = _Asking(doors.world), Client(), doors.world
    claim = {**FORM, **STRANGER}
    look("public form, with an error", lambda: browser.post(doors.form, {**claim, "value": "", "contact": ""}))
    for again in ("", " again"):
        with _taken_back():
            if again:
                browser.post(doors.form, {**claim, "token": "before"})
            look(f"public form, registering{again}", lambda: browser.post(doors.form, claim, follow=True))
            _letters(look, f"receipt of the public form{again}", lambda: _send_receipt(world))
    for number, (way, text) in enumerate(
        {"mail": MAIL, "mail without a value": MAIL.replace("Value: 60k\n", "")}.items()
    ):
        with _taken_back():
            kept = come_in(world.workspace, written(text, number=number + 1), at=LATER)
            assert kept.state == ("registered" if number == 0 else "unreadable"), kept.reason
            send = _send_receipt if number == 0 else lambda _: answer_mail(mail_id=kept.pk, at=LATER)  # noqa: B023
            _letters(look, f"answer to a {way}", lambda: send(world))  # noqa: B023
    return look.seen


def probe_leads(doors: Doors) -> list[Seen]:
    """Ask by introducing the company: with an error, by the form, by the API, and by reading what came of it."""
    look, browser, program = _Asking(doors.world), doors.world.browser, doors.world.program
    introduce = reverse("portal:introduce_lead")
    look("lead, with an error", lambda: browser.post(introduce, {**LEAD, "need": "", "country": "Atlantis"}))
    with _taken_back():
        look("lead, introducing", lambda: browser.post(introduce, LEAD, follow=True))
        look("lead, the same again", lambda: browser.post(introduce, LEAD, follow=True))
        look("lead, another of it", lambda: browser.post(introduce, {**LEAD, "token": "two"}))
        look("leads", lambda: browser.get(reverse("portal:leads")))
        look("home, with a lead", lambda: browser.get(reverse("portal:home")))
        look("form, typing a lead of one's own", lambda: browser.post(reverse("portal:check"), FORM))
    with _taken_back():
        made = look("API, introducing", lambda: program.post("/own/leads", INTRODUCED)).json()
        look("API, reading a lead", lambda: program.get(f"/own/leads/{made['reference']}"))
        look("API, leads", lambda: program.get("/own/leads"))
        look("API, introducing again", lambda: program.post("/own/leads", INTRODUCED))
        look("API, checking a lead of one's own", lambda: program.post("/own/registrations/check", CLAIM))
    return look.seen


def _send_receipt(world: World) -> None:
    with scope(workspace_id=world.workspace.pk):
        latest = OutsideSubmitter.objects.order_by("-pk").values_list("registration_id", flat=True)[0]
        assert DealRegistration.objects.get(pk=latest).partner_id == world.prober.pk
        mail_receipt(registration_id=latest, at=LATER)


def _letters(look: _Asking, way: str, send: Callable[[], object]) -> None:
    """Keep the letter that is sent as it was seen: subject, text and page."""
    with scope(workspace_id=look.world.workspace.pk):
        look(way, lambda: _Letter(send))


class _Letter:
    """A letter in the shape of an answer."""

    def __init__(self, send: Callable[[], object]) -> None:
        mail.outbox.clear()
        send()
        (letter,) = mail.outbox
        pages = [str(page) for page, _kind in getattr(letter, "alternatives", [])]
        self.status_code = 200
        self.content = "\n".join([str(letter.subject), str(letter.body), *pages]).encode()


@contextmanager
def _taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _path(address: str) -> str:
    return "/" + address.split("/", 3)[3]
