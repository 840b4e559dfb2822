"""What the harness starts in processes of its own, and kills: `python -m tests.faults.program FOLDER STEP …`.

The steps are the commands that an operator types (`tallystick import`, `decide`, `accrue`) or the jobs that a worker
runs; "prepare" and "books" set the stage and read the end. Everything goes through the program as it is shipped.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import django

from tests.faults.world import EVENING, KNOWN_ACCOUNTS, LATE, account_id, company, website

CHUNK = 40
"""Invoices and opportunities of one transaction: few, so that a kill can fall between two of them."""
STALLED_SECONDS = 1.0
PAUSE_SECONDS = 1.2
"""Before a worker begins, so that the one before it counts as dead."""
MUTANT = "FAULTS_MUTANT"
READY = "ready"
"""Written to standard output when the work begins."""

RESELLERS = """
plan: Resellers
track: reseller
currency: EUR
valid_from: 2025-01-01
trigger: payment_received
base: {amount: net}
rules:
  - {id: base, says: 12.5 % of what the customer paid, percent: 12.5}
uplifts:
  - {id: registered, says: 2 % more for a registered deal, when: {deal.registered: true}, percent: 2}
renewals: {shares: {1: 50}, afterwards: 10}
hold_days: 30
claw_back: {window_days: null, method: proportional}
rounding: {mode: half_even}
"""
REFERRERS = """
plan: Referrals
track: referral
currency: EUR
valid_from: 2025-01-01
trigger: payment_received
base: {amount: net}
rules:
  - {id: flat, says: 75.00 EUR for each invoice, flat: 75.00}
hold_days: 30
claw_back: {window_days: null, method: proportional}
rounding: {mode: half_up}
"""
AT = datetime(2026, 1, 2, 9, tzinfo=UTC)
NEWS = 250
"""Entries that people are told of in the tests of notices: more than one batch."""

CHANGES = 205
"""Entries that a webhook is told of: more than one batch."""
RECEIVER = "FAULTS_RECEIVER"
"""The environment variable that holds the address of the program that listens."""


def main(folder: Path, steps: list[str]) -> None:
    """Run the steps in their order; files of the world lie in `folder`."""
    django.setup()
    if mutant := os.environ.get(MUTANT):
        from tests.faults.mutants import Mutant, plant

        plant(Mutant(mutant))
    _work_in_small_chunks()
    _say(READY)
    known: dict[str, Callable[[Path], None]] = {
        "prepare": _prepare,
        "import": lambda files: _import(files, EVENING),
        "import-late": lambda files: _import(files, LATE),
        "undo": _undo_the_latest,
        "decide": lambda _: _command("decide"),
        "accrue": lambda _: _command("accrue"),
        "enqueue": _enqueue,
        "jobs": _run_jobs,
        "drop-keys": _drop_keys,
        "news": _make_news,
        "tell": _tell_news,
        "told": _print_told,
        "changes": _make_changes,
        "post": _post_changes,
        "posted": _print_posted,
        "books": _print_books,
    }
    for step in steps:
        known[step](folder)


def _work_in_small_chunks() -> None:
    from tallystick.attribution.services.deciding import decide_pending
    from tallystick.commissions.services.settlement import settle_pending

    for service, name in ((decide_pending, "limit"), (settle_pending, "chunk")):
        undecorated: Any = getattr(service, "__wrapped__", service)
        undecorated.__kwdefaults__[name] = CHUNK


def _command(*arguments: str) -> None:
    """Run a command of `tallystick` in this process."""
    from tallystick.cli import commissions, decisions, imports, migrate, people  # noqa: F401 - each joins
    from tallystick.cli.application import commands

    commands(args=list(arguments), standalone_mode=False)


def _prepare(files: Path) -> None:
    """Make the workspace: tables, partners, plans, the accounts that are known, touches and registrations."""
    _command("migrate")
    _command("workspace", "create", "Umbra Labs", "--slug", "umbra", "--currency", "EUR")
    _command("import", str(files / "known-accounts.csv"))
    with _scope():
        _make_programme()
        _make_evidence()


def _make_programme() -> None:
    from tallystick.flows.programmes import publish_plan
    from tallystick.partners.models import Lifecycle, PartnerType
    from tallystick.partners.services import create_partner
    from tallystick.platform.actors import Actor
    from tallystick.programmes.models import Motion
    from tallystick.programmes.services import create_track, save_plan_draft

    actor = Actor.command("prepare")
    for type_, motion, plan in (
        (PartnerType.RESELLER, Motion.RESELLER, RESELLERS),
        (PartnerType.REFERRAL, Motion.REFERRAL, REFERRERS),
    ):
        create_track(actor, partner_type=type_, motion=motion, name=str(type_.label), kpi="Sourced revenue", at=AT)
        publish_plan(actor, version_id=save_plan_draft(actor, document=plan, at=AT).pk, at=AT)
    for name, type_ in (
        ("Corvid", PartnerType.RESELLER),
        ("Kite", PartnerType.RESELLER),
        ("Zephyr", PartnerType.REFERRAL),
    ):
        create_partner(actor, name=name, type=type_, lifecycle=Lifecycle.ACTIVE, on=date(2025, 1, 1), at=AT)


def _make_evidence() -> None:
    """Touches on the known accounts; approved registrations of companies that the evening's file will bring."""
    from tallystick.attribution.rules.facts import TouchKind
    from tallystick.attribution.services import NewTouch
    from tallystick.crm.models import Account
    from tallystick.deals.services import NewRegistration, submit_registration
    from tallystick.deals.services.submitting import ENTROPY_NEEDED
    from tallystick.flows.attribution import load_touches
    from tallystick.flows.registrations import approve_registration
    from tallystick.kernel.money import Money
    from tallystick.partners.models import Partner
    from tallystick.platform.actors import Actor

    actor = Actor.command("prepare")
    partners = dict(Partner.objects.values_list("name", "pk"))
    accounts = dict(Account.objects.values_list("external_id", "pk"))

    def touch(number: int, partner: str, kind: TouchKind, day: date) -> NewTouch:
        account = accounts[account_id(number)]
        return NewTouch(partners[partner], account, kind, day, day, "test", f"{kind}-{number}")

    leads = [touch(n, "Corvid", TouchKind.LEAD_ACCEPTED, date(2025, 12, 20)) for n in range(0, KNOWN_ACCOUNTS, 2)]
    intros = [
        touch(n, "Zephyr", TouchKind.INTRODUCTION_ACCEPTED, date(2025, 12, 28)) for n in range(0, KNOWN_ACCOUNTS, 3)
    ]
    demos = [touch(n, "Kite", TouchKind.DEMO, date(2026, 1, 20)) for n in range(0, KNOWN_ACCOUNTS, 4)]
    load_touches(actor, new=[*leads, *intros, *demos], at=AT)
    for number in range(KNOWN_ACCOUNTS, KNOWN_ACCOUNTS + 24):
        claim = NewRegistration(company=company(number), website=website(number), value=Money(1_000_00, "EUR"))
        receipt = submit_registration(
            actor, partner_id=partners["Kite"], claim=claim, at=AT, entropy=number.to_bytes(ENTROPY_NEEDED, "big")
        )
        approve_registration(actor, registration_id=receipt.registration.pk, at=AT)


def _import(files: Path, names: Sequence[str]) -> None:
    paths = [str(files / f"{name}.csv") for name in names]
    _command("import", *paths, "--refused", os.environ["TALLYSTICK_VAR"])


def _undo_the_latest(_files: Path) -> None:
    from tallystick.crm.models import ImportState
    from tallystick.crm.queries.imports import latest_imports

    with _scope():
        latest = latest_imports().filter(state=ImportState.DONE).order_by("-pk").first()
    assert latest is not None
    _command("import", "undo", str(latest.pk))


def _enqueue(files: Path) -> None:
    """Upload the files and have jobs load them, as the screen of imports does."""
    from tallystick.flows.uploads import Said, keep_upload, load_soon
    from tallystick.platform.actors import Actor
    from tallystick.platform.clock import now

    with _scope():
        for name in (*EVENING, *LATE):
            path = files / f"{name}.csv"
            upload = keep_upload(name=path.name, chunks=[path.read_bytes()], at=now())
            load_soon(Actor.command("test"), upload=upload, said=Said())


def _run_jobs(_files: Path) -> None:
    """Run the jobs that are due, one at a time, with the worker's signs of life quickened."""
    from tallystick.platform import worker

    vars(worker).update(HEARTBEAT_SECONDS=STALLED_SECONDS / 4, STALLED_SECONDS=STALLED_SECONDS)
    time.sleep(PAUSE_SECONDS)
    worker.run_due_jobs(jobs=1)


def _make_news(_files: Path) -> None:
    """Employ two people and let happen what both are told, one of them by mail."""
    from django.db import transaction

    from tallystick.platform.activity import record_activity
    from tallystick.platform.actors import SYSTEM
    from tallystick.platform.models import WorkspaceRole
    from tallystick.platform.people import add_member, person_with

    with _scope(), transaction.atomic():
        for role in (WorkspaceRole.ADMIN, WorkspaceRole.FINANCE):
            add_member(SYSTEM, person=person_with(email=f"{role}@umbra.example"), role=role, at=AT)
        for number in range(NEWS):
            record_activity(
                SYSTEM,
                verb="commissions_accrued",
                subject_kind="commission_lines",
                subject_id=number,
                summary="Something is blocked",
                data={"blocked": 1},
                at=AT,
            )


def _make_changes(_files: Path) -> None:
    """Add an endpoint and let happen what it is told of."""
    from django.db import transaction
    from django.test import override_settings

    from tallystick.platform.activity import record_activity
    from tallystick.platform.actors import SYSTEM
    from tallystick.platform.webhooks.endpoints import add_endpoint

    url = os.environ[RECEIVER]
    with _scope(), transaction.atomic(), override_settings(WEBHOOK_TRUSTED=(url,)):
        add_endpoint(SYSTEM, url=f"{url}/in", types=["plan_published"], at=AT, entropy=bytes(range(32)))
        for number in range(CHANGES):
            record_activity(
                SYSTEM,
                verb="plan_published",
                subject_kind="plan_version",
                subject_id=number,
                summary="A plan was published",
                data={"track": "reseller", "number": number, "valid_from": "2026-01-01"},
                at=AT,
            )


def _post_changes(_files: Path) -> None:
    """Write down messages and send them, as the worker's jobs do."""
    from django.test import override_settings

    from tallystick.flows.webhooks import stream
    from tallystick.platform.clock import now
    from tallystick.platform.models import WebhookEndpoint

    with _scope(), override_settings(WEBHOOK_TRUSTED=(os.environ[RECEIVER],)):
        stream.take_up(at=now())
        endpoint = WebhookEndpoint.objects.get()
        while stream.send(endpoint_id=endpoint.pk, clock=now):
            pass


def _print_posted(_files: Path) -> None:
    from collections import Counter

    from tallystick.platform.models import WebhookDelivery

    with _scope():
        rows = list(WebhookDelivery.objects.order_by("pk").values_list("message_id", "state"))
    _say(json.dumps({"ids": [row[0] for row in rows], "states": Counter(row[1] for row in rows)}))


def _tell_news(_files: Path) -> None:
    """Tell what happened and send what waits, as the worker's jobs do."""
    from django.test import override_settings

    from tallystick.flows.notifications import compose, stream
    from tallystick.platform.models import Delivery
    from tallystick.platform.notifications.delivering import deliver_mail

    with _scope(), override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        stream.take_up(at=AT)
        for key in Delivery.objects.filter(state="queued").order_by("pk").values_list("pk", flat=True):
            deliver_mail(delivery_id=key, compose=lambda row: compose.compose(row, at=AT), at=AT)


def _print_told(_files: Path) -> None:
    """Print as one line of JSON how often each piece of news was told and mailed."""
    from tallystick.platform.models import Delivery, Notice

    with _scope():
        news = Notice.objects.filter(verb="commissions_accrued", topic__in=_topics())
        mails = Delivery.objects.filter(state="sent", topic__in=_topics())
        told = [[person, topic] for person, topic in news.order_by("pk").values_list("person__email", "topic")]
        _say(json.dumps({"told": told, "mailed": list(mails.order_by("pk").values_list("topic", flat=True))}))


def _topics() -> list[str]:
    return [f"commission_lines:{number}" for number in range(NEWS)]


def _drop_keys(_files: Path) -> None:
    from tests.faults.mutants import drop_unique_keys

    drop_unique_keys()


def _print_books(_files: Path) -> None:
    """Print as one line of JSON what breaks an invariant, and what the books say."""
    from tallystick.platform.invariants import violations
    from tallystick.platform.models import Workspace
    from tests.faults.books import tell_books

    workspace = Workspace.objects.get(slug="umbra")
    broken = [[found.invariant.id, found.sentence] for found in violations(workspace_id=workspace.pk)]
    with _scope():
        _say(json.dumps({"violations": broken, "books": tell_books()}))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _scope() -> AbstractContextManager[object]:
    from tallystick.platform.models import Workspace
    from tallystick.platform.tenancy import scope

    return scope(workspace_id=Workspace.objects.get(slug="umbra").pk)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
