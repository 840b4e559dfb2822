"""Sends JSON to addresses that people typed in, without letting them reach into our own network.

The host must be on the operator's list. Its name is resolved once, every answer must be a public address, and the
connection goes to that very address, so that a name cannot say one thing to the check and another to the socket.
No redirect is followed, no answer is unpacked, little of it is read, and little time is given.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

SECONDS: Final = 10.0
MOST_READ: Final = 65_536


class AddressRefused(ValueError):
    """The address may not be called; the message says why in words for whoever typed it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: its status, the first bytes of its answer, and when it asks us to come back."""

    status: int
    text: str
    retry_after: str = ""


def checked_address(url: str, *, allowed: Sequence[str]) -> SplitResult:
    """Return the parts of an address that the list allows; raises `AddressRefused`.

    `allowed` holds host names, `*.example.com` for those below one. An entry that begins with `http://` or `https://`
    names one trusted origin, which may lie in the operator's own network.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise AddressRefused("This is not an address.") from None
    if f"{parts.scheme}://{parts.netloc}" in allowed:
        return parts
    if parts.scheme != "https":
        raise AddressRefused("The address must begin with https://.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("The address must not hold a user name.")
    host = (parts.hostname or "").rstrip(".")
    if port not in {None, 443} or not any(fnmatchcase(host, pattern) for pattern in _hosts(allowed)):
        listed = ", ".join(_hosts(allowed))
        raise AddressRefused(f"Only these hosts are called: {listed}.")
    return parts


def post_json(url: str, payload: object, *, allowed: Sequence[str]) -> Answer:
    """Send the payload and return the answer. Raises `AddressRefused` and `httpx.HTTPError`."""
    parts = checked_address(url, allowed=allowed)
    host = parts.hostname or ""
    is_trusted = f"{parts.scheme}://{parts.netloc}" in allowed
    address = host if is_trusted else _public_address(host)
    target = httpx.URL(url.strip()).copy_with(host=address)
    with (
        httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client,
        client.stream(
            "POST",
            target,
            content=json.dumps(payload).encode(),
            headers={"Host": parts.netloc, "Content-Type": "application/json", "Accept-Encoding": "identity"},
            extensions={"sni_hostname": host},
        ) as response,
    ):
        said = bytearray()
        for chunk in response.iter_raw():
            said += chunk
            if len(said) >= MOST_READ:
                break
        text = bytes(said[:MOST_READ]).decode("utf-8", errors="replace")
        return Answer(response.status_code, text, response.headers.get("Retry-After", ""))


def _hosts(allowed: Sequence[str]) -> list[str]:
    return [entry for entry in allowed if "://" not in entry]


def _public_address(host: str) -> str:
    try:
        found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(f"{host} does not resolve.") from None
    addresses = [str(entry[4][0]) for entry in found]
    for text in addresses:
        if not is_public(text):
            raise AddressRefused(f"{host} leads into a private network.")
    return addresses[0]


def is_public(text: str) -> bool:
    """Tell whether an IP address belongs to the open internet: no loopback, private, link-local or mapped ones."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _translated(address)
        if inner is not None:
            return is_public(str(inner))
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    inside = address in ipaddress.IPv6Network("64:ff9b::/96")
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if inside else None
