"""Drafts of leads on both sides: kept while typed, saved, taken up elsewhere, gone with the lead, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import FormDraft, Lead
from tallystick.flows.retention import remove_what_is_old
from tallystick.partners.models import Partner, PartnerRole
from tallystick.platform.actors import SYSTEM
from tallystick.platform.models import ActivityEntry, Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
INTRODUCED = {
    "company": "Cellvia",
    "website": "cellvia.com",
    "contact": "ruth@cellvia.com",
    "need": "A laboratory system.",
    "promises_introduction": "on",
    "country": "Germany",
}
PASSED_ON = {
    "company": "Northgate",
    "website": "northgate.example",
    "country": "DE",
    "need": "A pilot.",
    "contact_name": "Ruth Ames",
    "contact_email": "ruth@northgate.example",
    "contact_phone": "+49 30 1",
    "wanted_type": "reseller",
    "wanted_certificate": "Implementation",
}


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def zephyr(workspace: Workspace) -> Partner:
    return make_partner(workspace)


@pytest.fixture
def zoe(zephyr: Partner) -> Client:
    return browser_of(make_partner_person(zephyr, name="Zoe Lind").person)


@pytest.fixture
def priya(workspace: Workspace) -> Client:
    member = make_member(workspace, WorkspaceRole.PARTNER_MANAGER, email="priya@umbra.example", name="Priya Nair")
    return browser_of(member.person)


def words_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def drafts(workspace: Workspace) -> list[FormDraft]:
    with scope(workspace_id=workspace.pk):
        return list(FormDraft.objects.order_by("pk"))


def leads(workspace: Workspace) -> list[str]:
    with scope(workspace_id=workspace.pk):
        return list(Lead.objects.order_by("pk").values_list("company", flat=True))


def test_what_is_typed_of_an_introduction_comes_back_and_introduces_nobody(
    zoe: Client, workspace: Workspace, zephyr: Partner
) -> None:
    keep = reverse("portal:lead_draft")
    assert zoe.post(keep, {"do": "keep", "company": "Cell", "token": "one", "evil": "x"}).status_code == 204
    assert zoe.post(keep, {"do": "keep", **INTRODUCED}).status_code == 204
    (draft,) = drafts(workspace)
    assert (draft.subject, draft.typed, draft.is_saved, draft.partner_id) == ("lead", INTRODUCED, False, zephyr.pk)

    page = words_of(zoe, reverse("portal:introduce_lead"))
    assert "What you typed last time is back" in page
    assert "nothing counts as yours until you send it. It is kept for 30 days" in page
    assert 'value="cellvia.com"' in page
    assert "A laboratory system.</textarea>" in page
    assert "checked" in page.partition('name="promises_introduction"')[2].partition(">")[0]
    assert "What you typed last time is back" not in words_of(zoe, reverse("portal:register"))
    with scope(workspace_id=workspace.pk):
        assert not ActivityEntry.objects.filter(summary__contains="Cellvia").exists()
    assert leads(workspace) == []
    assert zoe.post(keep, {"do": "discard"})["Location"] == reverse("portal:introduce_lead")
    assert drafts(workspace) == []


def test_drafts_of_introductions_are_saved_listed_continued_and_gone_once_introduced(
    zoe: Client, workspace: Workspace
) -> None:
    draft = reverse("portal:lead_draft")
    saved = zoe.post(draft, {"do": "save", **INTRODUCED}, follow=True).content.decode()
    assert "The draft is saved. A draft introduces nobody" in saved
    zoe.post(draft, {"do": "save", "company": "Orchid"})
    first, second = drafts(workspace)
    assert (first.is_saved, second.is_saved) == (True, True)
    page = words_of(zoe, reverse("portal:leads"))
    assert page.index("Orchid") < page.index("Cellvia")
    assert "Cellvia" not in words_of(zoe, reverse("portal:deals"))

    taken_up = words_of(zoe, reverse("portal:introduce_lead") + f"?draft={first.pk}")
    assert f'name="draft" value="{first.pk}"' in taken_up
    refused = zoe.post(reverse("portal:introduce_lead"), {"company": "Cellvia", "token": "t", "draft": first.pk})
    assert (refused.status_code, len(drafts(workspace))) == (422, 2)
    sent = zoe.post(reverse("portal:introduce_lead"), {**INTRODUCED, "token": "t", "draft": first.pk})
    assert (sent.status_code, leads(workspace)) == (302, ["Cellvia"])
    assert [row.pk for row in drafts(workspace)] == [second.pk]
    assert zoe.post(draft, {"do": "discard", "draft": second.pk})["Location"] == reverse("portal:leads")
    assert drafts(workspace) == []


def test_nobody_reads_or_touches_the_draft_of_another(
    zoe: Client, priya: Client, workspace: Workspace, zephyr: Partner
) -> None:
    zoe.post(reverse("portal:lead_draft"), {"do": "save", "company": "Cellvia"})
    (draft,) = drafts(workspace)
    bo = browser_of(make_partner_person(zephyr, PartnerRole.SELLER, email="bo@zephyr.example", name="Bo").person)
    for client, side in ((bo, "portal"), (priya, "console")):
        form = reverse("portal:introduce_lead" if side == "portal" else "console:new_lead")
        assert "Cellvia" not in words_of(client, f"{form}?draft={draft.pk}")
        assert "Cellvia" not in words_of(client, reverse(f"{side}:leads"))
        client.post(reverse(f"{side}:lead_draft"), {"do": "discard", "draft": draft.pk})
        client.post(reverse(f"{side}:lead_draft"), {"do": "keep", "draft": draft.pk, "company": "Taken"})
    # Nor is the draft of one form that of another.
    zoe.post(reverse("portal:draft"), {"do": "discard", "draft": draft.pk})
    assert drafts(workspace)[0].typed == {"company": "Cellvia"}


def test_a_lead_of_the_vendors_has_its_drafts_too_and_asks_nobody(
    priya: Client, zoe: Client, workspace: Workspace
) -> None:
    draft = reverse("console:lead_draft")
    assert priya.post(draft, {"do": "keep", **PASSED_ON}).status_code == 204
    (kept,) = drafts(workspace)
    assert (kept.partner_id, kept.typed) == (None, PASSED_ON)
    page = words_of(priya, reverse("console:new_lead"))
    assert "A draft is passed to nobody: no partner is asked until you send it." in page
    assert 'value="Ruth Ames"' in page
    assert '<option value="reseller" selected>' in page
    assert "Northgate" not in words_of(zoe, reverse("portal:leads"))

    saved = priya.post(draft, {"do": "save", **PASSED_ON}, follow=True).content.decode()
    assert 'href="/leads/new/?draft=' in saved
    assert "Northgate" in saved
    colleague = browser_of(make_member(workspace, email="anna@umbra.example").person)
    assert "Northgate" not in words_of(colleague, reverse("console:leads"))
    assert leads(workspace) == []
    (kept,) = drafts(workspace)
    priya.post(reverse("console:new_lead"), {**PASSED_ON, "token": "t", "keep": "1", "draft": kept.pk})
    assert (leads(workspace), drafts(workspace)) == (["Northgate"], [])


def test_who_may_send_no_lead_keeps_no_draft(workspace: Workspace, zephyr: Partner) -> None:
    finance = browser_of(make_partner_person(zephyr, PartnerRole.FINANCE, email="f@zephyr.example").person)
    ae = browser_of(make_member(workspace, WorkspaceRole.AE, email="ae@umbra.example").person)
    assert finance.post(reverse("portal:lead_draft"), {"do": "keep", "company": "Cellvia"}).status_code == 403
    assert ae.post(reverse("console:lead_draft"), {"do": "keep", "company": "Cellvia"}).status_code == 403
    assert drafts(workspace) == []


def test_drafts_of_leads_go_after_thirty_days(zoe: Client, priya: Client, workspace: Workspace) -> None:
    zoe.post(reverse("portal:lead_draft"), {"do": "save", "company": "Cellvia"})
    priya.post(reverse("console:lead_draft"), {"do": "save", "company": "Northgate"})
    with scope(workspace_id=workspace.pk):
        assert remove_what_is_old(SYSTEM, at=NOON + timedelta(days=30)).drafts == 0
        assert remove_what_is_old(SYSTEM, at=NOON + timedelta(days=30, seconds=1)).drafts == 2
