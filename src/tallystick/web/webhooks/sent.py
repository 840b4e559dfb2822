"""What was sent: the list of messages on either side, and one of them with its bytes and every attempt."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tallystick.platform import formats
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.models import WebhookDelivery, WebhookEndpoint, WebhookState
from tallystick.platform.webhooks.endpoints import EndpointRefused, endpoints
from tallystick.platform.webhooks.log import attempts_of, deliveries, replay
from tallystick.web.access import current_viewer
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option, choices_of
from tallystick.web.listing.bulk import BulkAction, BulkOutcome, BulkPreview, Refused
from tallystick.web.listing.cells import Row, state, subject, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList
from tallystick.web.portal.pages import NOT_IN_THE_PORTAL, partner_id_of
from tallystick.web.ui.components import Column
from tallystick.web.webhooks.pages import tag_of
from tallystick.web.webhooks.place import Place

_COLUMNS = (
    FileColumn("Message"),
    FileColumn("Event"),
    FileColumn("Address"),
    FileColumn("State"),
    FileColumn("Attempts", Kind.COUNT),
    FileColumn("Last status"),
    FileColumn("Written", Kind.MOMENT),
    FileColumn("Ended", Kind.MOMENT),
    FileColumn("What went wrong"),
)
_NO_WORDS = "A message is found by its event, its endpoint and its state, which are filters."
_NEVER_CHANGED = "A message is sent again, and never changed: its bytes are what the receiver checks."


def answered(delivery: WebhookDelivery) -> str:
    """Return what the receiver said last, in a few words."""
    if delivery.problem:
        return delivery.problem
    return str(delivery.last_status or "")


class _DeliveryList(RowList[WebhookDelivery]):
    """What was written for the endpoints of one side, latest first."""

    def offer(self) -> Listing:
        """Return what can be asked of the messages."""
        types = self._own().order_by("type").values_list("type", flat=True).distinct()
        return Listing(
            things=_("messages"),
            columns=self.columns(),
            default_sort="-written",
            filters=(
                Filter(name="view", label=_("State"), options=(Option(value="all", label=_("All")), *_states())),
                Filter(
                    name="endpoint",
                    label=_("Endpoint"),
                    options=tuple(Option(value=str(row.pk), label=str(row)) for row in self._endpoints()),
                ),
                Filter(name="type", label=_("Event"), options=tuple(Option(value=name, label=name) for name in types)),
            ),
        )

    def columns(self) -> tuple[Column, ...]:
        """Return the columns of a table, where the list is one."""
        return ()

    def find(self) -> QuerySet[WebhookDelivery]:
        """Return the messages asked for, in order."""
        found = self._own()
        if self.asked.get("view") in WebhookState.values:
            found = found.filter(state=self.asked.get("view"))
        if endpoint := self.asked.number("endpoint"):
            found = found.filter(endpoint_id=endpoint)
        if type := self.asked.get("type"):
            found = found.filter(type=type)
        turned = "-" if self.asked.sort.startswith("-") else ""
        match self.asked.sort.removeprefix("-"):
            case "attempts":
                return found.order_by(f"{turned}attempts", "-created_at", "-pk")
            case "written":
                return found.order_by(f"{turned}created_at", f"{turned}pk")
            case _:
                return found

    def keys(self, found: Iterable[WebhookDelivery]) -> list[str]:
        """Return the ids of messages."""
        return [str(row.pk) for row in found]

    def file_rows(self, found: Iterable[WebhookDelivery]) -> Iterable[Sequence[Value]]:
        """Return messages as rows of a file."""
        return (
            (
                row.message_id,
                row.type,
                row.endpoint.url,
                str(WebhookState(row.state).label),
                row.attempts,
                str(row.last_status or ""),
                row.created_at,
                row.ended_at,
                row.problem,
            )
            for row in found
        )

    def _endpoints(self) -> QuerySet[WebhookEndpoint]:
        return endpoints(partner_id=self._partner_id())

    def _own(self) -> QuerySet[WebhookDelivery]:
        return deliveries(partner_id=self._partner_id())

    @abstractmethod
    def _partner_id(self) -> int | None: ...


class WebhookDeliveryList(_DeliveryList):
    """What was written for the endpoints of the workspace."""

    name = "webhook_deliveries"
    page = "console:webhook_deliveries"
    permission = Permission.MANAGE_WEBHOOKS
    without: ClassVar[Mapping[Part, str]] = {
        Part.SEARCH: _NO_WORDS,
        Part.GROUPS: "The states are views of their own, and the endpoint is a filter.",
        Part.EDITING: _NEVER_CHANGED,
    }
    file_columns = _COLUMNS

    def columns(self) -> tuple[Column, ...]:
        """Return the columns of the table."""
        return (
            Column(key="event", label=_("Event"), fixed=True),
            Column(key="endpoint", label=_("Endpoint")),
            Column(key="state", label=_("State"), kind="one-line"),
            Column(key="attempts", label=_("Attempts"), kind="number", sort="attempts"),
            Column(key="answer", label=_("Last answer")),
            Column(key="written", label=_("Written"), kind="date", sort="written"),
        )

    def rows(self, found: Sequence[WebhookDelivery]) -> list[Row]:
        """Return messages as the table shows them."""
        return [
            Row(
                key=str(row.pk),
                label=f"{row.type} {row.message_id}",
                cells={
                    "event": subject(row.type, reverse("console:webhook_delivery", args=[row.pk]), row.message_id),
                    "endpoint": text(str(row.endpoint)),
                    "state": state(tag_of(row)),
                    "attempts": text(formats.number(row.attempts)),
                    "answer": text(answered(row)),
                    "written": text(formats.moment(row.created_at)),
                },
            )
            for row in found
        ]

    def every_action(self) -> tuple[BulkAction, ...]:
        """Return what can be done to many messages."""
        return ACTIONS

    def _partner_id(self) -> int | None:
        return None


class OwnWebhookDeliveryList(_DeliveryList):
    """What was written for the endpoints of a partner."""

    name = "own_webhook_deliveries"
    page = "portal:webhook_deliveries"
    permission = Permission.MANAGE_OWN_WEBHOOKS
    is_table = False
    without: ClassVar[Mapping[Part, str]] = {
        **NOT_IN_THE_PORTAL,
        Part.SEARCH: _NO_WORDS,
        Part.SORT: "Messages follow one another, the latest first.",
    }
    file_columns = _COLUMNS

    def rows(self, found: Sequence[WebhookDelivery]) -> list[dict[str, Any]]:
        """Return messages as the list shows them."""
        return [{"delivery": row, "tag": tag_of(row), "answer": answered(row)} for row in found]

    def _partner_id(self) -> int | None:
        return partner_id_of(self.viewer)


def delivery_page(request: HttpRequest, place: Place, delivery_id: int) -> HttpResponse:
    """Show one message: its bytes, and every attempt with what came of it."""
    delivery = place.delivery(delivery_id)
    context = {
        "delivery": delivery,
        "endpoint": delivery.endpoint,
        "tag": tag_of(delivery),
        "tries": attempts_of(delivery),
        "waits": delivery.state == WebhookState.QUEUED,
        "may_replay": delivery.endpoint.removed_at is None and delivery.endpoint.paused_at is None,
    }
    return place.show(request, "webhooks/delivery.html", context)


def again(request: HttpRequest, place: Place, delivery_id: int) -> HttpResponse:
    """Send a message again."""
    delivery = place.delivery(delivery_id)
    try:
        replay(current_viewer(request).actor(), delivery_id=delivery.pk, at=now())
    except WebhookEndpoint.DoesNotExist as gone:
        raise Http404 from gone
    except EndpointRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is sent again."))
    return redirect(place.url("webhook_delivery", delivery.pk))


def _states() -> tuple[Option, ...]:
    return choices_of(WebhookState.choices)


def _split(keys: Sequence[str]) -> tuple[list[WebhookDelivery], list[Refused]]:
    rows = list(deliveries(partner_id=None).filter(pk__in=[int(key) for key in keys if key.isdigit()]).order_by("pk"))
    ready, refused = [], []
    for row in rows:
        if row.endpoint.removed_at is not None:
            refused.append(Refused(row.message_id, _("Its endpoint was removed.")))
        elif row.endpoint.paused_at is not None:
            refused.append(Refused(row.message_id, _("Its endpoint is paused.")))
        else:
            ready.append(row)
    return ready, refused


def _preview(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    ready, refused = _split(keys)
    sentences = (_("Messages that are sent again: %(n)s.") % {"n": formats.number(len(ready))},) if ready else ()
    return BulkPreview(count=len(ready), sentences=sentences, refused=tuple(refused))


def _run(viewer: Viewer, keys: Sequence[str], _answers: object, at: datetime) -> BulkOutcome:
    ready, refused = _split(keys)
    done = []
    for row in ready:
        try:
            replay(viewer.actor(), delivery_id=row.pk, at=at)
        except EndpointRefused as refusal:
            refused.append(Refused(row.message_id, str(refusal)))
        else:
            done.append(row.pk)
    return BulkOutcome(
        count=len(done),
        words=_("Messages sent again: %(n)s.") % {"n": formats.number(len(done))},
        refused=tuple(refused),
        record={"messages": done},
    )


ACTIONS = (
    BulkAction(
        name="again",
        label=_lazy("Send again"),
        permission=Permission.MANAGE_WEBHOOKS,
        preview=_preview,
        run=_run,
        final=_lazy("What was sent cannot be called back; receivers know a message by its id."),
    ),
)
