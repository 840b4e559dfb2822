"""Finds the fields of a claim in the words of a mail: lines such as "Company: Cellvia". Pure.

A label is read in any case, with or without a bullet or a quotation mark before it, as the mail programs of senders
write it. Of two lines with one label the first counts. What no label names is left alone. See docs/how-to/ways-in.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

FIELDS: Final = ("company", "website", "contact", "value", "product", "distributor")
REQUIRED: Final = FIELDS[:4]

_LABELS: Final[Mapping[str, str]] = {
    "company": "company, company name, customer, account, firma, kunde, unternehmen, société, entreprise, client",
    "website": "website, web site, web, url, domain, webseite, site, site web",
    "contact": "contact, contact person, your contact, kontakt, ansprechpartner, ansprechpartnerin",
    "value": "value, annual value, rough annual value, amount, deal value, wert, jahreswert, valeur, montant",
    "product": "product, produkt, produit",
    "distributor": "distributor, distributeur",
}
_FIELD_OF: Final = {label.strip(): field for field, labels in _LABELS.items() for label in labels.split(",")}
_LINE: Final = re.compile(r"[\s>*•\-–_|]*(?P<label>[^\W\d_][\w \-]{1,30}?)[\s*_]*[:=：][\s*_]*(?P<text>.*?)[\s*_|]*")
_LINKED: Final = re.compile(r"<(?:https?://|mailto:)[^<>\s]*>|\[(?:https?://|mailto:)[^\[\]\s]*\]")
"""What mail programs put behind a word that is a link: the address once more, in brackets."""
_LONGEST: Final = {"company": 255, "website": 255, "contact": 200, "value": 40, "product": 120, "distributor": 120}


def mailed_fields(text: str) -> dict[str, str]:
    """Return the fields that the lines of a mail name, without those that are left empty.

    An entry that is longer than its field may be is kept as it is, for the reader to refuse.
    """
    return _named(text, _FIELD_OF)


def mailed_answers(text: str, labels: Mapping[str, str]) -> dict[str, str]:
    """Return what the lines of a mail answer to the fields of a form; `labels` holds the id of each by its label.

    A label of ours is ours: a field that bears it is not answered by mail.
    """
    field_of = {" ".join(label.lower().split()): field for label, field in labels.items()}
    return _named(text, {label: field for label, field in field_of.items() if label not in _FIELD_OF})


def _named(text: str, field_of: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        named = _LINE.fullmatch(line.replace("\xa0", " "))
        field = field_of.get(" ".join(named["label"].lower().split())) if named else None
        if named is None or field is None or field in found:
            continue
        words = " ".join(_LINKED.sub(" ", named["text"]).split())
        if words:
            found[field] = words
    return found


def too_long(fields: Mapping[str, str]) -> list[str]:
    """Return the fields that hold more than fits."""
    return [field for field, words in fields.items() if len(words) > _LONGEST[field]]
