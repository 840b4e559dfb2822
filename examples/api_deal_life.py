"""A deal's life through the API alone: check, register, read the receipt, talk, approve, and see it on both sides.

    export TALLYSTICK=http://127.0.0.1:8000
    export VENDOR_KEY=$(tallystick api-key create "Example" --workspace …)
    export PARTNER_KEY=$(tallystick api-key create "Example" --partner "Zephyr Informatics" --workspace …)
    python examples/api_deal_life.py

Needs Python alone. Each run registers a company of its own, so that it can be run again.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

BASE = os.environ.get("TALLYSTICK", "http://127.0.0.1:8000").rstrip("/") + "/api/v1"


class Refused(Exception):
    """The API said no; the problem document says why and what to do."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem['status']} {problem['code']}: {problem['detail']}")
        self.code = problem["code"]


def call(key: str, method: str, path: str, body: Any = None, *, once: str = "") -> Any:
    """Call an operation and return what it answers; a POST is sent under a text of its own unless one is given."""
    headers = {"Authorization": f"Bearer {key}"}
    if method == "POST":
        headers |= {"Content-Type": "application/json", "Idempotency-Key": once or str(uuid.uuid4())}
    data = json.dumps(body).encode() if body is not None else None
    request = Request(BASE + path, data=data, headers=headers, method=method)
    try:
        with urlopen(request, timeout=30) as response:
            return json.load(response)
    except HTTPError as refusal:
        raise Refused(json.load(refusal)) from None


def main() -> None:
    """Drive one deal from the first question to its protection, and print each step."""
    partner, vendor = os.environ["PARTNER_KEY"], os.environ["VENDOR_KEY"]
    mark = uuid.uuid4().hex[:6]
    claim = {
        "company": f"Example {mark}",
        "website": f"example-{mark}.com",
        "country": "Germany",
        "contact_name": "Dr Ines Brandt",
        "value": {"minor": 6_000_000, "currency": "EUR"},
    }

    me = call(partner, "GET", "/me")
    say("Who am I", f"{me['key']} of {me['partner']['name']}, may {', '.join(me['permissions'])}")

    checked = call(partner, "POST", "/own/registrations/check", claim)
    say("Check", f"{checked['would_be']}; " + " ".join(check["sentence"] for check in checked["checks"][:1]))

    text = str(uuid.uuid4())
    receipt = call(partner, "POST", "/own/registrations", claim, once=text)
    reference = receipt["reference"]
    say("Receipt", f"{reference} at {receipt['submitted_at']}, entry {receipt['position']}, proof {receipt['proof']}")
    say("Answer", receipt["answer"])
    if receipt["state"] == "declined":
        sys.exit("A rule declined the claim: choose a partner and a value that the rules of engagement accept.")

    again = call(partner, "POST", "/own/registrations", claim, once=text)
    say("Sent again", f"the same receipt: {again == receipt}")

    call(partner, "POST", f"/own/registrations/{reference}/messages", {"text": "Who speaks to them?", "asks": True})
    answered = call(vendor, "POST", f"/registrations/{reference}/messages", {"text": "Tom does, on Tuesday."})
    say("Conversation", " / ".join(f"{said['side']}: {said['text']}" for said in answered["data"]))

    approved = call(vendor, "POST", f"/registrations/{reference}/approve")
    say("Approved", f"by {approved['decided_by']}, protected until {approved['protected_until']}")
    try:
        call(vendor, "POST", f"/registrations/{reference}/approve")
    except Refused as refusal:
        say("Approved twice", str(refusal))

    deals = call(partner, "GET", f"/own/deals?search={reference}")["data"]
    say("The partner's deals", ", ".join(f"{deal['company']}: {deal['state']}" for deal in deals))

    events = call(vendor, "GET", f"/activity?subject_kind=deal_registration&after={receipt['position'] - 1}")["data"]
    say("What happened", ", ".join(f"{entry['position']} {entry['event']}" for entry in events))

    withdrawn = call(partner, "POST", f"/own/registrations/{reference}/withdraw", {"reason": "It was an example."})
    say("Withdrawn", f"{withdrawn['reference']} is {withdrawn['state']}; the company is free again")


def say(what: str, words: str) -> None:
    """Print a step."""
    print(f"{what:20}{words}")


if __name__ == "__main__":
    main()
