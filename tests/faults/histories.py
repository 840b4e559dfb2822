"""Random histories of registrations by 16 threads against a server of its own: `python -m tests.faults.histories`.

Each history has companies of its own. Clients register, read, withdraw, approve and decline over HTTP; a clerk changes
the CRM and lets protections expire; now and then a process of the server or the clerk is killed, and whoever got no
answer asks again under the same idempotency key. In the end the judge holds chain, answers and database against each
other. `TALLYSTICK_VAR` names the installation.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any

import django
import httpx
import psutil

from tests.faults.history_model import Call, Entry, judge
from tests.faults.history_world import PARTNERS, World, world_of

THREADS, CALLS_EACH, COMPANIES = 16, 3, 3
SECONDS_TO_ANSWER, TRIES = 30, 20
SETTLED = 6
"""Seconds after which a process that Granian put in place of another may die without ending the server."""
KINDS = ("register",) * 4 + ("withdraw", "approve", "approve", "decline", "read", "clerk", "clerk")
CHANGES = ("open", "open", "won", "lost", "reopen", "expire")


@dataclass(slots=True)
class History:
    """One history while it happens."""

    number: int
    world: World
    accounts: list[int]
    start: int
    """How long the chain was when it began."""
    references: list[tuple[str, int]] = field(default_factory=list)
    """Of the registrations made so far, each with its partner."""
    calls: list[Call] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def client(self, thread: int) -> None:
        """Do what chance says, a few times."""
        chance = Random(f"{self.number}-{thread}")  # noqa: S311 - chance that can be repeated is wanted
        with httpx.Client(base_url=self.world.url, timeout=SECONDS_TO_ANSWER) as http:
            for step in range(CALLS_EACH):
                kind = chance.choice(KINDS)
                once = f"{self.number}-{thread}-{step}"
                if kind == "clerk":
                    self._clerk(chance)
                elif kind == "register" or not self.references:
                    self._register(http, chance, once)
                else:
                    self._ask(http, kind, chance.choice(self.references), once)

    def _register(self, http: httpx.Client, chance: Random, once: str) -> None:
        partner = chance.randrange(PARTNERS)
        company = f"h{self.number}c{chance.randrange(COMPANIES)}"
        body = {
            "company": company,
            "website": f"{company}.example",
            "value": {"minor": chance.choice([100, 6_000_000]), "currency": "EUR"},
        }
        key = self.world.partners[partner]
        answer, first, last = self._send(http, "POST", "/own/registrations", key, body=body, once=once)
        told = answer.json() if answer is not None and answer.status_code == 201 else {}
        with self.lock:
            if told:
                self.references.append((told["reference"], partner))
            self._note("register", told.get("reference", ""), answer, told.get("state", ""), first, last)

    def _ask(self, http: httpx.Client, kind: str, which: tuple[str, int], once: str) -> None:
        reference, partner = which
        mine, key = f"/own/registrations/{reference}", self.world.partners[partner]
        method, address, body = {
            "read": ("GET", mine, None),
            "withdraw": ("POST", f"{mine}/withdraw", {"reason": "Gone."}),
            "approve": ("POST", f"/registrations/{reference}/approve", None),
            "decline": ("POST", f"/registrations/{reference}/decline", {"reason": "No."}),
        }[kind]
        if kind in ("approve", "decline"):
            key = self.world.vendor
        answer, first, last = self._send(http, method, address, key, body=body, once=once)
        state = answer.json()["state"] if answer is not None and answer.status_code == 200 else ""
        with self.lock:
            self._note(kind, reference, answer, state, first, last)

    def _note(
        self, kind: str, reference: str, answer: httpx.Response | None, state: str, first: int, last: int
    ) -> None:
        status = answer.status_code if answer is not None else None
        self.tally[f"{kind} {status}"] += 1
        self.calls.append(Call(kind, reference, status, state, first, last))

    def _clerk(self, chance: Random) -> None:
        what = chance.choice(CHANGES)
        command = what if what == "expire" else f"{what} {chance.choice(self.accounts)}"
        done = self.world.clerk.tell(command)
        with self.lock:
            self.tally[f"clerk {what if done else 'killed'}"] += 1

    def _send(
        self, http: httpx.Client, method: str, address: str, key: str, *, body: Any, once: str
    ) -> tuple[httpx.Response | None, int, int]:
        """Send until an answer comes, under one idempotency key; also how long the chain was before and after."""
        headers = {"Authorization": f"Bearer {key}"} | ({"Idempotency-Key": once} if method == "POST" else {})
        first = self.world.chain_length()
        answer = None
        for attempt in range(TRIES):
            try:
                answer = http.request(method, f"/api/v1{address}", json=body, headers=headers)
            except httpx.TransportError:
                with self.lock:
                    self.tally["no answer"] += 1
            else:
                # The key is in use while the process that was killed is still being cleaned up after.
                if answer.status_code != 409 or answer.json()["code"] != "idempotency_key_in_use":
                    break
            answer = None
            time.sleep(0.05 * (attempt + 1))
        return answer, first, self.world.chain_length()


def main() -> None:
    """Run the histories, print what was counted and what is wrong as JSON, and end with 1 where anything is."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--histories", type=int, default=6)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--kill-every", type=int, default=3)
    asked.add_argument("--without-constraints", action="store_true")
    given = asked.parse_args()
    django.setup()
    tally: Counter[str] = Counter()
    wrong: list[str] = []
    with world_of(without_constraints=given.without_constraints) as world:
        for number in range(given.seed, given.seed + given.histories):
            history = _run(world, number, kill=given.kill_every > 0 and number % given.kill_every == 0)
            tally += history.tally
            wrong += [f"history {number}: {fault}" for fault in _judged(history)]
            if number % 25 == 24:
                sys.stderr.write(f"  {number + 1} histories, {len(wrong)} wrong\n")
        wrong += _invariants(world)
    told = {"tally": dict(sorted(tally.items())), "wrong": wrong[:50], "histories": given.histories}
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.exit(1 if wrong else 0)


def _run(world: World, number: int, *, kill: bool) -> History:
    if kill:
        _let_settle(world)
    history = History(number, world, _accounts(world, number), start=world.chain_length())
    with ThreadPoolExecutor(max_workers=THREADS + 1) as threads:
        clients = [threads.submit(_in_own_connection, history.client, thread) for thread in range(THREADS)]
        if kill:
            threads.submit(_kill, world, history, Random(number)).result()  # noqa: S311 - as above
        for client in clients:
            client.result()
    if world.server.poll() is not None:
        raise RuntimeError(f"The server ended in history {number}.")
    return history


def _let_settle(world: World) -> None:
    """Wait until no process of the server is new: Granian ends where one that was just replaced dies as well."""
    while any(time.time() - child.create_time() < SETTLED for child in psutil.Process(world.server.pid).children()):
        time.sleep(0.2)


def _in_own_connection(work: Any, thread: int) -> None:
    from django.db import connection

    try:
        work(thread)
    finally:
        connection.close()


def _kill(world: World, history: History, chance: Random) -> None:
    """Kill a process of the server, and every other time the clerk as well, in the middle of the history."""
    time.sleep(chance.uniform(0.05, 0.8))
    children = psutil.Process(world.server.pid).children()
    if children:
        chance.choice(children).kill()
        history.tally["kill of a server process"] += 1
    if chance.random() < 0.5:
        world.clerk.kill()
        history.tally["kill of the clerk"] += 1


def _judged(history: History) -> list[str]:
    """Hold the history against chain and database. Registrations of others are left out: companies are its own."""
    from tallystick.deals.models import DealRegistration, Protection
    from tallystick.platform.models import ActivityEntry
    from tallystick.platform.tenancy import scope

    with scope(workspace_id=history.world.workspace_id):
        rows = DealRegistration.objects.filter(company__startswith=f"h{history.number}c").order_by("pk")
        states = dict(rows.values_list("pk", "state"))
        holders: dict[str, list[int]] = defaultdict(list)
        held = Protection.objects.filter(registration__in=list(states), released_at__isnull=True).order_by("pk")
        for slot, key in held.values_list("account_key", "registration_id"):
            holders[slot].append(key)
        written = ActivityEntry.objects.filter(position__gt=history.start).order_by("position")
        bodies = written.values_list("position", "verb", "subject_id", "body")
        entries = [
            Entry(position, verb, subject, _own_data(verb, json.loads(body)["data"], states))
            if subject in states or verb == "protections_expired"
            else Entry(position, "", None, {})
            for position, verb, subject, body in bodies
        ]
    return judge(entries, history.calls, start=history.start, states=states, holders=holders)


def _own_data(verb: str, data: dict[str, Any], states: dict[int, str]) -> dict[str, Any]:
    if verb == "protections_expired":
        return {"registrations": [key for key in data["registrations"] if key in states]}
    return data


def _accounts(world: World, number: int) -> list[int]:
    """Make the CRM accounts of the companies that a history is about; the last of them the CRM does not know."""
    from tallystick.crm.models import Account
    from tallystick.platform.tenancy import scope

    with scope(workspace_id=world.workspace_id):
        return [
            Account.objects.create(
                workspace_id=world.workspace_id,
                source="histories",
                external_id=f"h{number}c{place}",
                name=f"h{number}c{place}",
                normalised_name=f"h{number}c{place}",
                domain=f"h{number}c{place}.example",
            ).pk
            for place in range(COMPANIES - 1)
        ]


def _invariants(world: World) -> list[str]:
    from tallystick.platform.invariants import violations

    found = violations(workspace_id=world.workspace_id)
    return [f"{violation.invariant.id}: {violation.sentence}" for violation in found]


if __name__ == "__main__":
    main()
