"""What holds for every page of console and portal, whoever wrote it; the pages are found by following links."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import time_machine
import yaml
from django.apps import apps
from django.db import models
from django.test import Client

from tallystick.platform.languages import CLOSING, OPENING
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.platform.tenancy import scope
from tallystick.web.access import Side
from tests.architecture.source import PACKAGE, package_files
from tests.factories.console_world import TODAY
from tests.factories.people import browser_of
from tests.factories.whole_world import make_whole_world
from tests.pages import SeenPage, walk
from tests.visible_text import visible_texts

pytestmark = pytest.mark.django_db

LARGEST_PAGE = 60_000
NEEDS_MORE_THAN_A_LINK = {
    "choices/<slug:name>/": "a part of a list's filters",
    "deals/<int:opportunity_id>/messages/<int:partner_id>/": "answers a form",
    "deals/registrations/<str:reference>/conflict/": "needs a decision that may be disputed",
    "deals/registrations/<str:reference>/messages/": "answers a form",
    "files/<int:file_id>/": "a file",
    "imports/new/<str:token>/": "needs an uploaded file",
    "imports/new/<str:token>/check/": "needs an uploaded file",
    "imports/new/<str:token>/numbers/": "a part of a page",
    "lists/<slug:list_name>/actions/<slug:action>/": "needs rows selected",
    "lists/<slug:list_name>/file/": "needs more rows than a file holds at once",
    "lists/files/<int:list_file_id>/": "needs a long file asked for",
    "lists/files/<int:list_file_id>/open/": "a file",
    "lists/runs/<int:run_id>/": "needs many rows changed",
    "partners/new/preview/": "a part of a page",
    "portal/api-keys/<int:key_id>/revoke/": "needs a key",
    "portal/deals/<str:reference>/answer/": "answers a form",
    "portal/deals/<str:reference>/dispute/": "needs a decision that may be disputed",
    "portal/deals/<str:reference>/extend/": "needs a protection that ends soon",
    "portal/deals/<str:reference>/messages/": "answers a form",
    "portal/deals/credited/<int:opportunity_id>/messages/": "answers a form",
    "portal/files/<int:file_id>/": "a file",
    "portal/lists/<slug:list_name>/file/": "needs more rows than a file holds at once",
    "portal/lists/files/<int:list_file_id>/": "needs a long file asked for",
    "portal/lists/files/<int:list_file_id>/open/": "a file",
    "settings/api-keys/<int:key_id>/revoke/": "needs a key",
    "settings/engagement/<int:version_id>/publish/": "needs a draft",
    "settings/engagement/trials/<int:trial_id>/": "needs a draft tried",
    "settings/forms/preview/": "a part of a page",
    "settings/plans/<int:version_id>/publish/": "needs a draft",
    "settings/workspace/effects/": "a part of a page",
}
"""Routes that the walk cannot reach, each with the reason; their own tests look at them."""

NO_WORDS = re.compile(r"[^\W\d_]{2,}")
NAMES = re.compile(
    r"\b(?:Tallystick|CSV|XLSX|PDF|UTF-8|UTC|GMT|BST|CES?T|EUR|GBP|USD|CRM|"
    r"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|January|February|March|April|June|July|August|September|"
    r"October|November|December|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|"
    r"British English|Pseudo, longer|Pseudo, right to left|"
    r"[km]|bn|company\.com|[DL][RD]-[0-9A-Z]+|CF-[0-9]+|\w+@\d+#[0-9a-f]+|[0-9a-f]{8,})\b"
)
"""What is called so in every language: units, months, which `formats` writes, languages and references."""


@pytest.fixture(autouse=True)
def _on_the_twentieth_of_november() -> Iterator[None]:
    with time_machine.travel(TODAY):
        yield


@pytest.fixture
def visitors(workspace: Workspace) -> list[tuple[Client, str, Side]]:
    """Return an admin and a partner's admin, with where each begins."""
    return [(browser_of(person), start, side) for person, start, side in make_whole_world(workspace)]


def _is_a_story(page: SeenPage) -> bool:
    """Tell whether the page is the style guide, which shows everything at once and samples only."""
    return page.route.startswith("styleguide/")


def _all_pages(visitors: list[tuple[Client, str, Side]], *, language: str) -> list[SeenPage]:
    found: list[SeenPage] = []
    for client, start, side in visitors:
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
        found += walk(client, start=start, side=side).pages.values()
    return [page for page in found if not _is_a_story(page)]


def test_every_page_is_reached_by_a_link_is_small_and_has_one_first_heading(
    visitors: list[tuple[Client, str, Side]],
) -> None:
    walks = [walk(client, start=start, side=side) for client, start, side in visitors]
    assert set[str]().union(*(walked.broken for walked in walks)) == set()
    assert set[str]().union(*(walked.unseen for walked in walks)) - set(NEEDS_MORE_THAN_A_LINK) == set()

    faults = []
    for page in (page for walked in walks for page in walked.pages.values() if not _is_a_story(page)):
        headings = re.findall(r"<h1\b", re.sub(r"<dialog.*?</dialog>", "", page.html, flags=re.DOTALL))
        if len(page.html.encode()) > LARGEST_PAGE:
            faults.append(f"{page.address}: {len(page.html.encode()):,} bytes")
        if len(headings) != 1:
            faults.append(f"{page.address}: {len(headings)} first headings")
    assert faults == []


def test_every_word_of_every_page_can_be_translated(
    visitors: list[tuple[Client, str, Side]], workspace: Workspace
) -> None:
    pages = _all_pages(visitors, language="en-xa")
    data, rules = _data(workspace), _sentences_of_rules()
    faults = {
        f"{page.route}: {text}"
        for page in pages
        for text in visible_texts(page.html)
        if _untranslated(text, data, rules)
    }
    assert sorted(faults) == []


def _untranslated(text: str, data: list[str], rules: list[re.Pattern[str]]) -> bool:
    """Tell whether words are left when what is translated, what is data and what has no language is taken out."""
    if any(rule.search(text) for rule in rules):
        return False
    innermost = re.compile(f"{OPENING}[^{OPENING}{CLOSING}]*{CLOSING}")
    while innermost.search(text):
        text = innermost.sub(" ", text)
    # A sentence with markup inside comes in several pieces.
    text = re.sub(f"{OPENING}.*|.*{CLOSING}", " ", text)
    if all(any(piece in value for value in data) for piece in text.split(" · ")):
        return False
    for value in data:
        if value in text:
            text = text.replace(value, " ")
    return NO_WORDS.search(NAMES.sub(" ", text)) is not None


def _sentences_of_rules() -> list[re.Pattern[str]]:
    """Return what the pure rules say: they know no languages, and what they say is recorded as they said it."""
    patterns = set()
    for document in (PACKAGE / "deals" / "rules").rglob("*.yaml"):
        for text in _texts_in(yaml.safe_load(document.read_text(encoding="utf-8"))):
            patterns.add(re.sub(r"\{[^}]+\}", "\0", text))
    for file in package_files():
        if file.is_pure or file.path.name == "policy_words.py":
            for node in file.walk():
                match node:
                    case ast.JoinedStr(values=values):
                        pieces = [str(each.value) if isinstance(each, ast.Constant) else "\0" for each in values]
                        patterns.add("".join(pieces))
                    case ast.Constant(value=str(text)):
                        patterns.add(text)
    return [
        re.compile(re.escape(text.strip()).replace("\0", ".+"), re.IGNORECASE)
        for text in patterns
        if len(NO_WORDS.findall(text)) > 1
    ]


def _data(workspace: Workspace) -> list[str]:
    """Return every text that is kept in the database, the longest first."""
    found = set[str]()
    with scope(workspace_id=workspace.pk):
        for model in apps.get_models():
            if model.__module__.startswith("tallystick."):
                fields = [each for each in model._meta.concrete_fields if _holds_text(each)]
                for row in model._base_manager.values_list(*(each.attname for each in fields)) if fields else ():
                    for value in row:
                        found |= set(_texts_in(value))
        # The stream's own codes are shown as they are recorded.
        for codes in ActivityEntry.objects.values_list("verb", "subject_kind"):
            found |= {code.replace("_", " ").capitalize() for code in codes}
    return sorted((text for text in found if len(text) > 1), key=len, reverse=True)


def _holds_text(column: models.Field[Any, Any]) -> bool:
    return isinstance(column, models.CharField | models.TextField | models.JSONField) and not column.choices


def _texts_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield " ".join(value.split())
            if value.startswith("{"):
                yield from _texts_in(_parsed(value))
        case dict():
            for each in value.values():
                yield from _texts_in(each)
        case list():
            for each in value:
                yield from _texts_in(each)


@cache
def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
