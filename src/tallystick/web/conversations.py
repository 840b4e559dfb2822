"""The conversation about a deal as both sides show it: its messages, the form below them, and how a post is answered.

A post that is refused keeps what was typed and chosen: a script is answered with the words to put above the form,
a browser without one with the whole page and the text in its field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from secrets import token_urlsafe

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import reswap, retarget

from tallystick.deals.queries import Conversation, Entry, conversation
from tallystick.deals.rules.conversation import DEFAULT_CONVERSATION_POLICY
from tallystick.deals.services import About, Draft, NothingSaid, note_reading
from tallystick.platform.access import Viewer
from tallystick.platform.clock import now
from tallystick.platform.files.media_types import FileRefused
from tallystick.platform.files.refusals import refusal_words
from tallystick.web.files import ManyFilesField, ShownFile, size_words
from tallystick.web.ui import formats


class MessageForm(forms.Form):
    """Asks for words, files, and on the partner's side whether an answer is waited for."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    text = forms.CharField(
        label=gettext_lazy("Message"),
        required=False,
        max_length=DEFAULT_CONVERSATION_POLICY.longest_text,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    attachments = ManyFilesField(label=gettext_lazy("Attach files"), required=False)
    asks = forms.BooleanField(label=gettext_lazy("I need an answer"), required=False, initial=True)

    def draft(self) -> Draft:
        """Return what somebody wants to say, once the form is valid."""
        data = self.cleaned_data
        return Draft(text=data["text"], key=data["key"], uploads=data["attachments"], asks=data["asks"])


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """A message as it stands on the page."""

    entry: Entry
    when: str
    author: str
    retracted: str
    files: tuple[ShownFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One conversation on a page, with everything its template asks for."""

    id: str
    heading: str
    partner_name: str
    vendor_name: str
    post_url: str
    form: MessageForm
    found: Conversation | None
    entries: tuple[ShownEntry, ...]
    may_write: bool
    is_vendor: bool
    now: datetime

    @property
    def waits(self) -> bool:
        """Tell whether the partner waits for an answer."""
        return self.found is not None and self.found.waiting_thread_id is not None

    @property
    def unread(self) -> int:
        """Return how many messages the viewer has not read."""
        return self.found.unread if self.found else 0


def conversation_panel(
    viewer: Viewer,
    about: About,
    *,
    partner_name: str,
    post_url: str,
    file_url: Callable[[int], str],
    may_write: bool,
    form: MessageForm | None = None,
) -> Panel:
    """Return the conversation about a deal as the viewer reads it. Four queries; marks nothing as read."""
    at = now()
    found = conversation(
        partner_id=about.partner_id,
        registration_id=about.registration_id,
        opportunity_id=about.opportunity_id,
        person_id=viewer.person.pk,
        at=at,
    )
    is_vendor = viewer.partner is None
    return Panel(
        id=f"conversation-{about.partner_id}",
        heading=_("Conversation with %(name)s") % {"name": partner_name if is_vendor else viewer.workspace.name},
        partner_name=partner_name,
        vendor_name=viewer.workspace.name,
        post_url=post_url,
        form=form or fresh_form(),
        found=found,
        entries=tuple(_shown(entry, file_url) for entry in found.entries) if found else (),
        may_write=may_write,
        is_vendor=is_vendor,
        now=at,
    )


def fresh_form() -> MessageForm:
    """Return an empty form with a key of its own."""
    return MessageForm(initial={"key": token_urlsafe(24)})


def mark_as_read(viewer: Viewer, panel: Panel) -> None:
    """Remember that the viewer has read the conversation; who only looks as a partner has not."""
    if panel.found is None or not panel.unread or viewer.is_viewing_as_partner:
        return
    for thread_id in panel.found.thread_ids:
        note_reading(
            thread_id=thread_id,
            person_id=viewer.person.pk,
            partner_id=viewer.partner.id if viewer.partner else None,
            at=panel.now,
        )


def read_form(request: HttpRequest, post: Callable[[Draft], object]) -> MessageForm:
    """Post what the form says; where that is refused the form returned carries the words why."""
    form = MessageForm(request.POST, request.FILES)
    if not form.is_valid():
        return form
    try:
        post(form.draft())
    except NothingSaid:
        form.add_error("text", _("Write something, or attach a file."))
    except FileRefused as refused:
        form.add_error("attachments", refusal_words(refused))
    return form


def posted_part(request: HttpRequest, panel: Panel) -> HttpResponse:
    """Answer a script after a post: the messages for their list, and a fresh form for the old one's place."""
    return render(request, "conversations/posted.html", {"panel": panel})


def refused_part(request: HttpRequest, panel_id: str, form: MessageForm) -> HttpResponse:
    """Answer a script after a refused post: the words for above the form, which stays as it was typed."""
    response = render(request, "conversations/errors.html", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return reswap(retarget(response, f"#{panel_id}-errors"), "innerHTML")


def _shown(entry: Entry, file_url: Callable[[int], str]) -> ShownEntry:
    return ShownEntry(
        entry=entry,
        when=formats.moment(entry.sent_at),
        author=_("You") if entry.is_own else entry.author,
        retracted=formats.moment(entry.retracted_at) if entry.retracted_at else "",
        files=tuple(ShownFile(file.name, size_words(file.size), file_url(file.pk)) for file in entry.files),
    )
