"""Visitors of a served installation: they come in by a printed link and open whatever they are shown."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from stage import Stage, broken

START_SECONDS = 120
"""A machine that is busy with other trials takes its time."""
STOP_SECONDS = 60
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@dataclass(frozen=True, slots=True)
class Door:
    """A printed way in: who one comes in as, and the link."""

    role: str
    link: str

    @property
    def name(self) -> str:
        """Return the role as the name of a file."""
        return re.sub(r"\W+", "-", self.role.lower()).strip("-")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(made: Stage, *, environment: Mapping[str, str]) -> Iterator[str]:
    """Serve the installation until the end of the block; give its address once it answers."""
    address = environment["TALLYSTICK_BASE_URL"]
    log = made.folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["tallystick", "serve"], env=environment, cwd=made.folder, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(address, process, log=log)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


def doors(printed: str, *, address: str) -> list[Door]:
    """Return the ways in that `tallystick demo` printed."""
    found = re.findall(rf"^\s*(.+?)\s*\n\s*({re.escape(address)}/\S+)\s*$", printed, flags=re.MULTILINE)
    return [Door(role=role, link=link) for role, link in found]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def come_in(context: BrowserContext, door: Door) -> Page:
    """Open the link, press its button, and return the page one lands on."""
    page = context.new_page()
    page.goto(door.link)
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    if "/sign-in/" in page.url:
        broken(f"{door.role} was not let in by {door.link}: {page.url}")
    return page


def pages_shown(page: Page, *, address: str) -> list[str]:
    """Open every page of the navigation, and one of each kind that those link to; return their addresses.

    What is downloaded is no page. A page that answers anything but 200 breaks the promise.
    """
    waiting = _links(page, "nav a[href]", address)
    listed = set(waiting)
    seen: dict[str, str] = {}
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"/([a-z]?\d+|[A-Z]{2}-\w+)(?=/|$)", "/*", urlsplit(path).path)
        if kind in seen:
            continue
        seen[kind] = path
        answer = page.goto(address + path)
        if answer is None or answer.status != 200:
            broken(f"{path} answers {answer.status if answer else 'nothing'}.")
        # Lists lead to their first rows; what the navigation lists is opened in any case.
        waiting += [found for found in _links(page, "main a[href]:not([download])", address) if found not in listed]
    return list(seen.values())


_ADDRESSES = "all => all.map(link => new URL(link.getAttribute('href'), document.baseURI).href)"
"""Also of links in drawings, whose `href` is no text."""


def _links(page: Page, selector: str, address: str) -> list[str]:
    links: list[str] = page.locator(selector).evaluate_all(_ADDRESSES)
    ours = [link.removeprefix(address).partition("#")[0] for link in links if link.startswith(address + "/")]
    return list(dict.fromkeys(ours))


def _wait_for(address: str, process: subprocess.Popen[bytes], *, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            broken(f"The server ended with {process.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/sign-in/", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    broken(f"{address} did not answer within {START_SECONDS} seconds.")
