"""The style guide shows every component, and is open to whoever is signed in."""

from __future__ import annotations

import pytest
from django.test import Client

from tallystick.platform.models import Workspace
from tests.architecture.source import PACKAGE
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db

COMPONENTS = {
    f"ui/components/{path.name}" for path in (PACKAGE / "web" / "ui" / "templates" / "ui" / "components").glob("*.html")
}


@pytest.fixture
def anna(workspace: Workspace) -> Client:
    return browser_of(make_member(workspace, name="Anna Berg").person)


def _shown(client: Client, address: str) -> set[str]:
    return {template.name for template in client.get(address).templates if template.name}


def test_every_component_has_a_story(anna: Client) -> None:
    shown = _shown(anna, "/styleguide/?sheet") | _shown(anna, "/styleguide/?portal")
    assert COMPONENTS - shown == set()


def test_every_chart_has_a_story(anna: Client) -> None:
    drawings = anna.get("/styleguide/").context["drawings"]
    assert set(drawings) == {"mix", "line", "bars", "funnel", "waterfall", "cohorts", "heat"}
    assert all(drawings.values())


def test_a_story_s_form_is_answered_with_a_toast_that_can_be_undone(anna: Client) -> None:
    page = anna.post("/styleguide/do/", follow=True).content.decode()
    assert "Retired the plan." in page
    assert 'action="/styleguide/undo/"' in page
    assert "The plan is back." in anna.post("/styleguide/undo/", follow=True).content.decode()
