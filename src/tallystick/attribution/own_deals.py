"""A partner's own deals: what it registered and what it is credited for, with what it may know of them from the CRM.

The partner's rows are read in its own scope. What belongs to the vendor is read on the vendor's side, by the ids those
rows name and as the few columns of `CrmDeal`; nothing else of the CRM leaves this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from tallystick.attribution.models import Credit, Touch
from tallystick.crm.models import Opportunity, OpportunityStatus, StageChange
from tallystick.crm.queries.stages import stage_names
from tallystick.crm.rules.stage_order import stage_place
from tallystick.deals.models import DealRegistration, RegistrationState
from tallystick.kernel.money import Money
from tallystick.platform.database.bulk import any_of
from tallystick.platform.tenancy import vendor_side

SHOWS_THE_DEAL = frozenset(
    {
        RegistrationState.SUBMITTED,
        RegistrationState.APPROVED,
        RegistrationState.CONVERTED,
        RegistrationState.WON,
        RegistrationState.LOST,
    }
)
"""A claim that was declined, withdrawn or has expired opens no view into the CRM; a credit still does."""


class OwnDealState(TextChoices):
    """Where a deal stands for the partner; every own deal is in exactly one of these."""

    IN_REVIEW = "in_review", _("In review")
    OPEN = "open", _("Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmDeal:
    """All that a partner may know of the opportunity its deal became."""

    id: int
    account: str
    stage: str
    status: OpportunityStatus
    owner: str
    next_step: str
    amount: Money | None
    opened_on: date | None
    close_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDeal:
    """One deal of the partner: a registration, a credit, or both, with its opportunity where there is one."""

    registration: DealRegistration | None
    credit: Credit | None
    crm: CrmDeal | None

    @property
    def company(self) -> str:
        """The name the deal goes by: as the partner wrote it, else the account's."""
        if self.registration is not None:
            return self.registration.company
        return self.crm.account if self.crm else ""

    @property
    def value(self) -> Money | None:
        """The CRM's amount, else what the partner expects."""
        if self.crm is not None and self.crm.amount is not None:
            return self.crm.amount
        if self.registration is not None:
            return Money(self.registration.value_minor, self.registration.currency)
        return None

    @property
    def state(self) -> OwnDealState:
        """Where the deal stands: how it ended in the CRM counts first, then the registration."""
        if self.crm is not None and self.crm.status != OpportunityStatus.OPEN:
            return OwnDealState(self.crm.status)
        if self.registration is not None:
            match self.registration.state:
                case RegistrationState.SUBMITTED:
                    return OwnDealState.IN_REVIEW
                case RegistrationState.APPROVED | RegistrationState.CONVERTED:
                    return OwnDealState.OPEN
                case ended if self.crm is None:
                    return OwnDealState(ended)
        return OwnDealState.OPEN


def own_registered_deal(*, partner_id: int, reference: str) -> OwnDeal | None:
    """Return the deal of one of the partner's registrations; None for another partner's, as for an absent one."""
    registration = DealRegistration.objects.filter(partner_id=partner_id, reference=reference).first()
    if registration is None:
        return None
    became = [registration.opportunity_id] if registration.opportunity_id is not None else []
    found = deals_of(
        DealRegistration.objects.filter(Q(pk=registration.pk) | Q(opportunity_id__in=became), partner_id=partner_id),
        Credit.objects.filter(partner_id=partner_id, opportunity_id__in=became),
    )
    return next(deal for deal in found if deal.registration and deal.registration.pk == registration.pk)


def own_credited_deal(*, partner_id: int, opportunity_id: int) -> OwnDeal | None:
    """Return the deal of an opportunity the partner is credited for or registered; None for any other."""
    found = deals_of(
        DealRegistration.objects.filter(partner_id=partner_id, opportunity_id=opportunity_id),
        Credit.objects.filter(partner_id=partner_id, opportunity_id=opportunity_id),
    )
    return next((deal for deal in found if deal.crm is not None), None)


def own_touches(deal: OwnDeal, *, partner_id: int) -> list[Touch]:
    """Return what the partner itself did for the deal, newest first: its own evidence, nobody else's."""
    if deal.crm is None:
        return []
    with vendor_side():
        account_id = Opportunity.objects.filter(pk=deal.crm.id).values_list("account_id", flat=True).first()
    of_deal = Q(opportunity_id=deal.crm.id)
    if account_id is not None:
        of_deal |= Q(opportunity__isnull=True, account_id=account_id)
    return list(Touch.objects.filter(of_deal, partner_id=partner_id).order_by("-happened_on", "-pk"))


def own_stage_changes(deal: OwnDeal) -> list[tuple[date, str]]:
    """Return when the deal entered which stage, oldest first."""
    if deal.crm is None:
        return []
    with vendor_side():
        changes = StageChange.objects.filter(opportunity_id=deal.crm.id).order_by("entered_on", "pk")
        return list(changes.values_list("entered_on", "stage"))


def pipeline_stages() -> tuple[str, ...]:
    """Return the stages in which open deals stand, in the order deals pass through them."""
    with vendor_side():
        return tuple(sorted(stage_names(status=OpportunityStatus.OPEN), key=stage_place))


def deals_of(registrations: QuerySet[DealRegistration], credits: QuerySet[Credit]) -> list[OwnDeal]:
    """Return the deals of these rows; an opportunity belongs to one of them only, so that nothing counts twice."""
    credited = {credit.opportunity_id: credit for credit in credits.filter(is_current=True).order_by("opportunity_id")}
    claims = list(registrations.order_by("-submitted_at", "-pk"))
    shown_by = _shown_by(claims, credited)
    crm = _crm_deals([*shown_by, *credited])
    claimed = [_claimed(claim, shown_by, credited, crm) for claim in claims]
    others = [
        OwnDeal(registration=None, credit=credited[key], crm=crm[key])
        for key in sorted(credited.keys() - shown_by.keys(), reverse=True)
    ]
    return [*claimed, *others]


def _claimed(
    claim: DealRegistration, shown_by: Mapping[int, int], credited: Mapping[int, Credit], crm: Mapping[int, CrmDeal]
) -> OwnDeal:
    opportunity_id = claim.opportunity_id
    if opportunity_id is None or shown_by.get(opportunity_id) != claim.pk:
        return OwnDeal(registration=claim, credit=None, crm=None)
    return OwnDeal(registration=claim, credit=credited.get(opportunity_id), crm=crm[opportunity_id])


def _shown_by(claims: Sequence[DealRegistration], credited: Mapping[int, Credit]) -> dict[int, int]:
    """Return which claim shows each opportunity: one that is alive before one that has ended, the latest first."""
    found: dict[int, int] = {}
    for claim in sorted(claims, key=lambda claim: claim.state not in SHOWS_THE_DEAL):
        key = claim.opportunity_id
        if key is not None and (claim.state in SHOWS_THE_DEAL or key in credited):
            found.setdefault(key, claim.pk)
    return found


def _crm_deals(ids: Iterable[int]) -> dict[int, CrmDeal]:
    with vendor_side():
        rows = Opportunity.objects.filter(pk__in=any_of(ids)).values_list(
            "pk", "account__name", "stage", "status", "owner_name", "next_step", "amount_minor", "currency",
            "opened_on", "close_on",
        )  # fmt: skip
        return {
            key: CrmDeal(
                id=key,
                account=account or "",
                stage=stage,
                status=OpportunityStatus(status),
                owner=owner,
                next_step=next_step,
                amount=None if minor is None else Money(minor, currency),
                opened_on=opened_on,
                close_on=close_on,
            )
            for key, account, stage, status, owner, next_step, minor, currency, opened_on, close_on in rows
        }
