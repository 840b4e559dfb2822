"""The mails that come by the clock: who is due one, once a period, and what it holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from tallystick.flows.notifications.kind_words import kind_label
from tallystick.flows.notifications.partner_digest import partner_week
from tallystick.flows.notifications.readers import Listener, partner_listeners, vendor_listeners
from tallystick.flows.notifications.rules import Kind, Side, digest_is_on, digests_of
from tallystick.flows.notifications.vendor_digest import vendor_week
from tallystick.platform.database.bulk import insert_rows
from tallystick.platform.models import Delivery, DeliveryChannel, DigestSent, Notice, Workspace
from tallystick.platform.notifications import jobs
from tallystick.platform.notifications.choices import DigestWish, digest_wishes
from tallystick.platform.notifications.letters import Button, Letter, Line, Part
from tallystick.platform.notifications.rules import Digest, Timetable, due_period, period_start
from tallystick.platform.notifications.unsubscribing import MailType, unsubscribe_url
from tallystick.platform.tenancy import current_workspace_id, scope

LINES_SHOWN = 12


def queue_digests(*, at: datetime) -> int:
    """Have every digest written that is due in the workspace in scope and was not before. Returns how many."""
    workspace = Workspace.objects.get(pk=current_workspace_id())
    groups = partner_listeners().values()
    listeners = [*vendor_listeners(), *(listener for group in groups for listener in group)]
    wishes = digest_wishes([listener.reader for listener in listeners])
    due = []
    for listener in listeners:
        for digest in digests_of(listener.side):
            wish = wishes.get((listener.reader, digest)) or default_wish(listener, digest)
            period = due_period(timetable_of(wish, workspace), now=at) if wish.is_on else None
            if period is not None:
                due.append((listener, digest, period))
    known = set(
        DigestSent.objects.filter(period__in={period for *_rest, period in due}).values_list(
            "person_id", "partner_id", "digest", "period"
        )
    )
    return sum(
        queue_digest(listener, digest, period=period, at=at)
        for listener, digest, period in due
        if (listener.person.pk, listener.partner_id, digest.value, period) not in known
    )


def default_wish(listener: Listener, digest: Digest) -> DigestWish:
    """Return when a listener gets a digest who never said: by the role, at eight, on Mondays."""
    return DigestWish(digest, is_on=digest_is_on(listener.side, listener.role, digest))


def timetable_of(wish: DigestWish, workspace: Workspace) -> Timetable:
    """Return when a digest is due, in the reader's zone or the workspace's."""
    return Timetable(wish.digest, ZoneInfo(wish.time_zone or workspace.time_zone), wish.hour, wish.weekday)


@transaction.atomic
def queue_digest(listener: Listener, digest: Digest, *, period: str, at: datetime) -> bool:
    """Have one digest written for a period; tells whether it had not been before. The unique row is the judge."""
    written = insert_rows(
        DigestSent,
        columns=("workspace_id", "person_id", "partner_id", "digest", "period", "written_at"),
        rows=[(current_workspace_id(), listener.person.pk, listener.partner_id, digest.value, period, at)],
        skip_existing=True,
        returning=["id"],
    )
    if not written:
        return False
    delivery = Delivery.objects.create(
        workspace_id=current_workspace_id(),
        person=listener.person,
        partner_id=listener.partner_id,
        channel=DeliveryChannel.DIGEST,
        topic=f"digest:{digest}:{period}",
        due_at=at,
    )
    jobs.deliver_at(delivery_id=delivery.pk, due_at=at)
    return True


def letter_of(listener: Listener, workspace: Workspace, *, topic: str, at: datetime) -> Letter | None:
    """Return a digest's letter in the listener's own scope, or nothing where there is nothing to tell."""
    digest = Digest(topic.split(":")[1])
    with scope(workspace_id=workspace.pk, partner_id=listener.partner_id):
        match digest, listener.side:
            case Digest.WEEKLY, Side.VENDOR:
                parts = vendor_week(listener, workspace, at=at)
                title, closing = _("Your week with partners"), _("Nothing else needs you.")
                button = Button(_("Open the overview"), settings.BASE_URL + "/")
            case Digest.WEEKLY, Side.PARTNER:
                parts = partner_week(listener, workspace, at=at)
                title, closing = _("Your week with %(vendor)s") % {"vendor": workspace.name}, ""
                button = Button(_("Open your deals"), settings.BASE_URL + "/portal/")
            case _:
                parts = told_since(listener, workspace, at=at)
                title, closing = _("What happened since yesterday"), _("Nothing else needs you.")
                button = Button(_("See all notifications"), settings.BASE_URL + "/")
    if not parts:
        return None
    name = _("Daily") if digest is Digest.DAILY else _("Weekly")
    return Letter(
        subject=f"[{name}] {title}",
        organisation=workspace.name,
        title=title,
        parts=tuple(parts),
        button=button,
        closing=closing,
        why=_("You get this digest for your work with %(workspace)s.") % {"workspace": workspace.name},
        unsubscribe_words=_("No more of this digest"),
        unsubscribe_url=unsubscribe_url(MailType(workspace.pk, listener.reader, digest=digest)),
    )


def told_since(listener: Listener, workspace: Workspace, *, at: datetime) -> list[Part]:
    """Return what a listener was told in the last day and has not been mailed, by kind."""
    since = period_start(Timetable(Digest.DAILY, ZoneInfo(workspace.time_zone)), now=at)
    notices = Notice.objects.filter(
        person=listener.person, partner_id=listener.partner_id, in_digest=True, at__gt=since, at__lte=at
    )
    by_kind: dict[str, list[Notice]] = {}
    for notice in notices.filter(read_at__isnull=True).order_by("-at", "-pk"):
        by_kind.setdefault(notice.kind, []).append(notice)
    return [Part(_lines(by_kind[kind]), heading=kind_label(kind, listener.side)) for kind in Kind if kind in by_kind]


def _lines(notices: Iterable[Notice]) -> tuple[Line, ...]:
    rows = list(notices)
    shown = [Line(notice.title, notice.text, settings.BASE_URL + notice.url) for notice in rows[:LINES_SHOWN]]
    if len(rows) > LINES_SHOWN:
        shown.append(Line(_("and %(count)s more") % {"count": len(rows) - LINES_SHOWN}))
    return tuple(shown)
