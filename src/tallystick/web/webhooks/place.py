"""On which side a page of webhooks is shown: whose endpoints, in which shell, at which addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from tallystick.flows.webhooks.events import PublicEvent, types_for
from tallystick.platform.models import WebhookDelivery, WebhookEndpoint
from tallystick.platform.webhooks.endpoints import endpoints
from tallystick.platform.webhooks.log import deliveries
from tallystick.web.listing.serving import Frame


@dataclass(frozen=True, slots=True)
class Place:
    """The vendor's side, where `partner_id` is None, or one partner's."""

    frame: Frame
    partner_id: int | None
    shell: str
    """The template around every page."""

    @property
    def types(self) -> Mapping[str, PublicEvent]:
        """The events that can be chosen here."""
        return types_for(partner=self.partner_id is not None)

    def url(self, page: str, *args: int) -> str:
        """Return the address of a page of this side."""
        return reverse(f"{self.frame.namespace}:{page}", args=args)

    def show(
        self, request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = HTTPStatus.OK
    ) -> HttpResponse:
        """Answer with a page in the shell of this side; `place` and `names` of addresses are added to its context."""
        names = {page: f"{self.frame.namespace}:{page}" for page in _PAGES}
        return self.frame.show_page(
            request, template, {"shell_template": self.shell, "names": names, **context}, status=status
        )

    def endpoint(self, endpoint_id: int) -> WebhookEndpoint:
        """Return an endpoint of this side; another's is not there."""
        found = endpoints(partner_id=self.partner_id).filter(pk=endpoint_id).first()
        if found is None:
            raise Http404
        return found

    def delivery(self, delivery_id: int) -> WebhookDelivery:
        """Return a message of this side; another's is not there."""
        found = deliveries(partner_id=self.partner_id).filter(pk=delivery_id).first()
        if found is None:
            raise Http404
        return found


_PAGES = (
    "webhooks",
    "webhook",
    "webhook_rotate",
    "webhook_switch",
    "webhook_test",
    "webhook_replay",
    "webhook_remove",
    "webhook_deliveries",
    "webhook_delivery",
    "webhook_again",
)
