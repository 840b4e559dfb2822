"""The operations of the API, a module a subject, in the order in which the documentation shows them."""

from __future__ import annotations

from typing import Final

from ninja import Router

from tallystick.web.api.operations import (
    accounts,
    activity,
    attachments,
    attribution,
    billing,
    caller,
    collaborators,
    commissions,
    conflicts,
    engagement,
    forms,
    handling,
    imports,
    leads,
    opportunities,
    own_deals,
    own_earnings,
    own_leads,
    partners,
    registrations,
    seller_pay,
    webhooks,
)

ROUTERS: Final[tuple[Router, ...]] = (
    caller.router,
    registrations.router,
    handling.router,
    collaborators.router,
    attachments.router,
    leads.router,
    conflicts.router,
    engagement.router,
    forms.router,
    partners.router,
    accounts.router,
    opportunities.router,
    attribution.router,
    billing.router,
    commissions.router,
    seller_pay.router,
    imports.router,
    activity.router,
    webhooks.router,
    own_deals.router,
    own_leads.router,
    own_earnings.router,
)
