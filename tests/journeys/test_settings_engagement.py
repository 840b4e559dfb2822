"""Rules of engagement on their pages: read, drafted, tried on past claims, published; cited where one is decided."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.deals.models import DealRegistration, EngagementTrial, EngagementVersion
from tallystick.deals.rules.engagement.reading import default_document
from tallystick.partners.models import Partner, PartnerCertificate, PartnerTerritory
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.console_world import TODAY
from tests.factories.people import browser_of, make_member
from tests.integration.deals.claims import claim, submit

pytestmark = pytest.mark.django_db

TEXT = default_document()
STRICTER = TEXT.replace("{gte: 5000}", "{gte: 50000}")


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def browser(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


@pytest.fixture
def claimed(workspace: Workspace) -> DealRegistration:
    with scope(workspace_id=workspace.pk):
        partner = make_row(Partner, name="Corvid", type="reseller", lifecycle="active")
        return submit(partner.pk, claim(minor=100_000)).registration


def words_of(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_the_rules_in_force_are_read_in_plain_words_and_in_order(browser: Client) -> None:
    page = words_of(browser, reverse("console:engagement"))

    assert "as shipped, until a claim comes in or you publish your own" in page
    assert "The deal is worth at least 5,000 EUR a year." in page
    assert page.index("First to register") < page.index("New to us") < page.index("Distributor and reseller")
    assert "90 days" in page
    assert "A distributor named in a claim is protected with the partner that registers." in page


def test_rules_are_drafted_tried_and_published_with_a_reason(
    browser: Client, workspace: Workspace, claimed: DealRegistration
) -> None:
    drafted = browser.post(reverse("console:draft_engagement"), {"document": STRICTER.replace("\n", "\r\n")})
    assert drafted.status_code == 302, drafted.content.decode()
    page = words_of(browser, drafted["Location"])
    assert 'class="is-added"' in page
    assert "Try on past claims" in page
    with scope(workspace_id=workspace.pk):
        draft = EngagementVersion.objects.get(published_at__isnull=True)

    assert browser.post(reverse("console:try_engagement", args=[draft.pk])).status_code == 302
    page = words_of(browser, drafted["Location"])
    assert "of 1 claims would have been answered otherwise" in page
    with scope(workspace_id=workspace.pk):
        trial = EngagementTrial.objects.get()
    assert trial.counts == {}
    assert "of 1 claims" in words_of(browser, reverse("console:engagement_trial", args=[trial.pk]))

    assert browser.post(drafted["Location"], {"reason": " "}).status_code == 422
    with scope(workspace_id=workspace.pk):
        assert EngagementVersion.objects.filter(published_at__isnull=False).count() == 1
    assert browser.post(drafted["Location"], {"reason": "The small ones cost more than they bring"}).status_code == 302
    page = words_of(browser, reverse("console:engagement"))
    assert "In force: version 2" in page
    assert "The small ones cost more than they bring" in page
    compared = words_of(browser, reverse("console:engagement_version", args=[draft.pk]) + "?against=1")
    assert 'class="is-removed"' in compared


def test_what_is_wrong_with_rules_stands_under_its_line_and_the_text_is_kept(
    browser: Client, workspace: Workspace
) -> None:
    answer = browser.post(reverse("console:draft_engagement"), {"document": TEXT.replace("gte: 5000", "gte: much")})
    page = answer.content.decode()

    assert answer.status_code == 422
    line = TEXT[: TEXT.index("gte: 5000")].count("\n") + 1
    assert f'<tr class="is-wrong"><td class="document-number">{line}</td>' in page
    assert "gte: much" in page
    with scope(workspace_id=workspace.pk):
        assert not EngagementVersion.objects.exists()


def test_who_may_not_change_the_programme_reads_the_rules_only(workspace: Workspace) -> None:
    finance = browser_of(make_member(workspace, WorkspaceRole.FINANCE, email="finn@umbra.example").person)

    assert "Change the rules" not in words_of(finance, reverse("console:engagement"))
    assert finance.post(reverse("console:draft_engagement"), {"document": STRICTER}).status_code == 403
    with scope(workspace_id=workspace.pk):
        assert not EngagementVersion.objects.exists()


def test_a_claim_shows_its_rules_with_figures_and_is_declined_by_one_of_them(
    browser: Client, workspace: Workspace, claimed: DealRegistration
) -> None:
    address = reverse("console:registration", args=[claimed.reference])
    page = words_of(browser, address)
    assert "The value is below 5,000 EUR, the least we register. (the value in whole units: 1,000 EUR)" in page
    assert claimed.rules_reference in page
    assert '<option value="minimum_value" selected>' in page

    decline = reverse("console:decline", args=[claimed.reference])
    assert browser.post(decline, {"reason": "Too small.", "rule": "size"}).status_code == 422
    browser.post(decline, {"reason": "Too small for us.", "rule": "minimum_value"})
    with scope(workspace_id=workspace.pk):
        claimed.refresh_from_db()
    assert (claimed.state, claimed.decision_rule) == ("declined", "minimum_value")
    assert "By the rule" in words_of(browser, address)


def test_certificates_and_territories_are_kept_on_the_partners_page(
    browser: Client, workspace: Workspace, claimed: DealRegistration
) -> None:
    partner = claimed.partner_id
    tab = reverse("console:partner", args=[partner]) + "?tab=standing"
    assert "the partner may sell everywhere" in words_of(browser, tab)

    refused = browser.post(reverse("console:add_territory", args=[partner]), {"country": "Atlantis"})
    assert refused.status_code == 422
    assert browser.post(reverse("console:add_territory", args=[partner]), {"country": "Germany"}).status_code == 302
    again = browser.post(reverse("console:add_territory", args=[partner]), {"country": "DE"})
    assert "DE is a territory of Corvid already." in again.content.decode()
    certificate = {"name": "ELN Professional", "holder": "Zoe Lind", "certificate_until": "2026-11-01"}
    assert browser.post(reverse("console:add_certificate", args=[partner]), certificate).status_code == 302
    page = words_of(browser, tab)
    assert "Germany" in page
    assert "Zoe Lind" in page
    assert "Over" in page

    with scope(workspace_id=workspace.pk):
        territory, kept = PartnerTerritory.objects.get(), PartnerCertificate.objects.get()
    browser.post(reverse("console:remove_territory", args=[partner, territory.pk]))
    browser.post(reverse("console:remove_certificate", args=[partner, kept.pk]))
    with scope(workspace_id=workspace.pk):
        assert not PartnerTerritory.objects.exists()
        assert not PartnerCertificate.objects.exists()
