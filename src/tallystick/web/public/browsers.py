"""What a browser says of itself, in a few words, and which network an address belongs to. Pure."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""Looked for in this order: many browsers name others, too."""


def browser_words(user_agent: str) -> str:
    """Return a browser and its system in words: "Firefox on Linux"; "Unknown browser" where it does not say."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "Unknown browser"


def network_of(address: str) -> str:
    """Return the network an address belongs to, /24 or for IPv6 /48: a home keeps it, its address changes."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:60]
    return str(ip_network(f"{parsed}/{48 if isinstance(parsed, IPv6Address) else 24}", strict=False))
