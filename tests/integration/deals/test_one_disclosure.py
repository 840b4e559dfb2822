"""What partners learn is one policy for claims and leads; a workspace that had set the two apart keeps the stricter."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace

from django.apps import apps
from django.db import connection

from tallystick.crm.models import Account
from tallystick.deals.disclosure import disclosure_in_force
from tallystick.deals.models import DisclosurePolicy, LeadAssessment, LeadPolicyVersion, Protection
from tallystick.deals.rules.disclosure import Disclosure
from tallystick.deals.services import set_disclosure, withdraw_registration
from tallystick.deals.services.leads import current_lead_policy
from tallystick.platform.activity import verify_chain
from tallystick.platform.database.roles import as_owner
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row
from tests.factories.leads import ACTOR, MONDAY, TUESDAY, active_partner, introduce

from .claims import AT, claim, submit

HASH = "ab12cd" + "0" * 58


def carry_over() -> None:
    migration = import_module("tallystick.deals.migrations.0019_one_disclosure")
    with as_owner(connection), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        migration.carry_over(apps, SimpleNamespace(connection=connection))


def leads_were_told(partner_learns: str, *, number: int = 1) -> None:
    make_row(
        LeadPolicyVersion,
        number=number,
        document={"answer_hours": 24, "partner_learns": partner_learns},
        document_hash=HASH,
        published_at=MONDAY,
    )


def test_where_leads_were_told_nothing_claims_are_told_nothing_too_and_the_audit_says_why(vendor: Scope) -> None:
    set_disclosure(ACTOR, may_learn=Disclosure.CONTACT, at=MONDAY)
    leads_were_told("nothing")

    carry_over()

    assert disclosure_in_force() is Disclosure.NOTHING
    policy = DisclosurePolicy.objects.get(number=2)
    entry = ActivityEntry.objects.order_by("-position").first()
    assert entry is not None
    assert (entry.verb, entry.subject_id, entry.actor_label) == ("disclosure_set", policy.pk, "Tallystick")
    assert json.loads(entry.body)["data"] == {"number": 2, "may_learn": "nothing", "was": "contact"}
    assert "it was set for leads, and holds for claims as well from now on" in entry.summary
    assert verify_chain().holds
    carry_over()
    assert DisclosurePolicy.objects.count() == 2


def test_where_leads_were_told_as_much_or_more_nothing_is_carried_over(vendor: Scope) -> None:
    leads_were_told("nothing")
    leads_were_told("known", number=2)
    carry_over()
    assert not DisclosurePolicy.objects.exists()

    set_disclosure(ACTOR, may_learn=Disclosure.NOTHING, at=TUESDAY)
    leads_were_told("nothing", number=3)
    carry_over()
    assert DisclosurePolicy.objects.count() == 1


def test_each_workspace_keeps_its_own(vendor: Scope) -> None:
    leads_were_told("nothing")
    with scope(workspace_id=make_row(Workspace).pk):
        carry_over()
        assert disclosure_in_force() is Disclosure.KNOWN


def test_a_policy_of_leads_that_was_published_before_still_reads_under_its_own_name(vendor: Scope) -> None:
    leads_were_told("nothing")

    known = current_lead_policy()

    assert (known.reference, known.policy.answer_hours) == ("leads@1#ab12cd", 24)


def test_a_lead_keeps_what_its_partner_was_told_under_the_policy_it_came_in_under(vendor: Scope) -> None:
    make_row(Account, name="Cellvia", domain="cellvia.example", is_customer=True, owner_name="Tom Albright")
    set_disclosure(ACTOR, may_learn=Disclosure.CONTACT, at=MONDAY)

    taken = introduce(active_partner("Fjord"))
    set_disclosure(ACTOR, may_learn=Disclosure.NOTHING, at=TUESDAY)
    quiet = introduce(active_partner("Nova"))

    words = "We know this company already: talk to Tom Albright. We tell you whether we take it up with you."
    assert (taken.partner_sentence, quiet.partner_sentence) == (words, "")
    kept = LeadAssessment.objects.order_by("lead_id").values_list("disclosure", "told")
    assert list(kept) == [("contact", words), ("nothing", "")]


def test_a_form_that_comes_again_with_another_company_tells_nothing_of_that_one(vendor: Scope) -> None:
    make_row(Account, name="Cellvia", domain="cellvia.example", is_customer=True)
    partner = active_partner("Fjord")
    introduce(partner, company="Free", website="free.example", form_key="one")

    again = introduce(partner, form_key="one")

    assert (again.lead.company, again.partner_sentence) == ("Free", "")


def test_where_nothing_is_told_a_second_claim_of_one_s_own_tells_nothing_of_the_first(vendor: Scope) -> None:
    """Nor once the rival has let go: the first one still waits, and who wants to know waits with it."""
    set_disclosure(ACTOR, may_learn=Disclosure.NOTHING, at=MONDAY)
    rival, prober = active_partner("Nova"), active_partner("Fjord")
    held = submit(rival.pk).registration
    first = submit(prober.pk).registration
    assert (first.state, first.undisclosed_rule) == ("submitted", "first_to_register")

    again = submit(prober.pk).registration
    of_a_product = submit(prober.pk, replace(claim(), product_key="lims")).registration
    withdraw_registration(ACTOR, registration_id=held.pk, at=AT)
    afterwards = submit(prober.pk).registration

    for made, rule in ((again, "not_twice"), (of_a_product, "product_scope"), (afterwards, "not_twice")):
        assert (made.state, made.decision_rule, made.undisclosed_rule) == ("declined", rule, "")
    assert not Protection.objects.filter(released_at__isnull=True).exists()


def test_nor_does_a_claim_of_the_distributor_it_names(vendor: Scope) -> None:
    set_disclosure(ACTOR, may_learn=Disclosure.NOTHING, at=MONDAY)
    distributor = active_partner("Quay", type="distributor")
    submit(active_partner("Nova").pk)
    submit(active_partner("Fjord").pk, replace(claim(), distributor="Quay"))

    assert submit(distributor.pk).registration.decision_rule == "not_twice"
