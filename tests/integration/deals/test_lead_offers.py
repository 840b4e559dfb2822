"""Leads of ours on their way to a partner: the best is asked first, then the next, until one accepts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tallystick.deals.models import Lead, LeadOffer, LeadRanking
from tallystick.deals.rules.engagement.reading import default_document
from tallystick.deals.rules.lead_states import LeadMoveRefused
from tallystick.deals.services.engagement import publish_engagement, save_engagement_draft
from tallystick.deals.services.leads import (
    CannotAsk,
    LeadReasonMissing,
    OfferGone,
    accept_offer,
    decline_lead,
    decline_offer,
    lapse_offers,
    offer_lead,
    offer_lead_to,
    publish_lead_policy,
    qualify_lead,
)
from tallystick.partners.models import Lifecycle, PartnerCertificate, PartnerTerritory
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row
from tests.factories.leads import ACTOR, MONDAY, TUESDAY, active_partner, asked, introduce, lead_of_ours

DUE = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def open_offer(lead: Lead) -> LeadOffer:
    return LeadOffer.objects.get(lead=lead, state="open")


def verbs(lead: Lead) -> list[str]:
    rows = ActivityEntry.objects.filter(subject_kind="lead", subject_id=lead.pk).order_by("position")
    return list(rows.values_list("verb", flat=True))


def test_the_partner_that_fits_best_is_asked_and_the_ranking_is_kept(vendor: Scope) -> None:
    active_partner("Nova", tier="strategic", country="SE")
    fjord = active_partner("Fjord", tier="authorised", country="DE")
    lead = lead_of_ours()

    offer = offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)

    assert offer is not None
    assert (offer.partner_id, offer.company, offer.due_at) == (fjord.pk, "Brightwell", DUE)
    kept = LeadRanking.objects.get()
    assert [(each["name"], each["points"]) for each in kept.document] == [("Fjord", "70"), ("Nova", "125/2")]
    assert (kept.chosen_id, kept.by_hand, kept.policy[:8]) == (fjord.pk, False, "leads@0#")
    assert verbs(lead) == ["lead_created", "lead_offered"]


def test_asking_again_while_somebody_is_asked_changes_nothing(vendor: Scope) -> None:
    active_partner("Fjord")
    active_partner("Nova")
    lead = lead_of_ours()

    first = offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)
    assert offer_lead(ACTOR, lead_id=lead.pk, at=TUESDAY) == first

    assert len(asked(lead)) == 1


def test_a_partner_reads_the_contact_only_once_it_has_accepted(vendor: Scope, workspace: Workspace) -> None:
    fjord = active_partner("Fjord")
    lead = lead_of_ours(contact_email="jo@brightwell.example")
    offer = offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)
    assert offer is not None

    with scope(workspace_id=workspace.pk, partner_id=fjord.pk):
        assert LeadOffer.objects.get().company == "Brightwell"
        assert not Lead.objects.exists()
        assert not LeadRanking.objects.exists()
        accept_offer(ACTOR, offer_id=offer.pk, at=MONDAY)
        assert Lead.objects.get().contact_email == "jo@brightwell.example"

    lead.refresh_from_db()
    assert (lead.state, lead.partner_id) == ("accepted", fjord.pk)
    assert verbs(lead)[-1] == "lead_accepted"


def test_another_partner_finds_neither_the_offer_nor_the_lead(vendor: Scope, workspace: Workspace) -> None:
    fjord = active_partner("Fjord")
    lead = lead_of_ours()
    offer = offer_lead_to(ACTOR, lead_id=lead.pk, partner_id=fjord.pk, reason="They know it.", at=MONDAY)
    nova = active_partner("Nova")

    with scope(workspace_id=workspace.pk, partner_id=nova.pk):
        assert not LeadOffer.objects.exists()
        with pytest.raises(LeadOffer.DoesNotExist):
            accept_offer(ACTOR, offer_id=offer.pk, at=MONDAY)
        with pytest.raises(LeadOffer.DoesNotExist):
            decline_offer(ACTOR, offer_id=offer.pk, reason="No.", at=MONDAY)
        with pytest.raises(Lead.DoesNotExist):
            qualify_lead(ACTOR, lead_id=lead.pk, at=MONDAY)

    assert open_offer(lead).partner_id == fjord.pk


def test_a_declined_lead_goes_to_the_next_partner_and_comes_back_when_nobody_is_left(
    vendor: Scope, workspace: Workspace
) -> None:
    fjord, nova = active_partner("Fjord", country="DE"), active_partner("Nova")
    lead = lead_of_ours()
    offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)

    with scope(workspace_id=workspace.pk, partner_id=fjord.pk):
        decline_offer(ACTOR, offer_id=LeadOffer.objects.get().pk, reason="No people free.", at=MONDAY)
        assert LeadOffer.objects.count() == 1
    assert asked(lead) == [("Fjord", "declined"), ("Nova", "open")]
    with scope(workspace_id=workspace.pk, partner_id=nova.pk):
        decline_offer(ACTOR, offer_id=LeadOffer.objects.get().pk, reason="Too small.", at=MONDAY)

    lead.refresh_from_db()
    assert (lead.state, lead.partner_id, lead.returned_at) == ("new", None, MONDAY)
    assert verbs(lead) == [
        "lead_created",
        "lead_offered",
        "lead_offer_declined",
        "lead_offered",
        "lead_offer_declined",
        "lead_returned",
    ]


def test_entries_about_an_offer_are_read_by_that_partner_alone(vendor: Scope, workspace: Workspace) -> None:
    fjord, nova = active_partner("Fjord", country="DE"), active_partner("Nova")
    lead = lead_of_ours()
    offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)
    decline_offer(ACTOR, offer_id=open_offer(lead).pk, reason="No people free.", at=MONDAY)

    with scope(workspace_id=workspace.pk, partner_id=nova.pk):
        assert [entry.verb for entry in ActivityEntry.objects.order_by("position")] == ["lead_offered"]
    with scope(workspace_id=workspace.pk, partner_id=fjord.pk):
        assert [entry.verb for entry in ActivityEntry.objects.order_by("position")] == [
            "lead_offered",
            "lead_offer_declined",
        ]


def test_an_offer_lapses_at_its_hour_and_the_next_is_asked_once(vendor: Scope) -> None:
    active_partner("Fjord", country="DE")
    active_partner("Nova")
    lead = lead_of_ours()
    offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)

    assert lapse_offers(ACTOR, at=DUE - timedelta(seconds=1)) == 0
    assert lapse_offers(ACTOR, at=DUE) == 1
    assert lapse_offers(ACTOR, at=DUE) == 0

    assert asked(lead) == [("Fjord", "lapsed"), ("Nova", "open")]
    assert open_offer(lead).due_at == DUE + timedelta(days=1)


def test_what_is_over_can_no_longer_be_accepted_even_before_the_job_has_run(vendor: Scope) -> None:
    active_partner("Fjord")
    lead = lead_of_ours()
    offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)

    with pytest.raises(OfferGone, match=r"^The time to answer is over\.$"):
        accept_offer(ACTOR, offer_id=open_offer(lead).pk, at=DUE)

    lead.refresh_from_db()
    assert (lead.state, asked(lead)) == ("new", [("Fjord", "open")])


def test_somebody_chooses_by_hand_with_a_reason_and_whoever_was_asked_is_asked_no_longer(vendor: Scope) -> None:
    active_partner("Fjord", country="DE")
    nova = active_partner("Nova")
    lead = lead_of_ours()
    offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)

    with pytest.raises(LeadReasonMissing):
        offer_lead_to(ACTOR, lead_id=lead.pk, partner_id=nova.pk, reason="", at=MONDAY)
    offer_lead_to(ACTOR, lead_id=lead.pk, partner_id=nova.pk, reason="They know the buyer.", at=MONDAY)

    assert asked(lead) == [("Fjord", "withdrawn"), ("Nova", "open")]
    kept = LeadRanking.objects.latest("pk")
    assert (kept.by_hand, kept.reason, kept.chosen_id) == (True, "They know the buyer.", nova.pk)
    assert verbs(lead)[-2:] == ["lead_offer_withdrawn", "lead_offered"]
    with pytest.raises(CannotAsk, match="is being asked already"):
        offer_lead_to(ACTOR, lead_id=lead.pk, partner_id=nova.pk, reason="Again.", at=MONDAY)


def test_a_partner_that_is_not_active_is_not_asked(vendor: Scope) -> None:
    dormant = active_partner("Dormant", lifecycle=Lifecycle.DORMANT)
    lead = lead_of_ours()

    assert offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY) is None
    with pytest.raises(CannotAsk, match="is not active"):
        offer_lead_to(ACTOR, lead_id=lead.pk, partner_id=dormant.pk, reason="Try.", at=MONDAY)

    assert asked(lead) == []


def test_a_partner_never_has_more_leads_open_than_its_tier_allows(vendor: Scope) -> None:
    publish_lead_policy(ACTOR, document={"most_open": {"": 1}}, at=MONDAY)
    active_partner("Fjord")
    first, second = lead_of_ours(), lead_of_ours(company="Corvid", website="corvid.example")

    assert offer_lead(ACTOR, lead_id=first.pk, at=MONDAY) is not None
    assert offer_lead(ACTOR, lead_id=second.pk, at=MONDAY) is None

    second.refresh_from_db()
    assert second.returned_at == MONDAY
    assert LeadRanking.objects.get(lead=second).document[0]["passed_over"] == "It has 1 of at most 1 leads open."


def test_a_lead_that_is_ended_is_offered_to_nobody_any_more(vendor: Scope) -> None:
    active_partner("Fjord")
    lead = lead_of_ours()
    offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)

    decline_lead(ACTOR, lead_id=lead.pk, reason="The project was stopped.", at=MONDAY)

    assert asked(lead) == [("Fjord", "withdrawn")]
    with pytest.raises(LeadMoveRefused):
        offer_lead(ACTOR, lead_id=lead.pk, at=TUESDAY)
    with pytest.raises(OfferGone, match="was taken back"):
        accept_offer(ACTOR, offer_id=LeadOffer.objects.get().pk, at=MONDAY)


def test_a_lead_from_a_partner_is_passed_to_nobody(vendor: Scope) -> None:
    lead = introduce(active_partner("Fjord")).lead

    with pytest.raises(LeadMoveRefused):
        offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY)

    assert asked(lead) == []


def test_territories_and_certificates_that_are_valid_count_in_the_ranking(vendor: Scope) -> None:
    fjord, nova = active_partner("Fjord", country="DE"), active_partner("Nova", country="SE")
    make_row(PartnerTerritory, partner=fjord, country="SE")
    make_row(PartnerTerritory, partner=nova, country="DE")
    make_row(PartnerTerritory, partner=nova, country="AT", valid_until=date(2026, 11, 1))
    make_row(PartnerCertificate, partner=nova, name="LIMS Pro", holder="Asha", valid_until=date(2026, 11, 2))
    lead = lead_of_ours(wanted_certificate="LIMS Pro")

    assert offer_lead(ACTOR, lead_id=lead.pk, at=MONDAY) is not None

    ranking = LeadRanking.objects.get().document
    assert [(each["name"], each["points"]) for each in ranking] == [("Nova", "155/2"), ("Fjord", "75/2")]
    said = [step["sentence"] for step in ranking[0]["steps"] if step["rule"] in ("territory", "certificate")]
    assert said == ["Its territory covers DE.", "It holds the certificate LIMS Pro."]


def test_the_clock_of_an_offer_follows_the_calendar_of_the_partner_s_country(vendor: Scope) -> None:
    calendar = 'clock: {calendars: [{name: Berlin, countries: [DE], hours: "09:00-17:00", country: DE}]}'
    draft = save_engagement_draft(ACTOR, document=f"{default_document()}\n{calendar}\n", at=MONDAY)
    publish_engagement(ACTOR, version_id=draft.pk, at=MONDAY)
    Workspace.objects.update(time_zone="Europe/Berlin")
    active_partner("Fjord", country="DE")
    lead = lead_of_ours()

    offer = offer_lead(ACTOR, lead_id=lead.pk, at=datetime(2026, 12, 24, 11, 0, tzinfo=UTC))

    assert offer is not None
    # Thursday from noon 5 hours, Christmas Day and the weekend none, Monday and Tuesday 8 each, Wednesday 3.
    assert offer.due_at == datetime(2026, 12, 30, 11, 0, tzinfo=UTC)
