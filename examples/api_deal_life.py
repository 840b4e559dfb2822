"""A deal's whole life through the API alone, from the introduction of a company to the statement that pays for it.

    export TALLYSTICK=http://127.0.0.1:8000
    export VENDOR_KEY=$(tallystick api-key create "Example" --workspace …)
    export PARTNER_KEY=$(tallystick api-key create "Example" --partner "Zephyr Informatics" --workspace …)
    python examples/api_deal_life.py

Needs Python alone, and a worker on the server, which loads the files. Each run is about a company of its own, so that
it can be run again.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

BASE = os.environ.get("TALLYSTICK", "http://127.0.0.1:8000").rstrip("/")
VALUE = {"minor": 6_000_000, "currency": "EUR"}
MOST_WAITS = 60


class Refused(Exception):
    """The API said no; the problem document says why and what to do."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem['status']} {problem['code']}: {problem['detail']}")
        self.code = problem["code"]


@dataclass(frozen=True)
class Keys:
    """The keys of both sides."""

    partner: str
    vendor: str


@dataclass(frozen=True)
class Company:
    """The company the deal is with; `mark` keeps one run apart from another."""

    mark: str

    @property
    def name(self) -> str:
        """What it is called."""
        return f"Example {self.mark}"

    @property
    def website(self) -> str:
        """Its own domain, by which it is recognised."""
        return f"example-{self.mark}.com"


def call(key: str, method: str, path: str, body: Any = None, *, once: str = "") -> Any:
    """Call an operation and return what it answers; a POST is sent under a text of its own unless one is given."""
    data = json.dumps(body).encode() if body is not None else None
    return send(key, method, path, data, "application/json", once=once)


def send(key: str, method: str, path: str, data: bytes | None, media_type: str, *, once: str = "") -> Any:
    """Send a request and return the answer. Raises `Refused`."""
    headers = {"Authorization": f"Bearer {key}"}
    if method == "POST":
        headers |= {"Content-Type": media_type, "Idempotency-Key": once or str(uuid.uuid4())}
    request = Request(f"{BASE}/api/v1{path}", data=data, headers=headers, method=method)
    try:
        with urlopen(request, timeout=30) as response:
            return json.load(response)
    except HTTPError as refusal:
        raise Refused(json.load(refusal)) from None


def main() -> None:
    """Drive one deal through its life, and print each step."""
    keys = Keys(partner=os.environ["PARTNER_KEY"], vendor=os.environ["VENDOR_KEY"])
    company = Company(uuid.uuid4().hex[:6])
    me = call(keys.partner, "GET", "/me")
    say("Who am I", f"{me['key']} of {me['partner']['name']}, may {', '.join(me['permissions'])}")

    reference = introduce(keys, company)
    ask_and_answer(keys, reference)
    approve(keys, reference)
    change(keys, reference)
    convert(keys, company, reference)
    win(keys, company, reference)
    earn(keys, company)
    statements(keys)


def introduce(keys: Keys, company: Company) -> str:
    """Introduce the company, have the lead accepted, and register the deal it became; return its reference."""
    checked = call(
        keys.partner,
        "POST",
        "/own/registrations/check",
        {"company": company.name, "website": company.website, "value": VALUE},
    )
    say("Check", f"{checked['would_be']}; " + " ".join(check["sentence"] for check in checked["checks"][:1]))

    told = {
        "company": company.name,
        "website": company.website,
        "country": "DE",
        "contact_name": "Dr Ines Brandt",
        "need": "They look for a system before summer.",
        "promises_introduction": True,
    }
    text = str(uuid.uuid4())
    lead = call(keys.partner, "POST", "/own/leads", told, once=text)
    say("Lead", f"{lead['reference']}, answer by {lead['answer_due_at']}, proof {lead['proof']}")
    again = call(keys.partner, "POST", "/own/leads", told, once=text)
    say("Sent again", f"the same lead: {again == lead}")

    for step in ("accept", "qualify"):
        lead = call(keys.vendor, "POST", f"/leads/{lead['reference']}/{step}")
        say("The vendor's answer", f"{lead['reference']} is {lead['state']}")
    made = call(keys.vendor, "POST", f"/leads/{lead['reference']}/register", {"value": VALUE})
    claim = made["registration"]
    say("Registration", f"{claim['reference']} of {claim['submitted_at']}: {claim['answer']}")
    if claim["state"] == "declined":
        sys.exit("A rule declined the claim: choose a partner and a value that the rules of engagement accept.")
    return str(claim["reference"])


def ask_and_answer(keys: Keys, reference: str) -> None:
    """Ask before deciding, which stops the clock, and answer, which starts it again."""
    call(keys.vendor, "POST", f"/registrations/{reference}/questions", {"text": "Who speaks to them?"})
    stopped = call(keys.partner, "GET", f"/own/registrations/{reference}")["clock_stopped_at"]
    say("Question", f"the clock stands still since {stopped}")
    call(keys.partner, "POST", f"/own/registrations/{reference}/answer", {"text": "Dr Brandt, since March."})
    (asked,) = call(keys.vendor, "GET", f"/registrations/{reference}/questions")["data"]
    say("Answer", f"{asked['text']} {asked['answer']}")
    call(keys.partner, "POST", f"/own/registrations/{reference}/messages", {"text": "We see them on Tuesday."})


def approve(keys: Keys, reference: str) -> None:
    """Take the steps of the approval; where one is not the key's to take, the answer says for whom it waits."""
    claim = call(keys.vendor, "GET", f"/registrations/{reference}")
    while claim["state"] == "submitted":
        step = next(each for each in claim["steps"] if each["taken_at"] is None)
        say("Next step", f"{step['says']}, for {' or '.join(step['roles'])}")
        try:
            claim = call(keys.vendor, "POST", f"/registrations/{reference}/approve")
        except Refused as refusal:
            sys.exit(f"{refusal}\nTake the step in the console, and run the rest.")
    say("Approved", f"by {claim['decided_by']}, protected until {claim['protected_until']}")
    try:
        call(keys.vendor, "POST", f"/registrations/{reference}/approve")
    except Refused as refusal:
        say("Approved twice", str(refusal))


def change(keys: Keys, reference: str) -> None:
    """Ask for a change and for more time, as the partner does later in the life of a deal."""
    wanted = {"value": {**VALUE, "minor": 9_000_000}, "reason": "They want a second site."}
    asked = call(keys.partner, "POST", f"/own/registrations/{reference}/amendment", wanted)
    if asked["state"] == "waiting":
        asked = call(keys.vendor, "POST", f"/registration-requests/{asked['id']}/grant")
    say("Change", f"{asked['state']}: from {asked['before']} to {asked['after']}")
    try:
        more = {"days": 30, "reason": "Their trial runs on."}
        asked = call(keys.partner, "POST", f"/own/registrations/{reference}/extension", more)
        asked = call(keys.vendor, "POST", f"/registration-requests/{asked['id']}/grant")
        say("More time", f"{asked['state']}: protected until {asked['after']['protected_until']}")
    except Refused as refusal:
        say("More time", str(refusal))


def convert(keys: Keys, company: Company, reference: str) -> None:
    """Load the account and its opportunity, and tie the registration to it where the import did not find it itself."""
    load(keys.vendor, "accounts", f"{company.mark}-a", [["Account ID", "Account Name", "Website"], account(company)])
    load(keys.vendor, "opportunities", f"{company.mark}-o", [*deal(company, stage="Proposal")])
    (opportunity,) = call(keys.vendor, "GET", f"/opportunities?source=example&external_id={company.mark}")["data"]
    claim = wait_for(
        lambda: call(keys.vendor, "GET", f"/registrations/{reference}"), lambda claim: claim["state"] == "converted"
    )
    if claim["state"] != "converted":
        body = {"opportunity_id": opportunity["id"]}
        claim = call(keys.vendor, "POST", f"/registrations/{reference}/convert", body)
    say("Opportunity", f"{reference} is {claim['state']} and protected while {opportunity['name']} is open")


def win(keys: Keys, company: Company, reference: str) -> None:
    """Load the opportunity as won; the registration follows."""
    load(keys.vendor, "opportunities", f"{company.mark}-w", [*deal(company, stage="Closed Won")])
    claim = wait_for(
        lambda: call(keys.partner, "GET", f"/own/registrations/{reference}"), lambda claim: claim["state"] == "won"
    )
    say("Won", f"{reference} is {claim['state']}")


def earn(keys: Keys, company: Company) -> None:
    """Load the invoice and its payment; the partner earns by the plan in force."""
    today = datetime.now(UTC).date().isoformat()
    head = ["Invoice ID", "Invoice Number", "Account ID", "Opportunity ID", "Invoice Date", "Net", "Tax", "Currency"]
    row = [company.mark, f"EX-{company.mark}", company.mark, company.mark, today, "60000.00", "0.00", "EUR"]
    load(keys.vendor, "invoices", f"{company.mark}-i", [head, row])
    paid = ["Payment ID", "Invoice", "Payment Date", "Amount", "Currency"]
    load(keys.vendor, "payments", f"{company.mark}-p", [paid, [company.mark, company.mark, today, "60000.00", "EUR"]])

    def lines() -> list[Any]:
        found = call(keys.partner, "GET", "/own/commission-lines?limit=200")["data"]
        return [line for line in found if line["customer"] == company.name]

    for line in wait_for(lines, bool):
        say(
            "Commission", f"{line['amount']['amount']} {line['amount']['currency']}, {line['state']}, by {line['plan']}"
        )
        whole = call(keys.partner, "GET", f"/own/commission-lines/{line['id']}")
        say("Because", " ".join(step["sentence"] for step in whole["explanation"]["steps"][:2]))


def statements(keys: Keys) -> None:
    """Read the statements: people approve a month and close it, then each of its lines stands on one."""
    found = call(keys.partner, "GET", "/own/statements")["data"]
    for statement in found:
        total = statement["total"]
        say("Statement", f"{statement['number']}: {total['amount']} {total['currency']}")
    if not found:
        say("Statement", "none yet: it comes with the close of the month")


def account(company: Company) -> list[str]:
    """Return the company as a row of accounts."""
    return [company.mark, company.name, company.website]


def deal(company: Company, *, stage: str) -> Iterable[list[str]]:
    """Yield the head and the row of the company's opportunity."""
    yield ["Id", "Opportunity Name", "Account ID", "Stage", "Amount", "Currency", "Created Date", "Close Date"]
    today = datetime.now(UTC).date().isoformat()
    yield [company.mark, f"{company.name} LIMS", company.mark, stage, "60000.00", "EUR", today, today]


def load(key: str, kind: str, name: str, rows: Iterable[Iterable[str]]) -> None:
    """Send rows as a file, and wait until the server has loaded it."""
    text = "\n".join(",".join(row) for row in rows) + "\n"
    boundary = uuid.uuid4().hex
    parts = [
        f'Content-Disposition: form-data; name="{field}"\r\n\r\n{value}'
        for field, value in (("kind", kind), ("source", "example"))
    ]
    parts.append(f'Content-Disposition: form-data; name="file"; filename="{name}.csv"\r\n\r\n{text}')
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    sent = send(key, "POST", "/imports", body.encode(), f"multipart/form-data; boundary={boundary}")
    found = wait_for(
        lambda: call(key, "GET", f"/imports?file_hash={sent['file_hash']}")["data"],
        lambda batches: bool(batches) and batches[0]["state"] != "running",
    )
    if not found or found[0]["rows_refused"]:
        sys.exit(f"The file of {kind} was not loaded: {found or 'is a worker running?'}")
    say("Import", f"{name}.csv: {found[0]['rows_added']} added, {found[0]['rows_changed']} changed")


def wait_for(look: Callable[[], Any], is_there: Callable[[Any], bool]) -> Any:
    """Look until it is there, or not any more, and return what was seen last."""
    found = look()
    for _turn in range(MOST_WAITS):
        if is_there(found):
            break
        pause()
        found = look()
    return found


def pause() -> None:
    """Let the server work for a moment."""
    time.sleep(1)


def say(what: str, words: str) -> None:
    """Print a step."""
    print(f"{what:20}{words}")


if __name__ == "__main__":
    main()
