"""What the content security policy forbids is not in the templates, and nothing there is taken as safe."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import PACKAGE, package_files

# Mail programs read no style sheets and run no scripts: what holds for pages does not hold for e-mails.
PAGES = {
    path.relative_to(PACKAGE).as_posix(): path
    for path in sorted(PACKAGE.rglob("templates/**/*.html"))
    if not {"email", "mail"} & set(path.parts)
}

FORBIDDEN = {
    "a script in the page": r"<script(?![^>]*\bsrc=)[^>]*>",
    "a style sheet in the page": r"<style\b",
    "a handler in an attribute": r"\son[a-z]+\s*=",
    "a javascript: address": r"javascript:",
    "text taken as safe": r"\|\s*safe\b|{%\s*autoescape\s+off",
    "a style other than a width": r"""style\s*=\s*["'](?!\s*width\s*:)""",
}


@pytest.mark.parametrize("fault", FORBIDDEN)
def test_no_template_has(fault: str) -> None:
    # Data blocks carry no code: a browser does not run them.
    data = re.compile(r"""<script[^>]*type=["']application/json["'][^>]*>""")
    found = [
        name
        for name, path in PAGES.items()
        if re.search(FORBIDDEN[fault], data.sub("", path.read_text(encoding="utf-8")), re.IGNORECASE)
    ]
    assert found == []


def test_no_code_marks_text_as_safe_but_the_components() -> None:
    marking = {file.name for file in package_files() if "mark_safe" in file.text}
    assert {name for name in marking if not name.startswith("src/tallystick/web/ui/")} == set()


# What Django and allauth give to every template, and the words of the template language.
LANGUAGE = "and block by count else for forloop if in is not only or reversed with"
GIVEN = {*LANGUAGE.split(), "csrf_token", "redirect_field_name", "redirect_field_value", "request", "webauthn_form"}
QUOTED_OR_GIVEN = re.compile(r"""(?<=["'])\w+(?=["'])|\b\w+(?==)""")
GIVEN_HERE = re.compile(r"\b(?:as|asvar|for) (\w+)(?:, ?(\w+))*|\b(\w+)=")
ASKED = re.compile(r"{{(.*?)}}|{% (?:if|elif|for|include|with|firstof)\b(.*?)%}", re.DOTALL)
LITERAL = re.compile(r"""(["']).*?\1""")
NAME = re.compile(r"(?<![\w.|:])[a-z_]\w*\b(?!=)")


def test_every_name_that_a_template_asks_for_is_given_by_somebody() -> None:
    """A name that no view gives any more is nothing, without a word; what hangs on it is never seen again."""
    pages = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
    given = GIVEN | {name for file in package_files() for name in QUOTED_OR_GIVEN.findall(file.text)}
    given |= {name for text in pages.values() for found in GIVEN_HERE.findall(text) for name in found}
    asked = {
        f"{name} in {page}"
        for page, text in pages.items()
        for shown, tested in ASKED.findall(text)
        for name in NAME.findall(LITERAL.sub("", shown or tested))
        if name not in given
    }
    assert asked == set()
