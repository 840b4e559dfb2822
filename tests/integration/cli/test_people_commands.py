"""The first steps of an installation at the command line, and links to sign in with."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks
from typer.testing import CliRunner

from tallystick.cli import people, plans  # noqa: F401 - importing them adds their commands
from tallystick.cli.application import commands
from tallystick.platform.models import Membership, Person, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.journeys.pages")]


def run(*arguments: str, code: int = 0) -> str:
    outcome = CliRunner().invoke(commands, arguments)
    assert outcome.exit_code == code, outcome.output
    return outcome.output


def test_an_installation_begins_with_a_workspace_and_the_invitation_of_its_admin(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    assert "Workspace Umbra Labs is there" in run("workspace", "create", "Umbra Labs", "--time-zone", "Europe/Berlin")
    with django_capture_on_commit_callbacks(execute=True):
        assert "Anna@umbra.example is invited to Umbra Labs as Admin" in run(
            "person", "invite", "Anna@umbra.example", "--role", "admin"
        )

    assert mail.outbox[0].to == ["anna@umbra.example"]
    assert mail.outbox[0].subject == "The operator of Tallystick invites you to Umbra Labs"
    with scope(workspace_id=Workspace.objects.get(slug="umbra-labs").pk):
        assert Membership.objects.get().role == "admin"
    assert "umbra-labs  Umbra Labs  EUR       Europe/Berlin" in run("workspace", "list")


def test_a_second_workspace_of_the_same_slug_is_refused_with_a_hint(workspace: Workspace) -> None:
    run("workspace", "create", "Umbra", code=1)
    assert Workspace.objects.count() == 1


def test_the_operator_s_link_signs_in_once(workspace: Workspace) -> None:
    make_member(workspace)
    address = run("person", "link", "anna@umbra.example", "--workspace", "umbra").strip()
    path = address.removeprefix("http://127.0.0.1:8000")

    assert Client().post(path)["Location"] == "/"
    assert Client().post(path).status_code == 410


def test_the_link_for_somebody_in_the_demo_can_be_used_again(workspace: Workspace) -> None:
    Workspace.objects.update(is_demo=True)
    make_member(workspace)
    path = run("person", "link", "anna@umbra.example", "-w", "umbra").strip().removeprefix("http://127.0.0.1:8000")

    assert [Client().post(path).status_code for _ in range(3)] == [302, 302, 302]


def test_a_link_for_nobody_is_refused(workspace: Workspace) -> None:
    told = run("person", "link", "nobody@umbra.example", code=1)

    assert "/sign-in/link/" not in told
    assert not Person.objects.filter(email="nobody@umbra.example").exists()
