"""Who works on a deal or a lead beside those whose it is."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.crm.models import Opportunity
from tallystick.deals.models.conversations import MessageSide
from tallystick.deals.models.leads import Lead
from tallystick.deals.models.registrations import DealRegistration
from tallystick.partners.models import Partner
from tallystick.platform.models import Person
from tallystick.platform.tenancy import TenantModel, Visibility


class Collaborator(TenantModel):
    """Somebody who was added to a registration, an opportunity or a lead, and hears of it from then on.

    What they may see follows from their role alone. `partner` is whose deal it is, and who reads the row; an
    opportunity without a partner has the vendor's people only.
    """

    visibility = Visibility.PARTNER

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, null=True, related_name="+")
    registration = models.ForeignKey(
        DealRegistration, on_delete=models.CASCADE, null=True, related_name="collaborators"
    )
    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, null=True, related_name="collaborators")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, null=True, related_name="collaborators")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    side = models.CharField(max_length=7, choices=MessageSide)
    added_at = models.DateTimeField()
    added_by_label = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(registration__isnull=False, opportunity__isnull=True, lead__isnull=True)
                | models.Q(registration__isnull=True, opportunity__isnull=False, lead__isnull=True)
                | models.Q(registration__isnull=True, opportunity__isnull=True, lead__isnull=False),
                name="collaborator_works_on_one_thing",
            ),
            models.CheckConstraint(
                condition=models.Q(side="vendor") | models.Q(partner__isnull=False),
                name="collaborator_of_a_partner_has_its_partner",
            ),
            models.UniqueConstraint(fields=["registration", "person"], name="one_collaborator_a_claim_and_person"),
            models.UniqueConstraint(fields=["opportunity", "person"], name="one_collaborator_a_deal_and_person"),
            models.UniqueConstraint(fields=["lead", "person"], name="one_collaborator_a_lead_and_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} since {self.added_at}"
