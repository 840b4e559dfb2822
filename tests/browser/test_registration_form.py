"""The page of a field shows what partners will see while one types, and asks only what its kind has a use for."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from tallystick.deals.models import FormVersion
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_field_is_previewed_while_it_is_typed_and_kept_in_the_draft_when_sent(
    browser: Browser, live_server: LiveServer, workspace: Workspace
) -> None:
    anna = browser_of(make_member(workspace, name="Anna Berg").person)
    context = browser.new_context(base_url=live_server.url)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": anna.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(reverse("console:new_form_field", args=["registration"]))
    preview = page.locator("#form-preview")

    page.get_by_label("Label").fill("Type of project")
    expect(preview.get_by_label("Type of project")).to_be_visible()
    expect(page.get_by_label("Choices, one a line")).to_be_hidden()
    page.get_by_label("What an answer is").select_option("choice")
    page.get_by_label("Choices, one a line").fill("New site\nReplacement")
    expect(preview.locator("option", has_text="Replacement")).to_have_count(1)
    expect(page.get_by_label("Characters at least")).to_be_hidden()

    page.get_by_text("ISV", exact=True).first.click()
    expect(preview.get_by_label("Type of project")).to_have_count(0)
    page.get_by_label("Type of partner").select_option("isv")
    expect(preview.get_by_label("Type of project")).to_be_visible()
    with scope(workspace_id=workspace.pk):
        assert not FormVersion.objects.exists()

    page.get_by_role("button", name="Keep in the draft").click()
    page.get_by_role("heading", name="Registration form").wait_for()
    with scope(workspace_id=workspace.pk):
        assert "id: type_of_project" in FormVersion.objects.get().document
    context.close()
