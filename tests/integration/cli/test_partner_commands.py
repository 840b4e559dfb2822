"""Tracks, partners and their people at the command line."""

from __future__ import annotations

import pytest
from django.core import mail
from typer.testing import CliRunner

from tallystick.cli import partners  # noqa: F401 - importing it adds its commands
from tallystick.cli.application import commands
from tallystick.partners.models import Partner, PartnerMembership, TierPeriod
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tallystick.programmes.models import Track

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.journeys.pages")]

REFERRAL = ("track", "create", "Referral", "--type", "referral", "--motion", "referral", "--kpi", "Deals won")


def run(*arguments: str, code: int = 0) -> str:
    outcome = CliRunner().invoke(commands, arguments)
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def test_a_partner_type_has_one_track(workspace: Workspace) -> None:
    assert "Track Referral is open for partners of the type Referral partner." in run(*REFERRAL)
    assert "have a track already" in run(*REFERRAL, code=1)
    with scope(workspace_id=workspace.pk):
        assert [(track.partner_type, track.kpi) for track in Track.objects.all()] == [("referral", "Deals won")]


def test_a_partner_is_added_with_its_tier_from_the_day_it_joined(workspace: Workspace) -> None:
    added = ("partner", "add", "Kite Partners", "--type", "referral", "--tier", "premier", "--since", "2026-01-15")
    assert "Kite Partners is added: Referral partner, active since 2026-01-15." in run(*added)
    assert "There is a partner Kite Partners already." in run(*added, code=1)
    with scope(workspace_id=workspace.pk):
        assert Partner.objects.get().lifecycle == "active"
        assert [(period.tier, period.valid_from.isoformat()) for period in TierPeriod.objects.all()] == [
            ("premier", "2026-01-15")
        ]
    assert "Kite Partners  Referral partner  Premier  Active     2026-01-15" in run("partner", "list")


def test_somebody_who_works_for_a_partner_is_invited_to_the_portal(workspace: Workspace) -> None:
    run("partner", "add", "Kite Partners", "--type", "referral")
    outcome = run("partner", "invite", "mia@kite.example", "--partner", "Kite Partners", "--role", "seller")
    assert "mia@kite.example is invited to Kite Partners as Seller" in outcome
    assert mail.outbox[0].to == ["mia@kite.example"]
    with scope(workspace_id=workspace.pk):
        assert PartnerMembership.objects.get().role == "seller"


def test_an_invitation_to_an_unknown_partner_is_refused(workspace: Workspace) -> None:
    unknown = ("partner", "invite", "mia@kite.example", "--partner", "Kite", "--role", "seller")
    assert "There is no partner Kite." in run(*unknown, code=1)
    assert mail.outbox == []
