"""Commands on deal registrations: each one function, one transaction, one entry in the activity stream.

Partners submit and withdraw in their own scope; everything else runs on the vendor's side.
"""

from tallystick.deals.rules.approval import StepRefused
from tallystick.deals.rules.requests import RequestRefused
from tallystick.deals.services.clocks import (
    QuestionRefused,
    answer_question,
    ask_partner,
    clock_taken,
    escalate_registrations,
    left_unanswered,
)
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
from tallystick.deals.services.converting import settle_closed_registrations
from tallystick.deals.services.deciding import (
    approve_registration,
    decline_registration,
    deem_approved,
    withdraw_registration,
)
from tallystick.deals.services.disclosing import set_disclosure
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
    link_found_opportunity,
    link_opportunity,
    opportunities_found,
)
from tallystick.deals.services.forms import (
    AnswersInvalid,
    FormPublished,
    discard_form_draft,
    publish_form,
    save_form_draft,
)
from tallystick.deals.services.next_steps import set_next_step_of_opportunity, set_next_step_of_registration
from tallystick.deals.services.reopening import ReopeningRefused, reopen_registration
from tallystick.deals.services.repeating import submit_once
from tallystick.deals.services.requests import (
    decline_request,
    grant_request,
    registered_facts,
    request_amendment,
    request_extension,
    take_back_request,
)
from tallystick.deals.services.submitting import (
    CheckedClaim,
    NewRegistration,
    Receipt,
    check_registration,
    submit_registration,
)
from tallystick.deals.services.trying import SMALL, run_trial, start_trial

__all__ = [
    "SMALL",
    "WAS_APPROVED",
    "About",
    "AnswersInvalid",
    "CheckedClaim",
    "Draft",
    "EngagementPublished",
    "FormPublished",
    "NewRegistration",
    "NothingChanged",
    "NothingSaid",
    "QuestionRefused",
    "Receipt",
    "ReopeningRefused",
    "RequestRefused",
    "RetractionRefused",
    "StepRefused",
    "answer_question",
    "approve_registration",
    "ask_partner",
    "check_registration",
    "clock_taken",
    "decline_registration",
    "decline_request",
    "deem_approved",
    "discard_form_draft",
    "ensure_rules",
    "escalate_registrations",
    "expire_protections",
    "grant_request",
    "left_unanswered",
    "link_accounts",
    "link_found_opportunity",
    "link_opportunity",
    "note_reading",
    "opportunities_found",
    "post_message",
    "publish_engagement",
    "publish_form",
    "registered_facts",
    "reopen_registration",
    "request_amendment",
    "request_extension",
    "retract_message",
    "run_trial",
    "save_engagement_draft",
    "save_form_draft",
    "set_disclosure",
    "set_next_step_of_opportunity",
    "set_next_step_of_registration",
    "settle_closed_registrations",
    "settle_question",
    "start_trial",
    "submit_once",
    "submit_registration",
    "take_back_request",
    "withdraw_registration",
    "write_internal_note",
]
