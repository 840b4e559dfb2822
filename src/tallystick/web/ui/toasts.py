"""Short messages after something was done, with the way back where there is one.

`messages.success(request, …)` is a toast too; `say_with_undo` adds the button. The address must answer to POST.
"""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

UNDO: Final = "undo:"
"""Begins the tags of a message that can be taken back; the address follows."""


def say_with_undo(request: HttpRequest, text: str, *, undo_url: str) -> None:
    """Show a toast on the next page that takes back what was done when its button is pressed."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo_url}")


def undo_url(message: Message) -> str:
    """Return the address that takes back what a message tells of, or nothing."""
    tags = message.extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""
