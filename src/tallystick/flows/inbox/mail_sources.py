"""Mails that wait for a person: held since nothing proves their sender, or not understood, as the inbox shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from tallystick.flows.inbox.items import InboxItem, ItemKind, Page
from tallystick.partners.models import PartnerMembership
from tallystick.platform.models import InboundMail, MailInState

LIMIT: Final = 200


def mails() -> Iterator[InboxItem]:
    """Yield mails that were held, and those not understood whose sender has not been understood since.

    A mail is closest to the manager of the partner at which its sender works, whether they wrote it or not.
    """
    settled = (MailInState.REGISTERED, MailInState.REPLIED)
    later = InboundMail.objects.filter(sender=OuterRef("sender"), received_at__gt=OuterRef("received_at"))
    waiting = InboundMail.objects.filter(
        Q(state=MailInState.HELD) | ~Exists(later.filter(state__in=settled)),
        state__in=(MailInState.HELD, MailInState.UNREADABLE),
    )
    rows = list(waiting.defer("raw", "results").order_by("received_at", "pk")[:LIMIT])
    managers = _managers({row.sender for row in rows})
    for row in rows:
        yield InboxItem(
            key=f"mail:{row.pk}:{row.state}",
            kind=ItemKind.MAIL,
            title=_("Settle the mail of %(sender)s") % {"sender": row.sender or _("an unknown sender")},
            note=" · ".join(part for part in (row.subject, row.reason.split("\n")[0]) if part),
            since=row.received_at,
            page=Page("inbound_mail", row.pk),
            owner_id=managers.get(row.sender),
        )


def _managers(senders: set[str]) -> dict[str, int | None]:
    """Return the partner's manager of each sender who works at exactly one partner."""
    found = PartnerMembership.objects.filter(person__email__in=senders, accepted_at__isnull=False)
    managers: dict[str, set[int | None]] = {}
    for sender, manager_id in found.values_list("person__email", "partner__manager_id"):
        managers.setdefault(sender, set()).add(manager_id)
    return {sender: one.pop() for sender, one in managers.items() if len(one) == 1}
