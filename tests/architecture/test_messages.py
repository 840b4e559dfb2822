"""The catalogue of texts to translate is what the source says."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po

from tallystick.cli.messages import LOCALE, PACKAGE, TEMPLATE, collected, ids, written


@cache
def _collected() -> Catalog:
    return collected()


def _kept() -> Catalog:
    with TEMPLATE.open("rb") as file:
        return read_po(file)


def test_every_text_stands_in_the_catalogue() -> None:
    assert ids(_kept()) == ids(_collected()), "Write it anew: make messages"


def test_texts_of_templates_and_of_python_are_both_found() -> None:
    texts = {message.id for message in _collected()}
    assert {"View as table", "On track"} <= texts


def test_a_catalogue_can_be_read_back() -> None:
    assert ids(read_po(BytesIO(written(_collected())))) == ids(_collected())


def test_a_translated_block_names_its_values_and_reaches_into_none() -> None:
    """Django writes nothing at all for `{{ partner.name }}` in a block: it takes `with partner=partner.name`."""
    block = re.compile(r"{% blocktranslate\b.*?%}(.*?){% endblocktranslate %}", re.DOTALL)
    faults = [
        f"{path.relative_to(PACKAGE)}: {value}"
        for path in sorted(PACKAGE.glob("*/**/templates/**/*.*"))
        for body in block.findall(path.read_text(encoding="utf-8"))
        for value in re.findall(r"{{\s*(.*?)\s*}}", body)
        if not value.isidentifier()
    ]
    assert faults == []


@pytest.mark.parametrize("path", sorted(LOCALE.glob("*/LC_MESSAGES/django.po")), ids=str)
def test_a_translation_is_compiled_and_keeps_its_placeholders(path: Path) -> None:
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parents[1].name)
    assert path.with_suffix(".mo").is_file()
    assert [found for _, found in catalog.check() if found] == []
