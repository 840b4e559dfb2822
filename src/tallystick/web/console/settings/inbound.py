"""The mails that came in: what became of each and why; one that was held or not understood is taken or put aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.flows.mail_in.taking import discard_mail, vouch_for_mail
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.files.media_types import plain_name
from tallystick.platform.mail_in.reading import MailUnreadable, read_mail
from tallystick.platform.models import InboundMail, MailInState, MailInWay
from tallystick.web.access import console, current_viewer
from tallystick.web.console.pages import FROM_INBOX, comes_from_inbox
from tallystick.web.console.settings.sections import SETTINGS_FRAME, show_settings
from tallystick.web.files import size_words
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option, choices_of
from tallystick.web.listing.cells import Row, state, subject, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column
from tallystick.web.words import Tag

_TONES: Final = {
    MailInState.REGISTERED: "good",
    MailInState.REPLIED: "good",
    MailInState.UNREADABLE: "bad",
    MailInState.HELD: "warn",
}
_OPEN: Final = frozenset({MailInState.HELD, MailInState.UNREADABLE})


class InboundMailList(RowList[InboundMail]):
    """The mails of the workspace, the latest first."""

    name = "inbound_mails"
    page = "console:inbound_mails"
    permission = Permission.SETTLE_MAILS
    without: ClassVar[Mapping[Part, str]] = {
        Part.GROUPS: "The states are views of their own.",
        Part.BULK: "Whether a sender is genuine is judged mail by mail.",
        Part.EDITING: "A mail is taken or put aside, and never changed.",
    }
    file_columns = (
        FileColumn("Received", Kind.MOMENT),
        FileColumn("Sender"),
        FileColumn("Subject"),
        FileColumn("State"),
        FileColumn("Why"),
        FileColumn("Registration"),
        FileColumn("Came by"),
        FileColumn("Settled by"),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the mails."""
        return Listing(
            things=_("mails"),
            columns=(
                Column(key="mail", label=_("Mail"), fixed=True),
                Column(key="state", label=_("State"), kind="one-line"),
                Column(key="why", label=_("Why")),
                Column(key="registration", label=_("Registration"), kind="one-line"),
                Column(key="received", label=_("Received"), kind="date", sort="received"),
                Column(key="way", label=_("Came by"), on_demand=True),
            ),
            default_sort="-received",
            search_label=_("Sender or subject"),
            filters=(
                Filter(
                    name="view",
                    label=_("State"),
                    options=(Option(value="all", label=_("All")), *choices_of(MailInState.choices)),
                ),
                Filter(name="way", label=_("Came by"), options=choices_of(MailInWay.choices)),
            ),
        )

    def find(self) -> QuerySet[InboundMail]:
        """Return the mails asked for, in order."""
        found = InboundMail.objects.defer("raw", "results")
        if self.asked.get("view") in MailInState.values:
            found = found.filter(state=self.asked.get("view"))
        if self.asked.get("way") in MailInWay.values:
            found = found.filter(way=self.asked.get("way"))
        if words := self.asked.search:
            found = found.filter(Q(sender__icontains=words) | Q(subject__icontains=words))
        turned = "-" if self.asked.sort.startswith("-") else ""
        return found.order_by(f"{turned}received_at", f"{turned}pk")

    def keys(self, found: Iterable[InboundMail]) -> list[str]:
        """Return the ids of mails."""
        return [str(row.pk) for row in found]

    def rows(self, found: Sequence[InboundMail]) -> list[Row]:
        """Return mails as the table shows them."""
        return [
            Row(
                key=str(row.pk),
                label=str(row),
                cells={
                    "mail": subject(
                        row.subject or _("No subject"), reverse("console:inbound_mail", args=[row.pk]), row.sender
                    ),
                    "state": state(tag_of(row)),
                    "why": text(row.reason.split("\n")[0]),
                    "registration": text(row.reference),
                    "received": text(formats.moment(row.received_at)),
                    "way": text(str(MailInWay(row.way).label)),
                },
            )
            for row in found
        ]

    def file_rows(self, found: Iterable[InboundMail]) -> Iterable[Sequence[Value]]:
        """Return mails as rows of a file."""
        return (
            (
                row.received_at,
                row.sender,
                row.subject,
                str(MailInState(row.state).label),
                " ".join(row.reason.split()),
                row.reference,
                str(MailInWay(row.way).label),
                row.settled_by_label,
            )
            for row in found
        )


@console(Permission.SETTLE_MAILS)
@require_safe
def inbound_mails(request: HttpRequest) -> HttpResponseBase:
    """List what came in."""
    viewer = current_viewer(request)
    context = {"may_set_up": viewer.may(Permission.MANAGE_WORKSPACE)}
    listed = InboundMailList(viewer, request.GET)
    return answer_list(request, SETTINGS_FRAME, listed, "console/settings/inbound_mails.html", context)


@console(Permission.SETTLE_MAILS)
@require_safe
def inbound_mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Show one mail with its words, and what can be done with it."""
    context = {"from_inbox": FROM_INBOX if comes_from_inbox(request) else "", **_context(_mail(mail_id))}
    return show_settings(request, "console/settings/inbound_mail.html", context)


@console(Permission.SETTLE_MAILS)
@require_POST
def take_inbound_mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Take a mail although nothing proves its sender: the viewer vouches for it."""
    try:
        taken = vouch_for_mail(current_viewer(request).actor(), mail_id=mail_id, at=now())
    except InboundMail.DoesNotExist as missing:
        raise Http404 from missing
    still_waits = taken.state in _OPEN
    if still_waits:
        messages.error(request, _("It could not be taken: %(why)s") % {"why": " ".join(taken.reason.split())})
    else:
        messages.success(request, _("Taken: %(reference)s.") % {"reference": taken.reference})
    if comes_from_inbox(request):
        page = reverse("console:inbound_mail", args=[mail_id])
        return redirect(f"{page}?{FROM_INBOX}" if still_waits else "console:inbox")
    return redirect("console:inbound_mail", mail_id)


@console(Permission.SETTLE_MAILS)
@require_POST
def discard_inbound_mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Put a mail aside."""
    try:
        discard_mail(current_viewer(request).actor(), mail_id=mail_id, at=now())
    except InboundMail.DoesNotExist as missing:
        raise Http404 from missing
    messages.success(request, _("Put aside."))
    return redirect("console:inbox" if comes_from_inbox(request) else "console:inbound_mails")


def tag_of(row: InboundMail) -> Tag:
    """Return what became of a mail, as a tag."""
    what = MailInState(row.state)
    return Tag(str(what.label), _TONES.get(what, ""))


def _mail(mail_id: int) -> InboundMail:
    found = InboundMail.objects.filter(pk=mail_id).first()
    if found is None:
        raise Http404
    return found


def _context(row: InboundMail) -> dict[str, Any]:
    try:
        mail = read_mail(bytes(row.raw), recipient=row.recipient)
    except MailUnreadable:
        mail = None
    return {
        "row": row,
        "mail": mail,
        "tag": tag_of(row),
        "reasons": row.reason.splitlines(),
        "results": row.results or (mail.results[0] if mail and mail.results else ""),
        "received": formats.moment(row.received_at),
        "answered": formats.moment(row.answered_at) if row.answered_at else "",
        "settled": formats.moment(row.settled_at) if row.settled_at else "",
        "may_settle": row.state in _OPEN,
        "files": [(plain_name(file.name), size_words(len(file.content))) for file in mail.files] if mail else (),
    }
