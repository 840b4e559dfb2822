"""Commands on leads: each one function, one transaction, its entries in the activity stream.

Partners introduce leads and answer those offered to them in their own scope; everything else runs on the vendor's side.
Specified in docs/explanation/leads.md.
"""

from tallystick.deals.services.leads.answering import (
    AnotherAccountsDeal,
    Converted,
    accept_lead,
    convert_lead,
    decline_lead,
    qualify_lead,
    register_lead,
)
from tallystick.deals.services.leads.following import convert_found_leads, link_lead_accounts
from tallystick.deals.services.leads.holding import LeadReasonMissing
from tallystick.deals.services.leads.introducing import (
    LEAD_ENTROPY,
    AlreadyIntroduced,
    Introduction,
    NewLead,
    create_lead,
    introduce_lead,
)
from tallystick.deals.services.leads.offering import (
    CannotAsk,
    OfferGone,
    accept_offer,
    decline_offer,
    lapse_offers,
    offer_lead,
    offer_lead_to,
)
from tallystick.deals.services.leads.policies import PublishedLeadPolicy, current_lead_policy, publish_lead_policy

__all__ = [
    "LEAD_ENTROPY",
    "AlreadyIntroduced",
    "AnotherAccountsDeal",
    "CannotAsk",
    "Converted",
    "Introduction",
    "LeadReasonMissing",
    "NewLead",
    "OfferGone",
    "PublishedLeadPolicy",
    "accept_lead",
    "accept_offer",
    "convert_found_leads",
    "convert_lead",
    "create_lead",
    "current_lead_policy",
    "decline_lead",
    "decline_offer",
    "introduce_lead",
    "lapse_offers",
    "link_lead_accounts",
    "offer_lead",
    "offer_lead_to",
    "publish_lead_policy",
    "qualify_lead",
    "register_lead",
]
