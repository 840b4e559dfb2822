"""The inbox: everything that waits for the viewer with its age and clock; decide, put off, give to a colleague."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.deals.rules.approval import StepRefused
from tallystick.deals.rules.states import TransitionRefused
from tallystick.flows.inbox.items import InboxItem, ItemAction, ItemKind, Page
from tallystick.flows.inbox.reading import Waiting, Whose, by_kind, read_inbox, waiting_item
from tallystick.flows.registrations import approve_registration
from tallystick.platform import inbox_marks
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.models import Membership
from tallystick.web.access import console, current_viewer
from tallystick.web.console.deal_handling import require_turn
from tallystick.web.console.inbox_count import forget_count, keep_count
from tallystick.web.console.pages import FROM_INBOX, go_to, show_page, show_part, wants_sheet
from tallystick.web.console.words import day_near
from tallystick.web.listing import PAGE_SIZE, changed
from tallystick.web.sheets import SheetLinks
from tallystick.web.ui import formats
from tallystick.web.ui.components import Link
from tallystick.web.ui.toasts import say_with_undo

MORNING: Final = time(8)
ICONS: Final = {
    ItemKind.REGISTRATION: "file-check-2",
    ItemKind.REQUEST: "clock-3",
    ItemKind.LEAD: "user-round-plus",
    ItemKind.QUESTION: "mail",
    ItemKind.MAIL: "shield-check",
    ItemKind.APPROVAL: "wallet",
    ItemKind.MONTH: "receipt-text",
    ItemKind.BLOCKED: "triangle-alert",
    ItemKind.CONFLICT: "git-compare",
    ItemKind.GAP: "git-merge",
    ItemKind.PROTECTION: "lock",
    ItemKind.SILENCE: "clock-3",
    ItemKind.IMPORT: "file-spreadsheet",
}
IN_SHEET: Final = frozenset({"registration", "deal", "lead"})
"""Pages that open beside the inbox."""
LEADS_BACK: Final = IN_SHEET | {"inbound_mail"}
"""Pages on which a decision leads back to the inbox."""
HOUR, DAY, DAYS_FROM = timedelta(hours=1), timedelta(days=1), timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One thing that waits as the inbox shows it."""

    key: str
    icon: str
    kind: str
    title: str
    note: str
    url: str
    opens_sheet: bool
    age: str
    since: str
    due: datetime | None
    money: str
    assigned_to: str
    until: str
    more_url: str
    approve: bool
    decline_url: str


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Things of one kind on a page, below the words of the kind."""

    label: str
    count: int
    rows: tuple[ItemRow, ...]


class PutOffForm(forms.Form):
    """Asks until when a thing is put off: tomorrow, next Monday, or a day."""

    until = forms.CharField(widget=forms.HiddenInput, required=False)
    day = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-10-31.")},
    )

    def instant(self, *, at: datetime, zone: ZoneInfo) -> datetime | None:
        """Return eight in the morning of the day asked for, in the workspace's time zone."""
        today = at.astimezone(zone).date()
        day = _days_ahead(today).get(self.cleaned_data["until"]) or self.cleaned_data["day"]
        return datetime.combine(day, MORNING, tzinfo=zone) if day else None


@console(Permission.SEE_OVERVIEW)
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what waits: the viewer's own, everybody's, or what the viewer has put off."""
    viewer, at = current_viewer(request), now()
    everything = read_inbox(viewer, at=at)
    keep_count(viewer, len(everything.of(Whose.MINE)))
    whose = _whose(request)
    lists = {each: everything.of(each) for each in Whose}
    kind, search = request.GET.get("kind", ""), " ".join(request.GET.get("q", "").split())[:100]
    searched = [waiting for waiting in lists[whose] if _fits(waiting.item, search)]
    found = [waiting for waiting in searched if not kind or waiting.item.kind == kind]
    page = Paginator(_in_groups(found), PAGE_SIZE).get_page(request.GET.get("page"))
    zone = ZoneInfo(viewer.workspace.time_zone)
    context = {
        "tabs": [
            Link(
                label=str(_WHOSE[each]),
                url=changed(request.GET, show=each.value, kind=None),
                current=each is whose,
                count=len(lists[each]),
            )
            for each in Whose
        ],
        "kinds": _kinds(request, searched, kind),
        "groups": _groups(list(page.object_list), found, viewer, at, zone),
        "page": page,
        "count": ngettext("%(count)s thing waits", "%(count)s things wait", len(found))
        % {"count": formats.number(len(found))},
        "late": sum(waiting.item.is_late(at) for waiting in found),
        "now": at,
        "search": search,
        "whose": whose.value,
        "kind": kind,
        "is_narrowed": bool(search or kind),
        "here": request.get_full_path(),
    }
    return show_page(request, "console/inbox/inbox.html", context)


@console(Permission.SEE_OVERVIEW)
@require_safe
def inbox_item(request: HttpRequest) -> HttpResponse:
    """Show what can be done with one thing besides deciding it: put it off, give it away, call it done."""
    return _show_item(request)


@console(Permission.SEE_OVERVIEW)
@require_POST
def put_item_off(request: HttpRequest) -> HttpResponse:
    """Hide a thing from the viewer until a day; the toast brings it back."""
    viewer, at = current_viewer(request), now()
    item, form = _item(request), PutOffForm(request.POST)
    until = form.instant(at=at, zone=ZoneInfo(viewer.workspace.time_zone)) if form.is_valid() else None
    if until is None:
        return _show_item(request, form=form, refusal=_("Choose a day."))
    try:
        inbox_marks.put_off(viewer.actor(), key=item.key, until=until, at=at)
    except inbox_marks.InboxRefused as refusal:
        return _show_item(request, form=form, refusal=str(refusal))
    words = _("Put off until %(day)s: %(title)s") % {"day": formats.day(until.date()), "title": item.title}
    return _done(request, words, undo="console:bring_item_back")


@console(Permission.SEE_OVERVIEW)
@require_POST
def bring_item_back(request: HttpRequest) -> HttpResponse:
    """Show the viewer a thing again that was put off."""
    inbox_marks.bring_back(current_viewer(request).actor(), key=_key(request))
    return _done(request, _("It is in your inbox again."))


@console(Permission.SEE_OVERVIEW)
@require_POST
def assign_item(request: HttpRequest) -> HttpResponse:
    """Give a thing to a colleague, who hears of it, or back to everybody."""
    viewer, item = current_viewer(request), _item(request)
    chosen = request.POST.get("person", "")
    person_id = int(chosen) if chosen.isascii() and chosen.isdigit() else None
    try:
        mark = inbox_marks.assign(viewer.actor(), key=item.key, title=item.title, person_id=person_id, at=now())
    except inbox_marks.InboxRefused as refusal:
        return _show_item(request, refusal=str(refusal))
    if mark.assigned_to is None:
        return _done(request, _("It waits for everybody again: %(title)s") % {"title": item.title})
    return _done(request, _("Given to %(person)s: %(title)s") % {"person": mark.assigned_to, "title": item.title})


@console(Permission.SEE_OVERVIEW)
@require_POST
def call_item_done(request: HttpRequest) -> HttpResponse:
    """Say that nothing more is to be done about a thing that has no decision of its own."""
    item = _item(request)
    if ItemAction.DONE not in item.actions:
        raise Http404
    inbox_marks.call_done(current_viewer(request).actor(), key=item.key, title=item.title, at=now())
    return _done(request, _("Done: %(title)s") % {"title": item.title}, undo="console:reopen_item")


@console(Permission.SEE_OVERVIEW)
@require_POST
def reopen_item(request: HttpRequest) -> HttpResponse:
    """Take back that a thing was called done."""
    item = _item(request)
    inbox_marks.reopen(current_viewer(request).actor(), key=item.key, title=item.title, at=now())
    return _done(request, _("It is in the inbox again."))


@console(Permission.TAKE_STEPS)
@require_POST
def approve_item(request: HttpRequest) -> HttpResponse:
    """Take the next step of a registration's approval from its row."""
    viewer, item = current_viewer(request), _item(request)
    claim = DealRegistration.objects.filter(reference=item.reference).first()
    if item.kind is not ItemKind.REGISTRATION or claim is None:
        raise Http404
    require_turn(claim, viewer)
    try:
        approved = approve_registration(viewer.actor(), registration_id=claim.pk, at=now(), role=viewer.role)
    except (TransitionRefused, StepRefused) as refusal:
        messages.error(request, str(refusal))
        return go_to(request, _back(request))
    if approved.state == RegistrationState.SUBMITTED:
        passed = _("Passed on %(company)s: another person takes the next step.") % {"company": approved.company}
        return _done(request, passed)
    words = {"company": approved.company, "day": ""}
    if approved.protected_until:
        words["day"] = formats.day_and_year(approved.protected_until)
    return _done(request, _("Approved %(company)s, protected until %(day)s.") % words)


_WHOSE: Final = {
    Whose.MINE: gettext_lazy("For me"),
    Whose.EVERYONE: gettext_lazy("For everyone"),
    Whose.SNOOZED: gettext_lazy("Put off"),
}


def page_url(page: Page) -> str:
    """Return the address of the page where a thing is dealt with."""
    address = reverse(f"console:{page.name}", args=[page.argument] if page.argument is not None else [])
    return f"{address}{page.query}"


def age_words(since: datetime, at: datetime) -> str:
    """Write how long something has waited: "26 h", "9 d"."""
    waited = max(at - since, timedelta(0))
    if waited < DAYS_FROM:
        return _("%(hours)s h") % {"hours": waited // HOUR}
    return _("%(days)s d") % {"days": waited // DAY}


def _whose(request: HttpRequest) -> Whose:
    try:
        return Whose(request.GET.get("show", Whose.MINE))
    except ValueError:
        return Whose.MINE


def _fits(item: InboxItem, search: str) -> bool:
    words = f"{item.title} {item.note}".lower()
    return all(word in words for word in search.lower().split())


def _in_groups(found: Sequence[Waiting]) -> list[Waiting]:
    """Return things by kind, the kind with the most pressing first, each in its order."""
    places = {each.kind: place for place, each in enumerate(by_kind(found))}
    return sorted(found, key=lambda waiting: places[waiting.item.kind])


def _kinds(request: HttpRequest, searched: Sequence[Waiting], chosen: str) -> list[Link]:
    return [
        Link(
            label=str(each.kind.label),
            url=changed(request.GET, kind=None if each.kind == chosen else each.kind.value),
            current=each.kind == chosen,
            count=each.count,
        )
        for each in by_kind(searched)
    ]


def _groups(
    rows: Sequence[Waiting], found: Sequence[Waiting], viewer: Viewer, at: datetime, zone: ZoneInfo
) -> list[ItemGroup]:
    counts = {each.kind: each.count for each in by_kind(found)}
    today = at.astimezone(zone).date()
    return [
        ItemGroup(
            label=str(each.kind.label),
            count=counts[each.kind],
            rows=tuple(_row(row, viewer, at, today) for row in rows if row.item.kind is each.kind),
        )
        for each in by_kind(rows)
    ]


def _row(waiting: Waiting, viewer: Viewer, at: datetime, today: date) -> ItemRow:
    item = waiting.item
    address = page_url(item.page)
    if item.page.name in LEADS_BACK:
        address = f"{address}?{FROM_INBOX}"
    may_decide = viewer.may(Permission.TAKE_STEPS) and item.kind is ItemKind.REGISTRATION
    return ItemRow(
        key=item.key,
        icon=ICONS[item.kind],
        kind=str(item.kind.label),
        title=item.title,
        note=item.note,
        url=address,
        opens_sheet=item.page.name in IN_SHEET,
        age=age_words(item.since, at),
        since=formats.moment(item.since),
        due=item.due,
        money=formats.money_trimmed(item.money.minor, item.money.currency) if item.money else "",
        assigned_to=waiting.assigned_to,
        until=day_near(waiting.until.date(), today) if waiting.until else "",
        more_url=f"{reverse('console:inbox_item')}?{urlencode({'key': item.key})}",
        approve=may_decide and ItemAction.APPROVE in item.actions,
        decline_url=address if may_decide and ItemAction.DECLINE in item.actions else "",
    )


def _key(request: HttpRequest) -> str:
    return request.POST.get("key") or request.GET.get("key", "")


def _item(request: HttpRequest) -> InboxItem:
    item = waiting_item(current_viewer(request), key=_key(request), at=now())
    if item is None:
        raise Http404
    return item


def _back(request: HttpRequest) -> str:
    """Return the inbox as it was when the form was sent: only an address of the inbox itself is followed."""
    address, home = request.POST.get("back", ""), reverse("console:inbox")
    return address if address.partition("?")[0] == home else home


def _done(request: HttpRequest, words: str, *, undo: str = "") -> HttpResponse:
    forget_count(current_viewer(request))
    if undo:
        say_with_undo(request, words, undo_url=f"{reverse(undo)}?{urlencode({'key': _key(request)})}")
    else:
        messages.success(request, words)
    return go_to(request, _back(request))


def _days_ahead(today: date) -> dict[str, date]:
    return {"tomorrow": today + DAY, "monday": today + timedelta(days=7 - today.weekday())}


def _show_item(request: HttpRequest, *, form: PutOffForm | None = None, refusal: str = "") -> HttpResponse:
    viewer, at = current_viewer(request), now()
    item = _item(request)
    mark = inbox_marks.marks_of([item.key], person_id=viewer.person.pk).shared.get(item.key)
    zone = ZoneInfo(viewer.workspace.time_zone)
    today = at.astimezone(zone).date()
    colleagues = Membership.objects.filter(accepted_at__isnull=False).select_related("person").order_by("person__name")
    context = {
        "item": item,
        "row": _row(Waiting(item), viewer, at, today),
        "choices": [
            {"value": value, "label": label, "day": formats.day(_days_ahead(today)[value])}
            for value, label in (("tomorrow", _("Tomorrow")), ("monday", _("Next Monday")))
        ],
        "form": form or PutOffForm(),
        "refusal": refusal,
        "colleagues": colleagues,
        "assigned_to_id": mark.assigned_to_id if mark else None,
        "may_call_done": ItemAction.DONE in item.actions,
        "now": at,
        "links": SheetLinks(close_url=reverse("console:inbox")),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK
    answer: Callable[..., HttpResponse] = show_part if wants_sheet(request) else show_page
    template = "console/inbox/item_sheet.html" if wants_sheet(request) else "console/inbox/item.html"
    return answer(request, template, context, status=status)
