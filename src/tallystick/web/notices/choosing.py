"""What one wants to hear of: kinds by channels, each at once and with a way back, and when digests come.

A partner's admin sets the same for the whole team; whoever chose otherwise keeps that choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from zoneinfo import available_timezones

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from tallystick.flows.notifications.kind_words import (
    CHANNEL_LABELS,
    DIGEST_LABELS,
    REACH_LABELS,
    kind_label,
    kind_note,
)
from tallystick.flows.notifications.readers import may_hear
from tallystick.flows.notifications.rules import (
    KINDS,
    PRESSING,
    WITHOUT_A_DEAL,
    Kind,
    Side,
    default_reach,
    digest_is_on,
    digests_of,
)
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.notifications.choices import (
    Choices,
    DigestWish,
    Reader,
    choices_of,
    choose,
    digest_wishes,
    set_team_default,
    wish_for_digest,
)
from tallystick.platform.notifications.rules import Channel, Digest, Reach
from tallystick.web.access import current_viewer
from tallystick.web.notices.place import Place, answer, reader_of
from tallystick.web.ui.components import Link
from tallystick.web.ui.toasts import say_with_undo

TEAM: Final = "team"
HOURS: Final = range(24)


@dataclass(frozen=True, slots=True)
class Option:
    """One reach that can be chosen."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CellShown:
    """One kind on one channel; `options` is empty where it cannot be chosen, and `note` says why."""

    channel: str
    channel_label: str
    options: tuple[Option, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class KindShown:
    """One kind with its cells."""

    kind: str
    label: str
    note: str
    cells: tuple[CellShown, ...]


@dataclass(frozen=True, slots=True)
class DigestShown:
    """One digest with when it comes."""

    wish: DigestWish
    label: str
    note: str
    url: str
    is_weekly: bool


def settings_page(request: HttpRequest, place: Place, *, template: str) -> HttpResponse:
    """Show what the viewer, or with `for=team` the partner's team, hears of."""
    viewer = current_viewer(request)
    for_team = request.GET.get("for") == TEAM and _may_set_team(viewer)
    reader = reader_of(viewer)
    context = {
        "rows": _rows(viewer, place.side, for_team=for_team),
        "channels": [str(label) for label in CHANNEL_LABELS.values()],
        "choose_url": place.url("choose_notices", **({"for": TEAM} if for_team else {})),
        "for_team": for_team,
        "tabs": _tabs(viewer, place, for_team=for_team),
        "digests": [] if for_team else _digests(viewer, place, reader),
        "hours": [(hour, f"{hour:02}:00") for hour in HOURS],
        "weekdays": list(WEEKDAYS.items()),
        "zone_of_workspace": viewer.workspace.time_zone,
    }
    return answer(request, place, template, context)


def choose_notices(request: HttpRequest, place: Place) -> HttpResponse:
    """Take a choice of one cell: `kind`, `channel` and `reach`, where an empty reach goes back to the default."""
    viewer = current_viewer(request)
    given = request.POST if "kind" in request.POST else request.GET
    kind, channel, reach = _cell_of(place.side, given.get("kind", ""), given.get("channel", ""), given.get("reach", ""))
    for_team = request.GET.get("for") == TEAM
    if for_team:
        viewer.require(Permission.MANAGE_OWN_TEAM)
        partner_id = reader_of(viewer).partner_id or 0
        before = set_team_default(
            viewer.actor(), partner_id=partner_id, kind=kind, channel=channel, reach=reach, at=now()
        )
    else:
        before = choose(reader_of(viewer), kind=kind, channel=channel, reach=reach)
    undo = {"kind": kind.value, "channel": channel.value, "reach": before.value if before else ""}
    if for_team:
        undo["for"] = TEAM
    shown = REACH_LABELS[reach] if reach else _("as usual")
    words = _("%(kind)s, %(channel)s: %(reach)s.") % {
        "kind": kind_label(kind, place.side),
        "channel": CHANNEL_LABELS[channel],
        "reach": shown,
    }
    say_with_undo(request, words, undo_url=place.url("choose_notices", **undo))
    if request.headers.get("HX-Request"):
        return render(request, "ui/components/toasts.html", {"out_of_band": True})
    return redirect(place.url("notice_settings", **({"for": TEAM} if for_team else {})))


def choose_digest(request: HttpRequest, place: Place) -> HttpResponse:
    """Take when a digest comes: `digest`, `is_on`, `hour`, `weekday` and `time_zone`."""
    viewer = current_viewer(request)
    reader = reader_of(viewer)
    given = request.POST if "digest" in request.POST else request.GET
    wish = _wish_of(place.side, given)
    before = _wish(viewer, place.side, wish.digest, digest_wishes([reader]).get((reader, wish.digest)))
    wish_for_digest(reader, wish)
    undo = place.url(
        "choose_digest",
        digest=before.digest.value,
        hour=before.hour,
        weekday=before.weekday,
        time_zone=before.time_zone,
        **({"is_on": "1"} if before.is_on else {}),
    )
    state = _("on") if wish.is_on else _("off")
    words = _("%(digest)s is %(state)s.") % {"digest": DIGEST_LABELS[wish.digest], "state": state}
    say_with_undo(request, words, undo_url=undo)
    return redirect(place.url("notice_settings"))


def _cell_of(side: Side, kind: str, channel: str, reach: str) -> tuple[Kind, Channel, Reach | None]:
    if kind not in KINDS[side] or channel not in set(Channel) or (reach and reach not in set(Reach)):
        raise Http404
    return Kind(kind), Channel(channel), Reach(reach) if reach else None


def _wish_of(side: Side, given: QueryDict) -> DigestWish:
    values = {name: str(given.get(name, "")) for name in ("digest", "hour", "weekday", "time_zone", "is_on")}
    zone = values["time_zone"]
    if values["digest"] not in digests_of(side) or (zone and zone not in available_timezones()):
        raise Http404
    hour, weekday = (int(values[name]) if values[name].isdigit() else 0 for name in ("hour", "weekday"))
    if hour not in HOURS or weekday not in WEEKDAYS:
        raise Http404
    return DigestWish(Digest(values["digest"]), bool(values["is_on"]), hour, weekday, zone)


def _may_set_team(viewer: Viewer) -> bool:
    return viewer.partner is not None and viewer.may(Permission.MANAGE_OWN_TEAM)


def _tabs(viewer: Viewer, place: Place, *, for_team: bool) -> list[Link]:
    if not _may_set_team(viewer):
        return []
    return [
        Link(label=_("For you"), url=place.url("notice_settings"), current=not for_team),
        Link(label=_("For the team"), url=place.url("notice_settings", **{"for": TEAM}), current=for_team),
    ]


def _rows(viewer: Viewer, side: Side, *, for_team: bool) -> list[KindShown]:
    choices = choices_of([reader_of(viewer)])
    return [
        KindShown(
            kind.value,
            kind_label(kind, side),
            kind_note(kind, side),
            tuple(_cell(viewer, side, kind, channel, choices, for_team=for_team) for channel in Channel),
        )
        for kind in KINDS[side]
        if for_team or may_hear(side, viewer.role, kind)
    ]


def _cell(viewer: Viewer, side: Side, kind: Kind, channel: Channel, choices: Choices, *, for_team: bool) -> CellShown:
    label = str(CHANNEL_LABELS[channel])
    if channel is Channel.MAIL and kind not in PRESSING[side]:
        return CellShown(channel.value, label, (), _("Waits for the digest"))
    chosen = _chosen(viewer, side, kind, channel, choices, for_team=for_team)
    offered = [Reach.ALL, Reach.OFF] if kind in WITHOUT_A_DEAL else list(reversed(Reach))
    options = [Option(reach.value, str(REACH_LABELS[reach]), reach is chosen) for reach in offered]
    if chosen is None:
        options.insert(0, Option("", _("As each role"), is_chosen=True))
    elif chosen not in offered:
        options.insert(0, Option(chosen.value, str(REACH_LABELS[chosen]), is_chosen=True))
    return CellShown(channel.value, label, tuple(options))


def _chosen(
    viewer: Viewer, side: Side, kind: Kind, channel: Channel, choices: Choices, *, for_team: bool
) -> Reach | None:
    reader = reader_of(viewer)
    if for_team:
        return choices.team.get((reader.partner_id or 0, kind, channel))
    default = default_reach(side, viewer.role, kind, channel)
    return choices.reach(reader, kind, channel, default=default)


def _digests(viewer: Viewer, place: Place, reader: Reader) -> list[DigestShown]:
    wishes = digest_wishes([reader])
    return [
        DigestShown(
            _wish(viewer, place.side, digest, wishes.get((reader, digest))),
            str(DIGEST_LABELS[digest]),
            _digest_note(digest, place.side),
            place.url("choose_digest"),
            is_weekly=digest is Digest.WEEKLY,
        )
        for digest in reversed(digests_of(place.side))
    ]


def _wish(viewer: Viewer, side: Side, digest: Digest, wish: DigestWish | None) -> DigestWish:
    return wish or DigestWish(digest, is_on=digest_is_on(side, viewer.role, digest))


def _digest_note(digest: Digest, side: Side) -> str:
    if digest is Digest.DAILY:
        return _("What happened since yesterday and was not mailed at once. Not sent when there is nothing.")
    if side is Side.PARTNER:
        return _("What changed on your deals, your money and one next step. Not sent when nothing changed.")
    return _("The share and what moved it, what waits for you, who has gone quiet, and what ends soon.")
