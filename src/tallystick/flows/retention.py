"""Removes what is older than a workspace keeps it; see `platform.retention` for the periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from tallystick.crm.models import ImportChange, ImportRefusal
from tallystick.deals.services.drafting import remove_old_drafts
from tallystick.partners.models import ApiAnswer, PartnerMembership
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.list_files import remove_list_files
from tallystick.platform.mail_in.keeping import remove_old_mail
from tallystick.platform.models import Kept, Membership
from tallystick.platform.retention import periods
from tallystick.platform.tenancy import current_workspace_id
from tallystick.platform.webhooks.log import remove_old_deliveries

REMOVE_OLD: Final = "flows.remove_what_is_old"
API_ANSWERS_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows of each sort went."""

    refused_rows: int
    before_images: int
    invitations: int
    list_files: int
    webhook_deliveries: int
    inbound_mail: int
    drafts: int

    @property
    def total(self) -> int:
        """How many rows went in all."""
        rows = self.refused_rows + self.before_images + self.invitations
        return rows + self.list_files + self.webhook_deliveries + self.inbound_mail + self.drafts


@transaction.atomic
def remove_what_is_old(actor: Actor, *, at: datetime) -> Removed:
    """Remove what the workspace in scope keeps no longer; a repeat removes nothing and records nothing."""
    days = periods()
    refused = at - timedelta(days=days[Kept.REFUSED_ROWS])
    undo = at - timedelta(days=days[Kept.IMPORT_UNDO])
    lapsed = at - timedelta(days=days[Kept.LAPSED_INVITATIONS])
    removed = Removed(
        refused_rows=ImportRefusal.objects.filter(batch__started_at__lt=refused).delete()[0],
        before_images=ImportChange.objects.filter(batch__started_at__lt=undo).delete()[0],
        invitations=sum(
            model.objects.filter(accepted_at__isnull=True, invitation_expires_at__lt=lapsed).delete()[0]
            for model in (Membership, PartnerMembership)
        ),
        list_files=remove_list_files(ended_before=at - timedelta(days=days[Kept.LIST_FILES])),
        webhook_deliveries=remove_old_deliveries(before=at - timedelta(days=days[Kept.WEBHOOK_DELIVERIES])),
        inbound_mail=remove_old_mail(before=at - timedelta(days=days[Kept.INBOUND_MAIL])),
        drafts=remove_old_drafts(before=at - timedelta(days=days[Kept.DRAFTS])),
    )
    # Answers of the API are copies that serve a day: their going is no event.
    ApiAnswer.objects.filter(answered_at__lt=at - API_ANSWERS_KEPT).delete()
    if removed.total:
        record_activity(
            actor,
            verb="old_data_removed",
            subject_kind="workspace",
            subject_id=current_workspace_id(),
            summary=f"Removed what is kept long enough: {removed.refused_rows:,} refused rows, "
            f"{removed.before_images:,} rows for undoing imports, {removed.invitations:,} lapsed invitations, "
            f"{removed.list_files:,} files of lists, {removed.webhook_deliveries:,} messages to webhooks, "
            f"{removed.inbound_mail:,} mails that came in, {removed.drafts:,} drafts",
            data={
                "refused_rows": removed.refused_rows,
                "before_images": removed.before_images,
                "invitations": removed.invitations,
                "list_files": removed.list_files,
                "webhook_deliveries": removed.webhook_deliveries,
                "inbound_mail": removed.inbound_mail,
                "drafts": removed.drafts,
            },
            at=at,
        )
    return removed
