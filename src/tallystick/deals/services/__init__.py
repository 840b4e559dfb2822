"""Commands on deal registrations: each one function, one transaction, one entry in the activity stream.

Partners submit and withdraw in their own scope; everything else runs on the vendor's side.
"""

from tallystick.deals.services.conversing import (
    About,
    Draft,
    NothingSaid,
    RetractionRefused,
    note_reading,
    post_message,
    retract_message,
    settle_question,
    write_internal_note,
)
from tallystick.deals.services.deciding import approve_registration, decline_registration, withdraw_registration
from tallystick.deals.services.engagement import (
    EngagementPublished,
    NothingChanged,
    ensure_rules,
    publish_engagement,
    save_engagement_draft,
)
from tallystick.deals.services.following import (
    WAS_APPROVED,
    expire_protections,
    link_accounts,
    link_opportunities,
    link_opportunity,
    settle_closed_registrations,
)
from tallystick.deals.services.next_steps import set_next_step_of_opportunity, set_next_step_of_registration
from tallystick.deals.services.reopening import ReopeningRefused, reopen_registration
from tallystick.deals.services.repeating import submit_once
from tallystick.deals.services.submitting import NewRegistration, Receipt, check_registration, submit_registration
from tallystick.deals.services.trying import SMALL, run_trial, start_trial

__all__ = [
    "SMALL",
    "WAS_APPROVED",
    "About",
    "Draft",
    "EngagementPublished",
    "NewRegistration",
    "NothingChanged",
    "NothingSaid",
    "Receipt",
    "ReopeningRefused",
    "RetractionRefused",
    "approve_registration",
    "check_registration",
    "decline_registration",
    "ensure_rules",
    "expire_protections",
    "link_accounts",
    "link_opportunities",
    "link_opportunity",
    "note_reading",
    "post_message",
    "publish_engagement",
    "reopen_registration",
    "retract_message",
    "run_trial",
    "save_engagement_draft",
    "set_next_step_of_opportunity",
    "set_next_step_of_registration",
    "settle_closed_registrations",
    "settle_question",
    "start_trial",
    "submit_once",
    "submit_registration",
    "withdraw_registration",
    "write_internal_note",
]
