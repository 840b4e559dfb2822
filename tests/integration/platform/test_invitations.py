"""Invitations of the vendor's people and of partners' people, up to their acceptance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from tallystick.partners.invitations import (
    accept_invitation,
    invite_partner_person,
    read_invitation,
    remove_partner_person,
)
from tallystick.partners.models import PartnerMembership, PartnerRole
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.invitations import AlreadyMember, InvitationInvalid, invite_person
from tallystick.platform.models import ActivityEntry, Membership, Person, Workspace, WorkspaceRole
from tallystick.platform.people import remove_member
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.journeys.pages")]

Invite: TypeAlias = Callable[..., str]

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)
BERIT = Actor(kind=ActorKind.PERSON, label="Berit Holm")


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def invite(workspace: Workspace, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Invite:
    """Return a function that invites Otto as account executive and returns the path in his mail."""

    def invited(*, at: datetime = NOON, role: WorkspaceRole = WorkspaceRole.AE) -> str:
        with django_capture_on_commit_callbacks(execute=True), scope(workspace_id=workspace.pk):
            invite_person(BERIT, email="Otto@Umbra.example", name="Otto Lind", role=role, at=at)
        return path_in_last_mail()

    return invited


def path_in_last_mail() -> str:
    found = re.search(r"^http://127\.0\.0\.1:8000(/\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found is not None
    return found[1]


def token_in(path: str) -> str:
    return path.removeprefix("/invitation/").removesuffix("/")


def test_the_mail_names_who_invites_to_what_and_for_how_long(invite: Invite) -> None:
    invite()

    message = mail.outbox[0]
    assert message.to == ["otto@umbra.example"]
    assert message.subject == "Berit Holm invites you to Umbra Labs"
    assert "to work with Umbra Labs's partners as Account executive" in str(message.body)
    assert "good for 14 days" in str(message.body)


def test_opening_the_link_changes_nothing_and_its_button_accepts_and_signs_in(
    invite: Invite, workspace: Workspace
) -> None:
    path = invite()
    browser = Client()

    assert "Berit Holm invites you" in browser.get(path).content.decode()
    with scope(workspace_id=workspace.pk):
        assert Membership.objects.get().accepted_at is None

    assert browser.post(path, follow=True).redirect_chain == [("/", 302), ("/deals/?view=mine", 302)]
    assert browser.get("/overview/").content == b"Otto Lind at Umbra Labs as Account executive sees: "
    with scope(workspace_id=workspace.pk):
        assert Membership.objects.get().accepted_at == NOON
        assert list(ActivityEntry.objects.order_by("position").values_list("verb", "actor_label")) == [
            ("person_invited", "Berit Holm"),
            ("invitation_accepted", "Otto Lind"),
        ]


def test_somebody_only_invited_cannot_open_anything(invite: Invite) -> None:
    invite()
    browser = browser_of(Person.objects.get(email="otto@umbra.example"))

    assert browser.get("/overview/")["Location"] == "/places/"
    assert "You belong to no workspace" in browser.get("/places/").content.decode()


def test_an_invitation_is_accepted_once(invite: Invite) -> None:
    token = token_in(invite())
    accept_invitation(token, at=NOON)

    with pytest.raises(InvitationInvalid):
        accept_invitation(token, at=NOON)
    assert Client().get(f"/invitation/{token}/").status_code == 410
    assert Client().post(f"/invitation/{token}/").status_code == 410


def test_an_invitation_holds_for_fourteen_days_and_not_a_second_longer(invite: Invite, workspace: Workspace) -> None:
    token = token_in(invite())
    end = NOON + timedelta(days=14)
    assert read_invitation(token, at=end - timedelta(seconds=1)).expires_at == end

    with pytest.raises(InvitationInvalid):
        accept_invitation(token, at=end)
    with scope(workspace_id=workspace.pk):
        assert Membership.objects.get().accepted_at is None


def test_inviting_again_renews_it_and_makes_the_older_link_useless(invite: Invite, workspace: Workspace) -> None:
    older = token_in(invite())
    later = NOON + timedelta(days=10)
    newer = token_in(invite(at=later, role=WorkspaceRole.REVOPS))

    with pytest.raises(InvitationInvalid):
        read_invitation(older, at=later)
    accept_invitation(newer, at=NOON + timedelta(days=20))
    with scope(workspace_id=workspace.pk):
        assert Membership.objects.get().role == "revops"


def test_withdrawing_an_invitation_makes_its_link_useless(invite: Invite, workspace: Workspace) -> None:
    token = token_in(invite())
    with scope(workspace_id=workspace.pk):
        remove_member(BERIT, membership_id=Membership.objects.get().pk)

    assert Client().get(f"/invitation/{token}/").status_code == 410


def test_a_forged_link_is_refused(invite: Invite) -> None:
    token = token_in(invite())
    for forged in (token[:-2], f"x{token}", "nonsense"):
        with pytest.raises(InvitationInvalid):
            read_invitation(forged, at=NOON)


def test_a_member_is_not_invited_again(invite: Invite, workspace: Workspace) -> None:
    make_member(workspace, WorkspaceRole.FINANCE, email="otto@umbra.example")

    with pytest.raises(AlreadyMember, match=r"otto@umbra\.example is a member already"):
        invite()
    with scope(workspace_id=workspace.pk):
        assert Membership.objects.get().role == "finance"
    assert mail.outbox == []


def test_a_partner_s_person_is_invited_to_the_portal_and_sees_only_that_partner(
    workspace: Workspace, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    zephyr = make_partner(workspace, "Zephyr Informatics")
    make_partner(workspace, "Quanta Systems")
    with django_capture_on_commit_callbacks(execute=True), scope(workspace_id=workspace.pk):
        invite_partner_person(
            BERIT, partner=zephyr, email="zoe@zephyr.example", name="Zoe Adler", role=PartnerRole.SELLER, at=NOON
        )
    assert mail.outbox[0].subject == "Berit Holm invites you to Umbra Labs's partner portal"
    path = path_in_last_mail()
    browser = Client()
    assert "Join Umbra Labs’s partner portal" in browser.get(path).content.decode()

    assert browser.post(path, follow=True).redirect_chain == [
        ("/", 302),
        ("/portal/", 302),
        ("/portal/terms/?next=%2Fportal%2F", 302),
    ]
    assert browser.get("/portal/terms/").content == b"Zoe Adler at Umbra Labs as Seller sees: Zephyr Informatics"


def test_a_partner_s_person_who_was_removed_is_gone_at_the_next_request(workspace: Workspace) -> None:
    membership = make_partner_person(make_partner(workspace))
    browser = browser_of(membership.person)
    assert browser.get("/portal/").status_code == 200

    with scope(workspace_id=workspace.pk):
        remove_partner_person(BERIT, membership_id=membership.pk)

    assert browser.get("/portal/")["Location"] == "/places/"
    with scope(workspace_id=workspace.pk):
        assert not PartnerMembership.objects.exists()
