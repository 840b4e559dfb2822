"""A real browser: the system's Chromium, driven by Playwright; and people who sign in by the code in their mail.

With `RECORDINGS` set to a folder, a film of what each of them does is kept there.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core import mail
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

SignIn = Callable[..., Page]
FILMS = os.environ.get("RECORDINGS")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a browser; each test opens a context of its own in it."""
    # Playwright's synchronous interface keeps an event loop in this thread, which Django would take for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def sign_in(browser: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[SignIn]:
    """Return a function that signs somebody in by the code in their mail; it fails on any console error."""
    contexts = []
    errors: list[str] = []

    def signed_in(email: str, *, width: int = 1440, height: int = 900) -> Page:
        size = {"width": width, "height": height}
        film = {"record_video_dir": FILMS, "record_video_size": size} if FILMS else {}
        context = browser.new_context(base_url=live_server.url, viewport=size, **film)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/")
        page.get_by_label("E-mail").fill(email)
        page.keyboard.press("Enter")
        page.wait_for_url("**/code/**")
        code = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
        assert code is not None
        page.get_by_label("Code").fill(code[1])
        page.keyboard.press("Enter")
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        return page

    yield signed_in
    for context in contexts:
        films = [page.video for page in context.pages if page.video]
        context.close()
        for film in films:
            at = f"-{contexts.index(context) + 1}" if len(contexts) > 1 else ""
            Path(film.path()).replace(Path(str(FILMS)) / f"{request.node.name.removeprefix('test_')}{at}.webm")
    assert [text for text in errors if "422" not in text] == []
