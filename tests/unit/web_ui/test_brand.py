"""A vendor's accent is served as a style sheet of its own."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.urls import resolve

from tallystick.kernel.colours import DARK_GROUNDS, LIGHT_GROUNDS
from tallystick.web.ui.assets import STYLES
from tallystick.web.ui.brand import accent_sheet, accent_sheet_url, serve_accent_sheet


def test_the_accent_overrules_the_tokens_of_the_accent_and_no_other() -> None:
    named = {line.split(":")[0].strip() for line in accent_sheet("#ffb000").splitlines() if line.startswith("  --")}
    assert named == {
        "--accent",
        "--accent-solid",
        "--accent-solid-hover",
        "--accent-tint",
        "--logo-from",
        "--logo-to",
    }
    assert "--accent: light-dark(#936600, #ffb000);" in accent_sheet("#ffb000")


def test_it_may_be_kept_for_ever_under_its_own_address_only() -> None:
    kwargs = resolve(accent_sheet_url("#FFB000")).kwargs
    answer = serve_accent_sheet(RequestFactory().get("/"), **kwargs)
    assert (answer["Content-Type"], answer["Cache-Control"]) == (
        "text/css; charset=utf-8",
        "public, immutable, max-age=31536000",
    )
    assert serve_accent_sheet(RequestFactory().get("/"), "ffb000", "older")["Cache-Control"] == "no-cache"


def test_what_is_no_colour_is_not_found() -> None:
    with pytest.raises(Http404):
        serve_accent_sheet(RequestFactory().get("/"), "red", "x")


def test_the_grounds_of_the_rule_are_those_of_the_style_sheet() -> None:
    tokens = (STYLES / "tokens.css").read_text(encoding="utf-8")
    for name, light, dark in zip(("surface", "page", "sunk", "hover"), LIGHT_GROUNDS, DARK_GROUNDS, strict=True):
        assert f"--{name}: light-dark({light.replace('#ffffff', '#fff')}, {dark});" in tokens
