"""What the command palette offers in the console: pages, actions and records of the workspace, by permission."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.insights.search import FoundRecord, RecordKind, found_records
from tallystick.platform.access import Permission, Viewer
from tallystick.web.access import console, current_viewer
from tallystick.web.console.navigation import shell
from tallystick.web.console.pages import show_page, show_part
from tallystick.web.console.settings.sections import sections_of
from tallystick.web.palette import (
    Group,
    How,
    Item,
    actions_group,
    pages_group,
    palette_context,
    switch_theme,
    typed_in,
    wants_options,
)
from tallystick.web.ui.components import Link

_SEEN_WITH: Final[Mapping[RecordKind, Permission]] = {
    RecordKind.PARTNER: Permission.SEE_PARTNERS,
    RecordKind.DEAL: Permission.SEE_DEALS,
    RecordKind.REGISTRATION: Permission.SEE_DEALS,
    RecordKind.LEAD: Permission.SEE_LEADS,
    RecordKind.ACCOUNT: Permission.SEE_DEALS,
    RecordKind.PERSON: Permission.SEE_PARTNERS,
    RecordKind.INVOICE: Permission.SEE_COMMISSIONS,
    RecordKind.STATEMENT: Permission.SEE_COMMISSIONS,
}
_ICONS: Final[Mapping[RecordKind, str]] = {
    RecordKind.PARTNER: "users-round",
    RecordKind.DEAL: "handshake",
    RecordKind.REGISTRATION: "file-check-2",
    RecordKind.LEAD: "user-round-plus",
    RecordKind.ACCOUNT: "building-2",
    RecordKind.PERSON: "user-round",
    RecordKind.INVOICE: "receipt-text",
    RecordKind.STATEMENT: "file-text",
}
_VIEW_AS = 3
"""At most so many partners are offered to look as."""


@console(Permission.SEE_OVERVIEW)
@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """Offer the pages, actions and records that the words typed find and this viewer may open."""
    viewer, typed = current_viewer(request), typed_in(request)
    surroundings = shell(request)
    records = found_records(typed, kinds=[kind for kind in RecordKind if viewer.may(_SEEN_WITH[kind])])
    pages = [*surroundings.links, *surroundings.foot, *_sections(viewer)]
    groups = [
        pages_group(pages, typed),
        *_record_groups(records),
        actions_group([*_actions(viewer), *_looking_as(viewer, records, typed)], typed),
    ]
    context = palette_context(typed, groups)
    if wants_options(request):
        return show_part(request, "ui/palette/options.html", context)
    return show_page(request, "console/palette.html", context)


def _sections(viewer: Viewer) -> Iterator[Link]:
    """Yield the pages of the settings, which stand in no navigation of the shell."""
    for section in sections_of(viewer):
        yield Link(label=_("Settings: %(section)s") % {"section": section.label}, url=section.url, icon=section.icon)


def _record_groups(records: list[FoundRecord]) -> Iterator[Group]:
    headings = {
        RecordKind.PARTNER: _("Partners"),
        RecordKind.DEAL: _("Deals"),
        RecordKind.REGISTRATION: _("Registrations"),
        RecordKind.LEAD: _("Leads"),
        RecordKind.ACCOUNT: _("Deals of an account"),
        RecordKind.PERSON: _("People at partners"),
        RecordKind.INVOICE: _("Invoices, by their deal"),
        RecordKind.STATEMENT: _("Statements"),
    }
    for kind, heading in headings.items():
        found = (
            Item(label=record.name, note=record.note, url=_address(record), icon=_ICONS[kind])
            for record in records
            if record.kind is kind
        )
        yield Group(heading=heading, items=tuple(found))


def _address(record: FoundRecord) -> str:
    match record.kind:
        case RecordKind.PARTNER | RecordKind.PERSON:
            return reverse("console:partner", args=[int(record.key)])
        case RecordKind.DEAL | RecordKind.INVOICE:
            return reverse("console:deal", args=[int(record.key)])
        case RecordKind.REGISTRATION:
            return reverse("console:registration", args=[record.key])
        case RecordKind.LEAD:
            return reverse("console:lead", args=[record.key])
        case RecordKind.ACCOUNT:
            return f"{reverse('console:deals')}?{urlencode({'q': record.key})}"
        case RecordKind.STATEMENT:
            return reverse("console:statement", args=[int(record.key)])


def _actions(viewer: Viewer) -> Iterator[Item]:
    """Yield what the viewer may do from anywhere."""
    if viewer.may(Permission.DECIDE_REGISTRATIONS):
        waiting = f"{reverse('console:deals')}?view=needs-decision"
        yield Item(label=_("Decide deal registrations"), url=waiting, icon="file-check-2", words=_("approve decline"))
    if viewer.may(Permission.MANAGE_LEADS):
        url, words = reverse("console:new_lead"), _("new introduction pass on partner")
        yield Item(label=_("Pass a lead to a partner"), url=url, icon="user-round-plus", words=words)
    if viewer.may(Permission.SEE_ATTRIBUTION):
        yield Item(label=_("Look at attribution gaps"), url=reverse("console:gaps"), icon="git-merge")
    if viewer.may(Permission.MANAGE_COMMISSIONS):
        yield Item(label=_("Issue statements"), url=reverse("console:issue"), icon="receipt-text")
    if viewer.may(Permission.MANAGE_PARTNERS):
        words = _("add people colleague")
        yield Item(label=_("Invite people of a partner"), url=reverse("console:partners"), icon="mail", words=words)
    if viewer.may(Permission.IMPORT_FACTS):
        yield Item(label=_("Import a file"), url=reverse("console:upload"), icon="upload", words=_("csv upload load"))
    if viewer.may(Permission.SEE_ACTIVITY):
        yield Item(label=_("Check the chain of activity"), url=reverse("console:chain_check"), icon="shield-check")
    yield Item(label=_("Your account"), url=reverse("account:profile"), icon="user-round", words=_("password passkey"))
    yield switch_theme()


def _looking_as(viewer: Viewer, records: list[FoundRecord], typed: str) -> Iterator[Item]:
    """Yield the partners found as those whose eyes one can look through."""
    if not viewer.may(Permission.VIEW_AS_PARTNER):
        return
    for record in [record for record in records if record.kind is RecordKind.PARTNER][:_VIEW_AS]:
        yield Item(
            label=_("View as %(partner)s") % {"partner": record.name},
            url=reverse("view_as_partner", args=[int(record.key)]),
            icon="external-link",
            how=How.SEND,
            words=typed,
        )
