"""Registering a deal on a phone from the link in a mail: company and website fill each other in, a draft is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tallystick.deals.models import FormDraft
from tallystick.partners.models import PartnerRole
from tallystick.partners.register_links import register_link
from tallystick.platform.models import Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import make_partner, make_partner_person
from tests.factories.revenue import make_plan

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_typed_is_kept_until_it_is_sent_and_the_website_names_the_company(
    browser: Browser, live_server: LiveServer, workspace: Workspace
) -> None:
    cache.clear()
    with scope(workspace_id=workspace.pk):
        make_plan()
    zoe = make_partner_person(make_partner(workspace), PartnerRole.SELLER, name="Zoe Adler")
    address = register_link(zoe, at=datetime.now(tz=UTC)).removeprefix("http://127.0.0.1:8000")
    context = browser.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Website").fill("www.nordic-labs.co.uk")
    with page.expect_response(lambda answer: answer.url.endswith("/draft/")):
        page.get_by_label("Your contact there").fill("Ruth Hale")
    assert page.get_by_label("Company").input_value() == "Nordic Labs"

    page.reload()
    page.get_by_text("What you typed last time is back").wait_for()
    assert page.get_by_label("Your contact there").input_value() == "Ruth Hale"
    page.get_by_label("Rough annual value").fill("60k")
    page.get_by_role("button", name="Register deal").click()

    page.get_by_role("heading", name="Deal registered").wait_for()
    with scope(workspace_id=workspace.pk):
        assert not FormDraft.objects.exists()
    page.goto(address)
    page.get_by_label("Company").fill("Nordic Labs")
    page.get_by_label("Your contact there").focus()
    assert page.get_by_label("Website").input_value() == "www.nordic-labs.co.uk"
    context.close()
