"""Sends the mails that wait: each once, unless a process dies between sending and saying so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Final

from django.db import transaction

from tallystick.platform.crash_points import crash_point
from tallystick.platform.models import Delivery, DeliveryState
from tallystick.platform.notifications.letters import Letter, message_of

GIVEN_UP_AFTER: Final = timedelta(days=2)

Compose = Callable[[Delivery], Letter | None]


class MailRefused(RuntimeError):
    """The mail server did not take the mail; it is tried again."""


def deliver_mail(*, delivery_id: int, compose: Compose, at: datetime) -> None:
    """Write and send a waiting mail; one sent before is left, one that has nothing to say any more is skipped.

    The row stays locked while it is sent, so that two workers never send it both. Raises `MailRefused`.
    """
    refused = ""
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("person")
            .filter(pk=delivery_id, state=DeliveryState.QUEUED)
            .first()
        )
        if delivery is None or delivery.person is None:
            return
        letter = compose(delivery)
        if letter is None:
            delivery.state = DeliveryState.SKIPPED
        else:
            delivery.subject = letter.subject[:250]
            message = message_of(letter, to=delivery.person.email, key=f"delivery-{delivery.pk}")
            try:
                message.send()
            except (OSError, SMTPException) as error:
                refused = delivery.problem = f"{type(error).__name__}: {error}"[:250]
            else:
                delivery.state, delivery.sent_at, delivery.problem = DeliveryState.SENT, at, ""
        crash_point("notices.after_send")
        delivery.save(update_fields=["state", "sent_at", "subject", "problem"])
    if refused:
        raise MailRefused(refused)


def give_up_old_deliveries(*, at: datetime) -> int:
    """Mark as failed what has waited far longer than it is tried; returns how many there were."""
    overdue = Delivery.objects.filter(state=DeliveryState.QUEUED, due_at__lt=at - GIVEN_UP_AFTER)
    return overdue.update(state=DeliveryState.FAILED)
