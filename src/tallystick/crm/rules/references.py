"""Keys under which a file's way to name something meets ours."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from typing import Final

from tallystick.kernel.names import DomainRefused, normalise_company_name, normalise_domain

LONGEST_ID: Final = 120


def account_key(name: str) -> str:
    """Return the key of a company's name: without case, accents and legal form, unless nothing is left then."""
    return (normalise_company_name(name) or name.casefold())[:255]


def product_key(name: str) -> str:
    """Return the key of a product's name: letters and digits in one case, so that `GTXPro` is `GTX Pro`."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())[:255] or name.casefold()[:255]


def domain_key(text: str) -> str:
    """Return the registrable domain of a web or e-mail address, or "" when it names no company's own."""
    try:
        return normalise_domain(text)
    except DomainRefused:
        return ""


def composed_id(*parts: str) -> str:
    """Return an id made of what identifies a row that has none; a long one ends in a digest of the whole."""
    whole = " · ".join(part for part in parts if part)
    if len(whole) <= LONGEST_ID:
        return whole
    return f"{whole[: LONGEST_ID - 17]}#{sha256(whole.encode()).hexdigest()[:16]}"
