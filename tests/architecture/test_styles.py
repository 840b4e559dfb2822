"""The style sheet is complete, readable, small, and its colours can be told apart and read."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import django_htmx
import pytest

from tallystick.web.ui.assets import PARTS, STYLES, style_sheet
from tallystick.web.ui.icons import icon
from tests.architecture.source import PACKAGE

UI = PACKAGE / "web" / "ui"
SHEETS = {
    path.relative_to(STYLES).as_posix(): path.read_text(encoding="utf-8") for path in sorted(STYLES.rglob("*.css"))
}
TOKENS = SHEETS["tokens.css"]
TEMPLATES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("templates/**/*.html"))
    if not {"email", "mail"} & set(path.parts)
}
SCRIPTS = sorted((UI / "static" / "ui" / "js").glob("*.js"))
CODE = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted((PACKAGE / "web").rglob("*.py"))
}

KIB = 1024
FORM_OF_DJANGO = {"errorlist"}
"""Classes that Django's own widgets write and that we leave without a look."""


def _without_comments_and_texts(css: str) -> str:
    return re.sub(r'/\*.*?\*/|"[^"]*"', "", css, flags=re.DOTALL)


def _defined_classes() -> set[str]:
    return {
        name for css in SHEETS.values() for name in re.findall(r"\.([a-z][\w-]*)", _without_comments_and_texts(css))
    }


def _classes_in(html: str) -> set[str]:
    """Return the classes of a template; `tag-{{ kind }}` becomes `tag-*`."""
    found = set()
    for value in re.findall(r"""\bclass="((?:{{.*?}}|{%.*?%}|[^"])*)\"""", html):
        found |= set(re.sub(r"{%.*?%}", " ", re.sub(r"{{.*?}}", "*", value)).split())
    return found - {"*"} - FORM_OF_DJANGO


def _is_defined(name: str, defined: set[str]) -> bool:
    if name.endswith("*"):
        return any(other.startswith(name[:-1]) for other in defined)
    return name in defined


def test_every_class_of_a_template_has_a_look() -> None:
    defined = _defined_classes()
    missing = {
        (page, name) for page, html in TEMPLATES.items() for name in _classes_in(html) if not _is_defined(name, defined)
    }
    assert missing == set()


def test_every_class_that_code_writes_has_a_look() -> None:
    written = {
        name for text in CODE.values() for value in re.findall(r'"class": "([^"]+)"', text) for name in value.split()
    }
    for script in SCRIPTS:
        for value in re.findall(r'(?:className = |classList\.\w+\()["`]([^"`$]+)', script.read_text(encoding="utf-8")):
            written |= set(value.split()) - {"class-"}
    assert written - _defined_classes() == set()


def test_every_part_of_the_style_sheet_is_joined() -> None:
    assert sorted(part.relative_to(STYLES).as_posix() for part in PARTS) == sorted(SHEETS)


def test_only_the_tokens_name_a_colour() -> None:
    colour = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(", re.IGNORECASE)
    assert {
        name: colour.findall(css) for name, css in SHEETS.items() if name != "tokens.css" and colour.search(css)
    } == {}


def test_no_text_is_sized_in_pixels() -> None:
    size = re.compile(r"\bfont(?:-size)?:[^;]*\dpx")
    assert {name: size.findall(css) for name, css in SHEETS.items() if size.search(css)} == {}


def test_every_token_that_is_used_exists() -> None:
    defined = {name for css in SHEETS.values() for name in re.findall(r"(--[\w-]+)\s*:", css)}
    used = {name for text in (*SHEETS.values(), *CODE.values()) for name in re.findall(r"var\((--[\w-]+)\)", text)}
    assert used - defined == set()


def test_each_declaration_has_a_line_of_its_own() -> None:
    crowded = [
        f"{name}:{number}"
        for name, css in SHEETS.items()
        for number, line in enumerate(css.splitlines(), start=1)
        if line.count(";") > 1
    ]
    assert crowded == []


def test_directions_are_those_of_the_reader() -> None:
    physical = re.compile(r"(?:margin|padding|border)-(?:left|right)\b|text-align:\s*(?:left|right)")
    assert {name: physical.findall(css) for name, css in SHEETS.items() if physical.search(css)} == {}


def test_the_style_sheet_stays_under_15_kilobytes() -> None:
    assert len(style_sheet().compressed) < 15 * KIB


def test_the_scripts_stay_under_30_kilobytes() -> None:
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-4.min.js"
    assert sum(len(gzip.compress(path.read_bytes())) for path in (*SCRIPTS, htmx)) < 30 * KIB


def test_every_icon_that_is_named_exists() -> None:
    named = {name for html in TEMPLATES.values() for name in re.findall(r'{% icon "([\w-]+)"', html)}
    named |= {name for text in CODE.values() for name in re.findall(r'\bicon="([\w-]+)"', text)}
    assert all(icon(name).startswith("<svg") for name in named)


SURFACES = ("page", "surface", "sunk", "hover")
TEXT_ON = [
    *((text, ground) for text in ("ink", "ink-2", "ink-3") for ground in SURFACES),
    *(("accent", ground) for ground in ("page", "surface", "accent-tint")),
    *((state, ground) for state in ("green", "amber", "red", "violet") for ground in ("surface", f"{state}-tint")),
    *((f"family-{name}", "surface") for name in ("services", "resale", "product", "instrument", "referral")),
    *(("ink", f"heat-{depth}") for depth in range(1, 5)),
    ("ink", "selected"),
    ("ink-2", "selected"),
    ("on-accent", "accent-solid"),
    ("on-accent", "accent-solid-hover"),
    ("on-inverse", "inverse"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_can_be_read_on_its_ground(text: str, ground: str, theme: str) -> None:
    assert _contrast(_colour(text, theme), _colour(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("family", ["services", "resale", "product", "instrument", "referral"])
def test_initials_can_be_read_on_the_tint_of_their_family(family: str, theme: str) -> None:
    colour, surface = _colour(f"family-{family}", theme), _colour("surface", theme)
    tint = [0.13 * part + 0.87 * ground for part, ground in zip(colour, surface, strict=True)]
    assert _contrast(colour, tint) >= 4.5


def _colour(token: str, theme: str) -> list[float]:
    """Return the token's red, green and blue between 0 and 1."""
    match = re.search(rf"--{token}: (?:light-dark\((#\w+), (#\w+)\)|(#\w+));", TOKENS)
    assert match is not None, token
    digits = (match[3] or match[1 if theme == "light" else 2])[1:]
    pairs = [digit * 2 for digit in digits] if len(digits) == 3 else [digits[at : at + 2] for at in (0, 2, 4)]
    return [int(pair, 16) / 255 for pair in pairs]


def _contrast(one: list[float], other: list[float]) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: list[float]) -> float:
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
