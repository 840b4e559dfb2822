"""Sends requests to addresses that people typed in, without letting them reach into our own network.

The host is on the operator's list or, for webhooks, a name on the open internet. It is resolved once for each request,
every answer must be a public address, and the connection goes to those very addresses (`pinned.py`), so that a name
cannot say one thing to the check and another to the socket. No redirect is followed, no answer is unpacked, little of
it is read, and the whole takes little time, however slowly the other side drips.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from time import monotonic
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from tallystick.platform.http.pinned import Answer, CallFailed, post

SECONDS: Final = 10.0
WEBHOOK_SECONDS: Final = 15.0
"""For everything from the look-up of the name to the answer; Standard Webhooks suggests 15 to 30."""
MOST_ADDRESSES: Final = 4

_NAME: Final = re.compile(r"(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_A_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that programs read as part of an IPv4 address: 127.1, 0x7f.1, 2130706433."""
_LOCAL: Final = frozenset(
    {"localhost", "local", "internal", "intranet", "lan", "home", "corp", "test", "invalid", "onion"}
)
_NEVER: Final = (ipaddress.IPv4Network("192.0.0.0/24"), ipaddress.IPv4Network("192.88.99.0/24"))
"""Protocol assignments and the relay of 6to4, which not every Python counts among the special ones."""
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_TRANSLATION: Final = ipaddress.IPv6Network("64:ff9b::/96")

Resolver = Callable[[str, int], Sequence[str]]
"""Gives the IP addresses of a host; raises `OSError` where there are none."""


class AddressRefused(ValueError):
    """The address may not be called; the message says why in words for whoever typed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHosts:
    """Which addresses webhooks may lead to: any name on the internet at these ports, and origins that are trusted.

    A trusted origin, such as `http://10.0.0.5:8080`, may lie in the operator's own network and is called as it is.
    """

    ports: Collection[int] = (443,)
    trusted: Sequence[str] = ()


def checked_address(url: str, *, allowed: Sequence[str]) -> SplitResult:
    """Return the parts of an address that the list allows; raises `AddressRefused`.

    `allowed` holds host names, `*.example.com` for those below one. An entry that begins with `http://` or `https://`
    names one trusted origin, which may lie in the operator's own network.
    """
    parts = _parts(url)
    if _origin(parts) in allowed:
        return parts
    _refuse_what_is_not_https(parts)
    host = (parts.hostname or "").rstrip(".")
    if parts.port not in {None, 443} or not any(fnmatchcase(host, pattern) for pattern in _hosts(allowed)):
        listed = ", ".join(_hosts(allowed))
        raise AddressRefused(f"Only these hosts are called: {listed}.")
    return parts


def checked_open_address(url: str, *, rules: OpenHosts) -> SplitResult:
    """Return the parts of an address that may lead anywhere on the open internet; raises `AddressRefused`.

    Only names are taken: an IP address in whichever spelling, decimal, octal or hexadecimal, is refused, and so is a
    name outside ASCII, which programs read in more than one way. Where the name leads is checked at each request.
    """
    parts = _parts(url)
    if _origin(parts) in rules.trusted:
        return parts
    _refuse_what_is_not_https(parts)
    host = (parts.hostname or "").removesuffix(".")
    if not host.isascii():
        raise AddressRefused("Write the host in its ASCII form, which begins with xn--.")
    if parts.netloc.startswith("[") or _A_NUMBER.fullmatch(host.rpartition(".")[2]):
        raise AddressRefused("The address must name a host, not an IP address.")
    if not _NAME.fullmatch(host) or host.rpartition(".")[2] in _LOCAL:
        raise AddressRefused("The address must name a host on the internet, such as hooks.example.com.")
    if (443 if parts.port is None else parts.port) not in rules.ports:
        raise AddressRefused(f"Only these ports are called: {', '.join(str(port) for port in sorted(rules.ports))}.")
    return parts


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the operating system."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def post_json(url: str, payload: object, *, allowed: Sequence[str], resolve: Resolver = system_resolver) -> Answer:
    """Send the payload to a listed host and return the answer. Raises `AddressRefused` and `CallFailed`."""
    parts = checked_address(url, allowed=allowed)
    addresses = _addresses(parts, is_trusted=_origin(parts) in allowed, resolve=resolve)
    headers = {"Content-Type": "application/json"}
    return post(url.strip(), json.dumps(payload).encode(), headers=headers, addresses=addresses, seconds=SECONDS)


def post_openly(
    url: str,
    body: bytes,
    *,
    headers: Mapping[str, str],
    rules: OpenHosts,
    resolve: Resolver = system_resolver,
    seconds: float = WEBHOOK_SECONDS,
) -> Answer:
    """Send bytes to an address on the open internet and return the answer. Raises `AddressRefused` and `CallFailed`.

    The name is resolved and every address it leads to is checked anew at each call; the time that takes counts, too.
    """
    begun = monotonic()
    parts = checked_open_address(url, rules=rules)
    addresses = _addresses(parts, is_trusted=_origin(parts) in rules.trusted, resolve=resolve)
    left = seconds - (monotonic() - begun)
    if left <= 0:
        raise CallFailed(f"{parts.hostname} was not resolved within {seconds:.0f} seconds.")
    return post(url.strip(), body, headers=headers, addresses=addresses, seconds=left)


def _parts(url: str) -> SplitResult:
    text = url.strip()
    # `urlsplit` drops tabs and line feeds silently, and browsers read a backslash as a slash.
    if not text.isprintable() or " " in text or "\\" in text:
        raise AddressRefused("This is not an address.")
    try:
        parts = urlsplit(text)
        _ = parts.port
        httpx.URL(text)
    except (ValueError, httpx.InvalidURL):
        raise AddressRefused("This is not an address.") from None
    return parts


def _refuse_what_is_not_https(parts: SplitResult) -> None:
    if parts.scheme != "https":
        raise AddressRefused("The address must begin with https://.")
    if "@" in parts.netloc:
        raise AddressRefused("The address must not hold a user name.")


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}"


def _hosts(allowed: Sequence[str]) -> list[str]:
    return [entry for entry in allowed if "://" not in entry]


def _addresses(parts: SplitResult, *, is_trusted: bool, resolve: Resolver) -> tuple[str, ...]:
    """Return where the connection goes: what a trusted origin says itself, else every address the host leads to."""
    host = parts.hostname or ""
    if is_trusted:
        return (host,)
    try:
        found = tuple(dict.fromkeys(resolve(host, parts.port or 443)))
    except (OSError, UnicodeError):
        found = ()
    if not found:
        raise AddressRefused(f"{host} does not resolve.")
    if not all(is_public(text) for text in found):
        raise AddressRefused(f"{host} leads into a private network.")
    return found[:MOST_ADDRESSES]


def is_public(text: str) -> bool:
    """Tell whether an IP address belongs to the open internet: no loopback, private, link-local or mapped ones."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or _translated(address)
        if inner is not None:
            return is_public(str(inner))
        # Outside of it lie loopback, unique local, site-local, translated and IPv4-compatible ones.
        if address.teredo is not None or address not in _GLOBAL_UNICAST:
            return False
    elif any(address in network for network in _NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _TRANSLATION else None
