"""Is a mail's sender who it seems? Answered from what the server that took the mail found (RFC 8601). Pure.

A mail passes where DMARC passed for the sender's domain, or DKIM or SPF passed for a domain of the same owner. Only
the topmost result of the server that is trusted counts: what stands below came with the mail, and anybody can write it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tallystick.kernel.names import DomainRefused, registrable_domain

_ABOUT: Final = {
    "dmarc": ("header.from",),
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom",),
}
"""The methods that count, each with the properties that name the domain it is about, the best first."""
_COMMENT: Final = re.compile(r"\((?:[^()\\]|\\.)*\)")
_RESULT: Final = re.compile(r"(?P<method>[a-z-]+)(?:/\d+)?=(?P<result>[a-z]+)", re.IGNORECASE)
_PROPERTY: Final = re.compile(r"(?P<name>[a-z]+\.[a-z-]+)=(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>\S+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Authenticity:
    """Whether the sender was proved, and by what; or why not, in a sentence."""

    is_proved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What one method found, and about which domain."""

    method: str
    result: str
    domain: str


@dataclass(frozen=True, slots=True)
class Results:
    """One `Authentication-Results` header: which server wrote it, and what it found."""

    server: str
    findings: tuple[Finding, ...]


def authenticity(results: Sequence[str], *, sender: str, trusted_server: str) -> Authenticity:
    """Judge a mail from `sender` by the results of one server; a result that cannot be read proves nothing."""
    if not trusted_server:
        return Authenticity(is_proved=False, reason="No mail server is trusted to check senders.")
    for found in map(read_results, results):
        if found is not None and found.server == trusted_server.strip().lower():
            return _judged(found, sender)
    return Authenticity(is_proved=False, reason=f"{trusted_server} says nothing about the sender.")


def signed_authenticity(result: str, *, sender: str) -> Authenticity:
    """Judge a mail by the result that came in a signed request: whichever server found it out is trusted."""
    found = read_results(result)
    if found is None:
        return Authenticity(is_proved=False, reason="What the mail server says of the sender cannot be read.")
    return _judged(found, sender)


def read_results(value: str) -> Results | None:
    """Read the value of an `Authentication-Results` header, or nothing where it does not begin with a server."""
    text = " ".join(value.split())
    while (shorter := _COMMENT.sub(" ", text)) != text:
        text = shorter
    server, *parts = text.split(";")
    name = server.split()
    if not name or "=" in name[0]:
        return None
    return Results(name[0].strip('"').lower(), tuple(found for part in parts if (found := _finding(part.strip()))))


def _finding(part: str) -> Finding | None:
    said = _RESULT.match(part)
    if said is None or said["method"].lower() not in _ABOUT:
        return None
    method = said["method"].lower()
    named = {found["name"].lower(): found["quoted"] or found["plain"] or "" for found in _PROPERTY.finditer(part)}
    domain = next((named[name] for name in _ABOUT[method] if name in named), "")
    return Finding(method, said["result"].lower(), domain.rpartition("@")[2].lower())


def _judged(results: Results, sender: str) -> Authenticity:
    owner = _owner(sender)
    if any((found.method, found.result) == ("dmarc", "fail") for found in results.findings):
        return Authenticity(is_proved=False, reason="DMARC failed: the sender's domain disowns the mail.")
    for found in results.findings:
        if found.result == "pass" and owner and _owner(found.domain) == owner:
            return Authenticity(is_proved=True, reason=f"{found.method.upper()} passed for {found.domain}")
    return Authenticity(is_proved=False, reason="Neither DKIM nor SPF nor DMARC passed for the sender's domain.")


def _owner(address: str) -> str | None:
    try:
        return registrable_domain(address)
    except DomainRefused:
        return None
