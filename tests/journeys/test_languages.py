"""The language of a page is that of whoever looks: chosen by the person, else by the browser."""

from __future__ import annotations

import pytest
from django.utils import translation

from tallystick.platform.languages import writing_in
from tallystick.platform.models import Person, Workspace
from tests.factories.people import browser_of, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(workspace: Workspace) -> Person:
    return make_member(workspace, name="Anna Berg").person


def _first_line(person: Person, **headers: str) -> str:
    page = browser_of(person).get("/partners/", headers=headers).content.decode()
    return page[page.index("<html") : page.index("<head>")]


def test_a_page_is_in_the_language_of_the_installation(anna: Person) -> None:
    assert 'lang="en-gb"' in _first_line(anna)
    assert "dir=" not in _first_line(anna)


def test_a_page_is_in_the_language_the_browser_asks_for(anna: Person) -> None:
    assert 'lang="en-xa"' in _first_line(anna, accept_language="en-xa")


def test_the_language_a_person_chose_goes_before_the_browser_s(anna: Person) -> None:
    Person.objects.filter(pk=anna.pk).update(language="ar-xb")
    assert 'lang="ar-xb" dir="rtl"' in _first_line(anna, accept_language="en-xa")


def test_a_mail_is_in_the_language_of_whom_it_is_for(anna: Person) -> None:
    anna.language = "en-xa"
    with writing_in(anna.language):
        assert translation.get_language() == "en-xa"
