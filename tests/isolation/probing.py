"""What a partner can ask about a company by every way there is, and companies in every position there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tallystick.crm.models import Account, Opportunity, SalesActivity
from tallystick.deals.models import DealRegistration
from tallystick.deals.rules.disclosure import Disclosure
from tallystick.deals.services import (
    NewRegistration,
    approve_registration,
    ensure_rules,
    set_disclosure,
    submit_registration,
    withdraw_registration,
)
from tallystick.kernel.money import Money
from tallystick.kernel.names import normalise_company_name
from tallystick.partners.models import Partner
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.leads import introduce
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.factories.programs import Program, program_of
from tests.integration.deals.claims import ACTOR, AT, entropy

COMPANY, DOMAIN = "Cellvia Ltd", "cellvia.example"
FORM: Final = {"company": COMPANY, "website": DOMAIN, "contact": "ruth@cellvia.example", "value": "60k", "token": "one"}
CLAIM: Final = {"company": COMPANY, "website": DOMAIN, "value": {"minor": 6_000_000, "currency": "EUR"}}
STAGE = "Discovery"
RIVAL, COLLEAGUE = "Quanta Rivals", "Tom Albright"
_OWN_TO_EACH: Final = (
    r"\b(?:DR|LD)-[0-9A-Z]{6,8}",
    r"[0-9a-f]{64}",
    r"Entry [\d,]+ of the activity chain",
    r'"position": ?\d+',
    r'name="csrfmiddlewaretoken" value="\w+"',
    r'name="(?:key|token)" value="[\w-]+"',
    r"/register/receipt/[\w:=-]+/",
    r"(?<=draft=)\d+|(?<=name=\"draft\" value=\")\d+",
    r"nonce-[\w+/=-]+|nonce=\"[\w+/=-]+\"",
    r'"X-CSRFToken": ?"\w+"|&quot;x?-?csrf-?token&quot;:\s*&quot;\w+&quot;',
)


@dataclass(frozen=True, slots=True)
class World:
    """The partner that probes, its rival, and how the company stands."""

    workspace: Workspace
    prober: Partner
    rival: Partner
    browser: Client
    program: Program


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer: its status, its body without what is random in each, and how many queries it took."""

    way: str
    status: int
    body: str
    queries: int


def build_world(workspace: Workspace) -> World:
    """Make the partner that probes, with a browser and a key, and a rival."""
    prober, rival = make_partner(workspace, "Zephyr"), make_partner(workspace, RIVAL)
    person = make_partner_person(prober, name="Zoe Lind").person
    manager = make_member(workspace, email="mia@umbra.example", name="Mia Manager").person
    with scope(workspace_id=workspace.pk):
        Partner.objects.filter(pk=prober.pk).update(manager=manager)
        make_row(Opportunity, name="Of somebody else", stage=STAGE, status="open")
        # The first claim of a workspace writes its rules down, whoever makes it.
        ensure_rules(at=AT)
    return World(workspace, prober, rival, browser_of(person), program_of(prober))


def _account(**given: object) -> Account:
    values = {"name": "Cellvia", "normalised_name": normalise_company_name("Cellvia"), "domain": DOMAIN, **given}
    return make_row(Account, **{"owner_name": COLLEAGUE, "country": "", "is_customer": False, **values})


def _held(world: World, *, product: str = "", website: str = DOMAIN) -> DealRegistration:
    claim = NewRegistration(company=COMPANY, website=website, value=Money(1, "EUR"), product_key=product)
    made = submit_registration(ACTOR, partner_id=world.rival.pk, claim=claim, at=AT, entropy=entropy(product))
    return made.registration


def _open_deal(_: World) -> None:
    opened = date(2026, 9, 3)
    make_row(Opportunity, account=_account(), stage=STAGE, status="open", opened_on=opened, owner_name=COLLEAGUE)


def _met(_: World) -> None:
    make_row(SalesActivity, account=_account(), kind="meeting", happened_on=date(2026, 11, 2))


def _several(_: World) -> None:
    for _number in range(2):
        _account(domain="", is_customer=True)


def _under_another_key(world: World) -> None:
    account = _account()
    made = _held(world, website="cellvia-labs.example")
    DealRegistration.objects.filter(pk=made.pk).update(account=account)


POSITIONS: Final[dict[str, Callable[[World], object]]] = {
    "free": lambda _: None,
    "in the CRM, nothing to weigh": lambda _: _account(),
    "held by a rival, in review": _held,
    "held by a rival, approved": lambda world: approve_registration(ACTOR, registration_id=_held(world).pk, at=AT),
    "a product of it held by a rival": lambda world: _held(world, product="lims"),
    "let go by a rival": lambda world: withdraw_registration(ACTOR, registration_id=_held(world).pk, at=AT),
    "a customer": lambda _: _account(is_customer=True),
    "with an open deal of our own": _open_deal,
    "met by our own team": _met,
    "one of several of its name": _several,
    "a lead of a rival": lambda world: introduce(world.rival, company="Cellvia", website=DOMAIN),
    "held by a rival under another name": _under_another_key,
}
KNOWN = {
    "a customer",
    "with an open deal of our own",
    "met by our own team",
    "one of several of its name",
    "a lead of a rival",
    "held by a rival under another name",
}
HELD = {"held by a rival, in review", "held by a rival, approved", "a product of it held by a rival"}


@contextmanager
def company(world: World, position: str, disclosure: Disclosure) -> Iterator[None]:
    """Put the company in a position under a policy, and take all back afterwards."""
    cache.clear()
    with transaction.atomic():
        with scope(workspace_id=world.workspace.pk):
            set_disclosure(ACTOR, may_learn=disclosure, at=AT)
            POSITIONS[position](world)
        yield
        transaction.set_rollback(True)


def probe(world: World) -> list[Seen]:
    """Ask about the company by every way a partner has: while typing, by submitting, by reading what came of it."""
    seen = []

    def look(way: str, ask: Callable[[], Any]) -> Any:
        found, response = seen_by(way, ask)
        seen.append(found)
        return response

    browser, program = world.browser, world.program
    look("form, typing", lambda: browser.post(reverse("portal:check"), FORM))
    look("form, typing a product", lambda: browser.post(reverse("portal:check"), {**FORM, "product": "eln"}))
    look("API, checking", lambda: program.post("/own/registrations/check", CLAIM))
    look("API, checking by name", lambda: program.post("/own/registrations/check", {**CLAIM, "website": ""}))
    with transaction.atomic():
        made = look("API, registering", lambda: program.post("/own/registrations", CLAIM))
        look("API, reading", lambda: program.get(f"/own/registrations/{made.json()['reference']}"))
        transaction.set_rollback(True)
    receipt = look("form, registering", lambda: browser.post(reverse("portal:register"), FORM))
    address = receipt["Location"]
    reference = re.findall(_OWN_TO_EACH[0], address)[0]
    look("receipt", lambda: browser.get(address))
    look("deal", lambda: browser.get(reverse("portal:deal", args=[reference])))
    look("deals", lambda: browser.get(reverse("portal:deals")))
    look("home", lambda: browser.get(reverse("portal:home")))
    look("API, list", lambda: program.get("/own/registrations"))
    look("API, deals", lambda: program.get("/own/deals"))
    return seen


def seen_by(way: str, ask: Callable[[], Any]) -> tuple[Seen, Any]:
    """Ask, and return what was seen beside the answer itself."""
    with CaptureQueriesContext(connection) as queries:
        response = ask()
    return Seen(way, response.status_code, _without_the_random(response.content.decode()), len(queries)), response


def _without_the_random(text: str) -> str:
    text = text.replace("%20", " ")
    for number, pattern in enumerate(_OWN_TO_EACH):
        text = re.sub(pattern, f"<{number}>", text)
    return text


LATER = AT + timedelta(minutes=5)
