"""Every piece of news in every kind, as it reads to the vendor and to the partner, with the mail it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from tallystick.flows.notifications import compose, stream
from tallystick.flows.notifications.facts import events_of
from tallystick.flows.notifications.partner_words import PARTNER_VERBS, partner_words
from tallystick.flows.notifications.readers import partner_listeners, vendor_listeners
from tallystick.flows.notifications.vendor_words import VENDOR_VERBS, vendor_words
from tallystick.partners.models import Partner
from tallystick.platform.activity import record_activity
from tallystick.platform.models import ActivityEntry, Notice, Workspace
from tallystick.platform.notifications.letters import message_of
from tallystick.platform.tenancy import scope
from tests.integration.flows.notifications.world import MONDAY, Cast, actor_of, make_cast, register

pytestmark = pytest.mark.django_db

NAMED = {"reference": "DR-1"}
MONEY = {"total_minor": 123_450, "currency": "EUR", "month": "2026-10"}
DEAL_NEWS: Mapping[str, tuple[dict[str, Any], str | None, str | None]] = {
    "registration_approved": (
        {**NAMED, "protected_until": "2027-02-19", "reason": ""},
        "Cellvia: approved for Zephyr Informatics, protected to 19 Feb",
        "Cellvia: approved, protected to 19 Feb",
    ),
    "registration_declined": (
        {**NAMED, "reason": "Ours already"},
        "Cellvia: declined for Zephyr Informatics",
        "Cellvia: declined",
    ),
    "registration_withdrawn": ({**NAMED, "reason": ""}, "Cellvia: withdrawn by Mia Berg", "Cellvia: withdrawn"),
    "registration_linked": (
        {},
        "Cellvia: the registration of Zephyr Informatics found its opportunity",
        "Cellvia: now an opportunity",
    ),
    "registration_won": ({}, "Cellvia: won with Zephyr Informatics", "Cellvia: won"),
    "registration_lost": ({}, "Cellvia: lost with Zephyr Informatics", "Cellvia: lost"),
    "registration_answer_due": (
        {"due_at": "2026-11-25T09:00:00+00:00"},
        "Cellvia: Zephyr Informatics waits for an answer by 25 Nov 2026, 10:00 CET",
        None,
    ),
    "silence_nudged": (
        {"days": 7, "told_on": "2026-12-03"},
        "Cellvia: no news for Zephyr Informatics in 7 days",
        None,
    ),
    "silence_told": (
        {"days": 10, "owner": "Mia Berg", "news_by": "2026-12-06"},
        "Cellvia: Zephyr Informatics was told to expect news by 6 Dec",
        "Cellvia: Mia Berg has it, expect news by 6 Dec",
    ),
    "protection_ending": (
        {"protected_until": "2027-02-19", "days": 3, "last_step": 3},
        "Cellvia: the protection of Zephyr Informatics ends on 19 Feb",
        "Cellvia: protection ends on 19 Feb",
    ),
    "message_posted": ({"side": "vendor", "asks": False}, None, "Cellvia: Mia Berg wrote to you"),
}
MONEY_NEWS: Mapping[str, tuple[str, dict[str, Any], str | None, str | None]] = {
    "commissions_approved": ("approval_run", MONEY, None, "€1,234.50 approved for Oct 2026"),
    "commissions_approval_undone": ("approval_run", MONEY, None, "€1,234.50 for Oct 2026 is being checked again"),
    "commission_line_set_aside": (
        "commission_line",
        {"amount_minor": 5_000, "currency": "EUR", "reason": "Asked for proof"},
        None,
        "€50.00 held back",
    ),
    "commission_line_taken_back": ("commission_line", {}, None, "A line that was held back is on its way again"),
    "statement_issued": (
        "statement",
        MONEY,
        "Zephyr Informatics: statement of Oct 2026 issued, €1,234.50",
        "Your statement of Oct 2026: €1,234.50",
    ),
    "partner_tier_changed": (
        "partner",
        {"to": "premier", "valid_from": "2026-12-01"},
        "what the entry says",
        "Your tier is Premier from 1 Dec",
    ),
}
VENDOR_NEWS: Mapping[str, tuple[str, dict[str, Any], str]] = {
    "approval_run_prepared": ("approval_run", MONEY, "Commissions of Oct 2026 wait for approval: €1,234.50"),
    "approval_run_approved": ("approval_run", MONEY, "Commissions of Oct 2026 approved by Mia Berg: €1,234.50"),
    "approval_run_rejected": (
        "approval_run",
        {**MONEY, "reason": "Rate is old"},
        "The approval run of Oct 2026 was sent back by Mia Berg",
    ),
    "commissions_accrued": (
        "commission_lines",
        {"written": 0, "reversed": 0, "blocked": 2},
        "2 commission lines are blocked: a fact is missing",
    ),
    "facts_imported": ("import", {"kind": "invoices", "refused": 3}, "what the entry says"),
    "plan_published": ("plan_version", {}, "what the entry says"),
    "attribution_policy_published": ("policy", {}, "what the entry says"),
    "partner_created": ("partner", {}, "what the entry says"),
    "invitation_accepted": ("membership", {}, "what the entry says"),
    "month_closed": ("month", {}, "what the entry says"),
}


@pytest.fixture
def cast(workspace: Workspace) -> Iterator[Cast]:
    people = make_cast(workspace)
    with scope(workspace_id=workspace.pk):
        yield people


def entry(
    cast: Cast, verb: str, kind: str, subject_id: int, data: dict[str, Any], *, of_partner: bool
) -> ActivityEntry:
    return record_activity(
        actor_of(cast.manager),
        verb=verb,
        subject_kind=kind,
        subject_id=subject_id,
        partner_id=cast.partner.pk if of_partner else None,
        summary="what the entry says",
        data=data,
        at=MONDAY,
    )


def told(found: ActivityEntry) -> tuple[str | None, str | None]:
    from django.utils import timezone

    [event] = events_of([found])
    with timezone.override("Europe/Berlin"):
        vendor, partner = vendor_words(event), partner_words(event)
    return vendor.title if vendor else None, partner.title if partner else None


@pytest.mark.parametrize("verb", DEAL_NEWS)
def test_news_of_a_deal_reads(cast: Cast, verb: str) -> None:
    data, for_vendor, for_partner = DEAL_NEWS[verb]
    registration = register(cast, "Cellvia")
    found = entry(cast, verb, "deal_registration", registration.pk, data, of_partner=for_partner is not None)
    assert told(found) == (for_vendor, for_partner)


@pytest.mark.parametrize("verb", MONEY_NEWS)
def test_news_of_money_reads(cast: Cast, verb: str) -> None:
    kind, data, for_vendor, for_partner = MONEY_NEWS[verb]
    found = entry(cast, verb, kind, cast.partner.pk, data, of_partner=True)
    assert told(found) == (for_vendor, for_partner)


@pytest.mark.parametrize("verb", VENDOR_NEWS)
def test_news_for_the_vendor_alone_reads(cast: Cast, verb: str) -> None:
    kind, data, for_vendor = VENDOR_NEWS[verb]
    found = entry(cast, verb, kind, cast.partner.pk, data, of_partner=False)
    assert told(found) == (for_vendor, None)


def test_a_verb_that_nobody_worded_tells_nobody(cast: Cast) -> None:
    assert told(entry(cast, "view_saved", "view", 1, {}, of_partner=True)) == (None, None)
    assert "opportunities_decided" not in VENDOR_VERBS | PARTNER_VERBS


def test_every_kind_of_news_becomes_a_mail_with_text_button_reason_and_way_out(cast: Cast) -> None:
    stream.take_up(at=MONDAY)
    registration = register(cast, "Cell<b>via</b>")
    for verb, (data, _vendor, _partner) in DEAL_NEWS.items():
        entry(cast, verb, "deal_registration", registration.pk, data, of_partner=True)
    for verb, (kind, data, _vendor, _partner) in MONEY_NEWS.items():
        entry(cast, verb, kind, cast.partner.pk, data, of_partner=True)
    for verb, (kind, data, _vendor) in VENDOR_NEWS.items():
        entry(cast, verb, kind, cast.partner.pk, data, of_partner=False)
    stream.take_up(at=MONDAY + timedelta(minutes=1))

    messages = list(_messages(cast))
    assert {notice.kind for notice in Notice.objects.all()} == {
        "registrations", "decisions", "deals", "silence", "protection", "questions", "money", "statements",
        "attribution", "partners", "programme", "team", "imports",
    }  # fmt: skip
    for subject, message in messages:
        html = str(message.alternatives[0][0])
        assert message.subject == subject
        assert subject.startswith("[")
        assert "\n" not in subject
        assert "You get this because you asked " in message.body
        assert message.body.count("/mail/unsubscribe/") == 1
        assert html.count("display:inline-block") == 1
        assert "<b>via" not in html
        assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def _messages(cast: Cast) -> Iterator[tuple[str, EmailMultiAlternatives]]:
    listeners = [*vendor_listeners(), *partner_listeners([cast.partner.pk])[cast.partner.pk]]
    by_reader = {(listener.person.pk, listener.partner_id): listener for listener in listeners}
    for notice in Notice.objects.order_by("pk"):
        letter = compose.letter_about(
            by_reader[notice.person_id, notice.partner_id], cast.workspace, [notice], at=MONDAY
        )
        yield f"[{notice.label}] {notice.title}", message_of(letter, to="x@y.example", key="test")


def test_a_partner_reads_nothing_of_the_vendor_s_in_its_words(cast: Cast) -> None:
    Partner.objects.filter(pk=cast.partner.pk).update(name="Zephyr Informatics")
    registration = register(cast, "Cellvia")
    found = entry(cast, "internal_note_written", "deal_registration", registration.pk, {}, of_partner=False)
    assert told(found) == (None, None)
    asked = entry(cast, "message_posted", "deal_registration", registration.pk, {"side": "partner"}, of_partner=True)
    assert told(asked)[1] is None
