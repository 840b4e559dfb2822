"""An endpoint with a message that failed, on one side or the other."""

from __future__ import annotations

from tallystick.platform.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from tests.factories.console_world import TODAY
from tests.factories.rows import make_row


def make_delivery(*, partner_id: int | None = None, problem: str = "Answered 500.") -> WebhookDelivery:
    """Return a message with one attempt, to the one endpoint of the workspace or of a partner."""
    endpoint = WebhookEndpoint.objects.filter(partner_id=partner_id).first() or make_row(
        WebhookEndpoint,
        partner_id=partner_id,
        url="https://hooks.example.com/in",
        types=["deal_registered"],
        created_at=TODAY,
    )
    delivery = make_row(
        WebhookDelivery,
        endpoint=endpoint,
        partner_id=partner_id,
        type="deal_registered",
        state="failed",
        problem=problem,
        due_at=TODAY,
        created_at=TODAY,
    )
    make_row(WebhookAttempt, delivery=delivery, partner_id=partner_id, at=TODAY, status=500, milliseconds=12)
    return delivery
