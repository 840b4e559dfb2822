"""Endpoints: listed and added, changed, paused, tried, given another secret, replayed and removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from secrets import token_bytes
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.platform import formats
from tallystick.platform.clock import now
from tallystick.platform.http.outgoing import AddressRefused
from tallystick.platform.models import WebhookDelivery, WebhookEndpoint, WebhookState
from tallystick.platform.webhooks.endpoints import (
    EndpointRefused,
    NewSecret,
    add_endpoint,
    change_endpoint,
    endpoints,
    endpoints_of_partners,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
    rotate_secret,
)
from tallystick.platform.webhooks.log import ENDED_WITHOUT, deliveries, replay_failed, send_test
from tallystick.platform.webhooks.signing import ENTROPY_NEEDED
from tallystick.web.access import current_viewer
from tallystick.web.webhooks.forms import EndpointForm, ReplayForm, RotateForm
from tallystick.web.webhooks.place import Place
from tallystick.web.words import Tag

LATELY: Final = timedelta(days=1)
_LATEST: Final = 5


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint as a list shows it."""

    endpoint: WebhookEndpoint
    name: str
    tag: Tag
    events: str


def state_of(endpoint: WebhookEndpoint) -> Tag:
    """Return how an endpoint does, in words."""
    if endpoint.paused_at is not None:
        return Tag(_("Paused"), "warn" if endpoint.pause == "person" else "bad")
    if endpoint.told_failing_at is not None:
        return Tag(_("Failing"), "bad")
    if endpoint.failing_since is not None:
        return Tag(_("Trying again"), "warn")
    return Tag(_("Active"), "good")


def index(request: HttpRequest, place: Place) -> HttpResponse:
    """List the endpoints and add one; its secret is shown this once."""
    viewer, at = current_viewer(request), now()
    form = EndpointForm(request.POST or None, types=place.types)
    made: NewSecret | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = add_endpoint(
                viewer.actor(),
                url=form.cleaned_data["url"],
                types=form.cleaned_data["types"],
                description=form.cleaned_data["description"],
                partner_id=place.partner_id,
                at=at,
                entropy=token_bytes(ENTROPY_NEEDED),
            )
        except AddressRefused as refusal:
            form.add_error("url", str(refusal))
        except EndpointRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            form = EndpointForm(types=place.types)
    context = {
        "form": form,
        "made": made,
        "rows": [_row(endpoint) for endpoint in endpoints(partner_id=place.partner_id)],
        "of_partners": _of_partners(place),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.CREATED if made else HTTPStatus.OK
    return place.show(request, "webhooks/index.html", context, status=status)


def endpoint_page(request: HttpRequest, place: Place, endpoint_id: int) -> HttpResponse:
    """Show one endpoint with its settings and what was sent to it last; a form changes it."""
    endpoint = place.endpoint(endpoint_id)
    asked = {"url": endpoint.url, "description": endpoint.description, "types": endpoint.types}
    form = EndpointForm(request.POST or None, initial=asked, types=place.types)
    if request.method == "POST" and form.is_valid():
        try:
            change_endpoint(
                current_viewer(request).actor(),
                endpoint_id=endpoint.pk,
                url=form.cleaned_data["url"],
                types=form.cleaned_data["types"],
                description=form.cleaned_data["description"],
                at=now(),
            )
        except AddressRefused as refusal:
            form.add_error("url", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect(place.url("webhook", endpoint.pk))
    return _show(request, place, endpoint, form=form)


def rotate(request: HttpRequest, place: Place, endpoint_id: int) -> HttpResponse:
    """Give an endpoint a new secret and show it this once."""
    endpoint = place.endpoint(endpoint_id)
    form = RotateForm(request.POST)
    if not form.is_valid():
        return _show(request, place, endpoint, rotation=form)
    made = rotate_secret(
        current_viewer(request).actor(),
        endpoint_id=endpoint.pk,
        overlap_hours=int(form.cleaned_data["overlap"]),
        at=now(),
        entropy=token_bytes(ENTROPY_NEEDED),
    )
    return _show(request, place, made.endpoint, made=made)


def switch(request: HttpRequest, place: Place, endpoint_id: int) -> HttpResponse:
    """Pause an endpoint, or send to it again."""
    endpoint, actor = place.endpoint(endpoint_id), current_viewer(request).actor()
    if endpoint.paused_at is None:
        pause_endpoint(actor, endpoint_id=endpoint.pk, at=now())
        messages.success(request, _("Paused. What happens meanwhile is held back."))
    else:
        resume_endpoint(actor, endpoint_id=endpoint.pk, at=now())
        messages.success(request, _("Resumed from the next event on."))
    return redirect(place.url("webhook", endpoint.pk))


def test(request: HttpRequest, place: Place, endpoint_id: int) -> HttpResponse:
    """Have a message sent that says hello, and show what comes of it."""
    endpoint = place.endpoint(endpoint_id)
    try:
        delivery = send_test(current_viewer(request).actor(), endpoint_id=endpoint.pk, at=now())
    except EndpointRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(place.url("webhook", endpoint.pk))
    return redirect(place.url("webhook_delivery", delivery.pk))


def replay_missed(request: HttpRequest, place: Place, endpoint_id: int) -> HttpResponse:
    """Send again what an endpoint did not get since a moment."""
    endpoint = place.endpoint(endpoint_id)
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _show(request, place, endpoint, replaying=form)
    try:
        count = replay_failed(current_viewer(request).actor(), endpoint_id=endpoint.pk, since=form.moment(), at=now())
    except EndpointRefused as refusal:
        messages.error(request, str(refusal))
    else:
        words = ngettext("%(count)s message is sent again.", "%(count)s messages are sent again.", count)
        messages.success(request, words % {"count": formats.number(count)})
    return redirect(place.url("webhook", endpoint.pk))


def remove(request: HttpRequest, place: Place, endpoint_id: int) -> HttpResponse:
    """Say what removing an endpoint means, and remove it."""
    endpoint = place.endpoint(endpoint_id)
    if request.method == "POST":
        remove_endpoint(current_viewer(request).actor(), endpoint_id=endpoint.pk, at=now())
        messages.success(request, _("Removed %(name)s.") % {"name": endpoint})
        return redirect(place.url("webhooks"))
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, state=WebhookState.QUEUED).count()
    return place.show(request, "webhooks/remove.html", {"endpoint": endpoint, "waiting": formats.number(waiting)})


def _show(
    request: HttpRequest,
    place: Place,
    endpoint: WebhookEndpoint,
    *,
    form: EndpointForm | None = None,
    rotation: RotateForm | None = None,
    replaying: ReplayForm | None = None,
    made: NewSecret | None = None,
) -> HttpResponse:
    at = now()
    asked = {"url": endpoint.url, "description": endpoint.description, "types": endpoint.types}
    sent = deliveries(partner_id=place.partner_id).filter(endpoint=endpoint)
    shown: dict[str, Any] = {
        "endpoint": endpoint,
        "tag": state_of(endpoint),
        "made": made,
        "form": form or EndpointForm(initial=asked, types=place.types),
        "rotation": rotation or RotateForm(),
        "replaying": replaying or ReplayForm(initial={"since": timezone.localtime(_first_missed(endpoint, at=at))}),
        "missed": formats.number(sent.filter(state__in=ENDED_WITHOUT).count()),
        "latest": [(row, tag_of(row)) for row in sent[:_LATEST]],
        "overlaps": endpoint.old_secret_until is not None and endpoint.old_secret_until > at,
    }
    refused = any(asked.errors for asked in (form, rotation, replaying) if asked is not None)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.CREATED if made else HTTPStatus.OK
    return place.show(request, "webhooks/endpoint.html", shown, status=status)


TONES: Final = {
    WebhookState.QUEUED: "",
    WebhookState.DELIVERED: "good",
    WebhookState.FAILED: "bad",
    WebhookState.HELD: "warn",
}


def tag_of(delivery: WebhookDelivery) -> Tag:
    """Return how far a message is, in words."""
    state = WebhookState(delivery.state)
    if state is WebhookState.QUEUED and delivery.attempts:
        return Tag(_("Trying again"), "warn")
    return Tag(str(state.label), TONES[state])


def _first_missed(endpoint: WebhookEndpoint, *, at: datetime) -> datetime:
    missed = WebhookDelivery.objects.filter(endpoint=endpoint, state__in=ENDED_WITHOUT).order_by("created_at")
    first = missed.values_list("created_at", flat=True).first()
    return (first or at - LATELY).replace(second=0, microsecond=0)


def _row(endpoint: WebhookEndpoint) -> EndpointRow:
    count = len(endpoint.types)
    events = ngettext("%(count)s event", "%(count)s events", count) % {"count": formats.number(count)}
    return EndpointRow(endpoint, str(endpoint), state_of(endpoint), events)


def _of_partners(place: Place) -> int:
    return 0 if place.partner_id is not None else endpoints_of_partners().count()
