"""Leads from both sides through the browser: introduced and answered, passed on, accepted, declined, converted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tallystick.attribution.models import Touch
from tallystick.crm.models import Account, Opportunity
from tallystick.deals.models import DealRegistration, Lead, LeadOffer, LeadPolicyVersion
from tallystick.deals.services.leads import offer_lead_to
from tallystick.partners.models import Partner, PartnerRole
from tallystick.platform.models import Workspace, WorkspaceRole
from tallystick.platform.tenancy import scope
from tests.factories import make_row
from tests.factories.leads import ACTOR, active_partner, introduce, lead_of_ours
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person
from tests.factories.revenue import make_plan

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
FERNHILL = {
    "company": "Fernhill",
    "website": "fernhill.example",
    "contact": "ruth@fernhill.example",
    "need": "A LIMS for two labs",
    "promises_introduction": "on",
    "token": "one",
}
BRIGHTWELL = {
    "company": "Brightwell",
    "website": "brightwell.example",
    "country": "Germany",
    "need": "A LIMS",
    "contact_name": "Jo Kim",
    "contact_email": "jo@brightwell.example",
    "token": "two",
}


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def partner(workspace: Workspace) -> Partner:
    with scope(workspace_id=workspace.pk):
        make_plan()
    return make_partner(workspace)


@pytest.fixture
def anna(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


@pytest.fixture
def zoe(partner: Partner) -> Client:
    return browser_of(make_partner_person(partner, PartnerRole.SELLER, name="Zoe Lind").person)


@pytest.fixture
def here(workspace: Workspace, partner: Partner) -> Iterator[None]:
    """Look at rows with the vendor's eyes."""
    with scope(workspace_id=workspace.pk):
        yield


def page(client: Client, name: str, *arguments: str) -> str:
    answer = client.get(reverse(name, args=arguments))
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, name: str, reference: str, **told: object) -> int:
    return client.post(reverse(name, args=[reference]), told).status_code


def test_a_partner_introduces_a_company_and_the_vendor_accepts_it(zoe: Client, anna: Client, here: None) -> None:
    account = make_row(Account, name="Fernhill Ltd", normalised_name="fernhill", domain="fernhill.example")
    answer = zoe.post(reverse("portal:introduce_lead"), FERNHILL, follow=True).content.decode()

    made = Lead.objects.get()
    assert (made.company, made.contact_email, made.promises_introduction, made.state) == (
        "Fernhill",
        "ruth@fernhill.example",
        True,
        "new",
    )
    assert "Thank you. Fernhill is introduced." in answer
    assert "You have an answer by 16 Oct 2026, 14:00 CEST" in answer
    assert made.receipt_hash in answer
    assert "Answer the introduction of Fernhill" in page(anna, "console:inbox")
    assert "It is Fernhill Ltd in the CRM: same domain." in page(anna, "console:lead", made.reference)

    assert send(anna, "console:accept_lead", made.reference) == 302

    made.refresh_from_db()
    assert (made.state, made.answered_by_label) == ("accepted", "Anna Berg")
    touch = Touch.objects.get(account=account)
    assert (touch.kind, touch.happened_on, touch.partner_id) == ("lead_accepted", date(2026, 10, 14), made.partner_id)
    assert "Accepted" in page(zoe, "portal:lead", made.reference)
    assert "Answer the introduction of Fernhill" not in page(anna, "console:inbox")


def test_the_form_sent_twice_is_one_lead_and_a_company_twice_is_refused_under_its_field(
    zoe: Client, here: None
) -> None:
    zoe.post(reverse("portal:introduce_lead"), FERNHILL)
    again = zoe.post(reverse("portal:introduce_lead"), FERNHILL)
    other = zoe.post(reverse("portal:introduce_lead"), {**FERNHILL, "token": "other"})

    made = Lead.objects.get()
    assert again["Location"] == reverse("portal:lead", args=[made.reference])
    assert other.status_code == 422
    assert f"You have introduced this company already: {made.reference}" in other.content.decode()


def test_what_is_missing_is_said_under_its_field_and_what_was_typed_stays(zoe: Client, here: None) -> None:
    answer = zoe.post(reverse("portal:introduce_lead"), {**FERNHILL, "need": "", "country": "Atlantis"})

    assert answer.status_code == 422
    assert "Say what they need, in a sentence." in answer.content.decode()
    assert "Enter a country, such as DE or Germany." in answer.content.decode()
    assert "ruth@fernhill.example" in answer.content.decode()
    assert not Lead.objects.exists()


def test_a_decline_reaches_the_partner_with_its_reason(zoe: Client, anna: Client, here: None) -> None:
    zoe.post(reverse("portal:introduce_lead"), FERNHILL)
    reference = Lead.objects.get().reference

    assert send(anna, "console:decline_lead", reference, reason=" ") == 422
    assert Lead.objects.get().state == "new"
    assert send(anna, "console:decline_lead", reference, reason="They chose somebody else.") == 302

    assert "They chose somebody else." in page(zoe, "portal:lead", reference)


def test_a_lead_of_ours_is_offered_accepted_qualified_and_registered_by_the_partner(
    zoe: Client, anna: Client, here: None
) -> None:
    anna.post(reverse("console:new_lead"), BRIGHTWELL)
    made = Lead.objects.get()
    seen = page(anna, "console:lead", made.reference)
    assert "Zephyr Informatics is being asked" in seen
    assert "Why Zephyr Informatics" in seen
    assert "Its territory is not known. Half the points." in seen

    assert "Accept Brightwell by 15 Oct 2026, 14:00 CEST" in page(zoe, "portal:home")
    for hidden in (page(zoe, "portal:leads"), page(zoe, "portal:lead", made.reference)):
        assert "Brightwell" in hidden
        assert "Jo Kim" not in hidden
        assert "jo@brightwell.example" not in hidden

    assert send(zoe, "portal:accept_lead", made.reference) == 302
    shown = page(zoe, "portal:lead", made.reference)
    assert "Jo Kim" in shown
    assert "jo@brightwell.example" in shown
    assert send(zoe, "portal:qualify_lead", made.reference) == 302
    answer = zoe.post(reverse("portal:register_lead", args=[made.reference]), {"value": "60k"})

    registration = DealRegistration.objects.get()
    assert answer["Location"] == reverse("portal:receipt", args=[registration.reference])
    assert (registration.company, registration.contact_email) == ("Brightwell", "jo@brightwell.example")
    made.refresh_from_db()
    assert (made.state, made.registration_id) == ("converted", registration.pk)
    assert registration.reference in page(anna, "console:lead", made.reference)


def test_a_declined_offer_goes_on_to_the_next_partner_and_then_back_to_the_inbox(
    zoe: Client, anna: Client, here: None
) -> None:
    anna.post(reverse("console:new_lead"), BRIGHTWELL)
    reference = Lead.objects.get().reference

    assert send(zoe, "portal:decline_lead", reference, reason="") == 422
    assert LeadOffer.objects.get().state == "open"
    assert send(zoe, "portal:decline_lead", reference, reason="No people free.") == 302

    assert "You declined this lead." in page(zoe, "portal:lead", reference)
    assert "No people free." in page(anna, "console:lead", reference)
    assert "Find a partner for Brightwell" in page(anna, "console:inbox")
    assert send(zoe, "portal:accept_lead", reference) == 422
    assert Lead.objects.get().partner_id is None


def test_a_lead_is_kept_without_asking_and_then_given_to_a_partner_somebody_chose(
    zoe: Client, anna: Client, partner: Partner, here: None
) -> None:
    other = active_partner("Orion", country="DE")
    anna.post(reverse("console:new_lead"), {**BRIGHTWELL, "keep": "1"})
    reference = Lead.objects.get().reference
    assert "How partners fit today" in page(anna, "console:lead", reference)
    assert not LeadOffer.objects.exists()

    assert send(anna, "console:choose_partner", reference, partner=partner.pk, reason="") == 422
    assert send(anna, "console:choose_partner", reference, partner=partner.pk, reason="They know Jo.") == 302
    assert send(anna, "console:choose_partner", reference, partner=other.pk, reason="They asked.") == 302

    assert "The lead was taken back." in page(zoe, "portal:lead", reference)
    assert "They know Jo." not in page(zoe, "portal:lead", reference)
    assert "Orion" not in page(zoe, "portal:lead", reference)


def test_an_introduction_becomes_the_opportunity_of_its_account(anna: Client, partner: Partner, here: None) -> None:
    account = make_row(Account, name="Cellvia GmbH", normalised_name="cellvia", domain="cellvia.example")
    deal = make_row(Opportunity, name="Cellvia LIMS", stage="Discovery", account=account)
    elsewhere = make_row(Opportunity, name="Another", account=make_row(Account))
    reference = introduce(partner, at=NOON).lead.reference
    send(anna, "console:accept_lead", reference)

    assert "Cellvia LIMS" in page(anna, "console:lead", reference)
    assert send(anna, "console:convert_lead", reference, opportunity=elsewhere.pk) == 422
    assert send(anna, "console:convert_lead", reference, opportunity=deal.pk) == 302

    made = Lead.objects.get()
    assert (made.state, made.opportunity_id) == ("converted", deal.pk)


def test_an_introduction_is_registered_for_its_partner_in_one_step(anna: Client, partner: Partner, here: None) -> None:
    reference = introduce(partner, at=NOON).lead.reference
    send(anna, "console:accept_lead", reference)

    assert send(anna, "console:register_lead", reference, value="a lot") == 422
    assert not DealRegistration.objects.exists()
    assert send(anna, "console:register_lead", reference, value="60,000") == 302

    made = DealRegistration.objects.get()
    assert (made.partner_id, made.company, made.value_minor) == (partner.pk, "Cellvia", 6_000_000)


def test_another_partner_finds_no_lead_that_is_not_its_own(workspace: Workspace, partner: Partner, here: None) -> None:
    theirs = introduce(partner, at=NOON).lead
    offered = lead_of_ours(at=NOON)
    offer_lead_to(ACTOR, lead_id=offered.pk, partner_id=partner.pk, reason="They know it.", at=NOON)
    sam = browser_of(make_partner_person(make_partner(workspace, "Quanta"), email="sam@quanta.example").person)

    for reference in (theirs.reference, offered.reference):
        assert sam.get(reverse("portal:lead", args=[reference])).status_code == 404
        for action in ("accept_lead", "decline_lead", "qualify_lead", "register_lead"):
            assert send(sam, f"portal:{action}", reference, reason="No.", value="60k") == 404
    assert "Cellvia" not in page(sam, "portal:leads")

    theirs.refresh_from_db()
    assert (theirs.state, LeadOffer.objects.get().state) == ("new", "open")


def test_a_partner_answers_nothing_about_what_it_introduced_itself(zoe: Client, partner: Partner, here: None) -> None:
    own = introduce(partner, at=NOON).lead

    assert send(zoe, "portal:decline_lead", own.reference, reason="Mine.") == 404
    assert send(zoe, "portal:qualify_lead", own.reference) == 404

    own.refresh_from_db()
    assert own.state == "new"


def test_roles_that_may_not_answer_change_nothing(workspace: Workspace, partner: Partner, here: None) -> None:
    lead = introduce(partner, at=NOON).lead
    ae = browser_of(make_member(workspace, WorkspaceRole.AE, email="ada@umbra.example").person)
    clerk = browser_of(make_partner_person(partner, PartnerRole.FINANCE, email="fin@zephyr.example").person)

    assert "Partner managers, RevOps and admins answer leads." in page(ae, "console:lead", lead.reference)
    for action in ("accept_lead", "decline_lead", "ask_about_lead", "choose_partner"):
        assert send(ae, f"console:{action}", lead.reference, reason="No.") == 403
    assert ae.get(reverse("console:lead_policy")).status_code == 403
    assert clerk.post(reverse("portal:introduce_lead"), FERNHILL).status_code == 403
    assert "Introduce a lead" not in page(clerk, "portal:leads")

    assert (Lead.objects.count(), Lead.objects.get().state) == (1, "new")


def test_many_introductions_are_accepted_and_ours_are_passed_on_from_the_list(
    anna: Client, partner: Partner, here: None
) -> None:
    first = introduce(partner, at=NOON).lead
    ours = lead_of_ours(at=NOON)
    address = reverse("console:act", args=["leads", "accept"])
    assert "1 lead of 1 partner would be accepted." in anna.get(address, {"row": [first.pk, ours.pk]}).content.decode()

    anna.post(f"{address}?row={first.pk}&row={ours.pk}")
    anna.post(f"{reverse('console:act', args=['leads', 'pass'])}?row={first.pk}&row={ours.pk}")

    first.refresh_from_db()
    assert (first.state, LeadOffer.objects.get().lead_id) == ("accepted", ours.pk)


def test_the_policy_is_published_as_a_version(anna: Client, here: None) -> None:
    form = page(anna, "console:lead_policy")
    assert "Hours a partner has to accept a lead" in form
    told = {
        "answer_hours": 24,
        "offer_hours": 8,
        "follow_days": 90,
        **{
            f"weight_{name}": 10
            for name in ("territory", "type", "tier", "capacity", "certificate", "acceptance", "win_rate")
        },
        **{f"most_open_{tier}": 2 for tier in ("", "authorised", "premier", "strategic")},
        **{f"tier_points_{tier}": 50 for tier in ("authorised", "premier", "strategic")},
    }

    assert anna.post(reverse("console:lead_policy"), {**told, "offer_hours": 0}).status_code == 422
    assert not LeadPolicyVersion.objects.exists()
    assert anna.post(reverse("console:lead_policy"), told).status_code == 302

    assert LeadPolicyVersion.objects.get().document["offer_hours"] == 8
    assert "leads@1#" in page(anna, "console:lead_policy")


def test_what_partners_learn_is_set_once_and_holds_for_leads(anna: Client, zoe: Client, here: None) -> None:
    for company in ("Fernhill", "Brightwell"):
        make_row(Account, name=company, domain=f"{company.lower()}.example", is_customer=True)
    assert reverse("console:disclosure_settings") in page(anna, "console:lead_policy")
    words = "We know this company already"

    told = zoe.post(reverse("portal:introduce_lead"), FERNHILL, follow=True).content.decode()
    anna.post(reverse("console:disclosure_settings"), {"may_learn": "nothing"})
    other = {**FERNHILL, "company": "Brightwell", "website": "brightwell.example", "token": "three"}
    quiet = zoe.post(reverse("portal:introduce_lead"), other, follow=True).content.decode()

    assert words in told
    assert (words in quiet, "Brightwell is introduced." in quiet) == (False, True)
    lead = Lead.objects.get(company="Brightwell")
    assert "The partner was told nothing of the company" in page(anna, "console:lead", lead.reference)
    assert f"The partner was told: {words}" in page(
        anna, "console:lead", Lead.objects.get(company="Fernhill").reference
    )


def test_who_manages_leads_reads_what_partners_learn_and_is_led_nowhere_it_may_not_go(workspace: Workspace) -> None:
    mia = browser_of(make_member(workspace, WorkspaceRole.PARTNER_MANAGER, email="mia@umbra.example").person)
    text = page(mia, "console:lead_policy")
    assert "That we know it already" in text
    assert reverse("console:disclosure_settings") not in text


def test_an_offer_whose_time_is_over_says_so_and_is_accepted_by_nobody(
    zoe: Client, partner: Partner, here: None
) -> None:
    lead = lead_of_ours(at=NOON)
    offer_lead_to(ACTOR, lead_id=lead.pk, partner_id=partner.pk, reason="They know it.", at=NOON)

    with time_machine.travel(NOON + timedelta(hours=24), tick=False):
        assert "The time to accept is over." in page(zoe, "portal:lead", lead.reference)
        assert send(zoe, "portal:accept_lead", lead.reference) == 422

    lead.refresh_from_db()
    assert lead.state == "new"
