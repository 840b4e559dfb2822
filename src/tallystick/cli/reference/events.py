"""The events of the activity stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tallystick.cli.reference.markdown import page, table
from tallystick.flows.notifications import facts
from tallystick.flows.notifications.partner_words import PARTNER_VERBS
from tallystick.flows.notifications.vendor_words import VENDOR_VERBS
from tallystick.flows.webhooks.events import PUBLIC_EVENTS, PublicEvent
from tallystick.flows.webhooks.payloads import example_of

EVENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "Inbox": {
        "inbox_item_assigned": "Something that waits was given to a colleague, who is told.",
        "inbox_item_released": "Something that waits was given back to everybody.",
        "inbox_item_done": "Something that waits was called done.",
        "inbox_item_reopened": "Something that was called done waits again.",
    },
    "Workspace and people": {
        "workspace_created": "A workspace was created.",
        "workspace_changed": "The workspace's name, money, time or language was changed; both states are in the entry.",
        "brand_changed": "The vendor's logo or accent was changed.",
        "setup_dismissed": "The set-up card was put away.",
        "setup_shown": "The set-up card is shown again.",
        "mail_in_changed": "How mail is taken was changed: the address, the trusted server or the mailbox.",
        "mail_in_secret_rotated": "The webhook for mail was given another secret.",
        "mail_in_stopped": "No mail is taken any more.",
        "inbound_mail_vouched": "Somebody vouched for a mail that was held or not understood, and it was tried again.",
        "inbound_mail_discarded": "Somebody put a mail aside that was held or not understood.",
        "job_retried": "A failed background job was started again.",
        "job_cancelled": "A waiting background job was taken from the queue.",
        "person_invited": "Somebody was invited to the vendor's side, with a role.",
        "member_added": "A person became a member of the vendor's side.",
        "member_role_changed": "A member of the vendor's side was given another role.",
        "member_removed": "A person was removed from the vendor's side.",
        "invitation_accepted": "Somebody accepted an invitation and is a member from then on.",
        "api_key_created": "A key for the API was made; the entry holds what it may do, and the partner whose it is.",
        "api_key_revoked": "A key for the API was revoked: its next request is refused.",
        "invitation_withdrawn": "An invitation that was not accepted yet was taken back.",
        "person_renamed": "A person changed the name by which others know them.",
        "signed_in_from_new_browser": "A person signed in from a browser not seen before, and was told by mail.",
        "second_factor_rule_changed": "Other roles must have a second factor; both states are in the entry.",
        "second_factors_removed": "An operator removed a person's passkeys, app and recovery codes.",
        "sign_in_changed": "A person changed how they sign in: a password, a passkey, an app or recovery codes.",
    },
    "Leads": {
        "lead_introduced": "A partner introduced a company; the entry is the proof of the moment.",
        "lead_created": "The vendor wrote down a lead that is to be passed to a partner.",
        "lead_accepted": "An introduction was accepted, or a partner accepted a lead that was offered to it.",
        "lead_declined": "A lead was declined or ended; the entry holds the reason the other side reads.",
        "lead_qualified": "A lead was found worth a deal.",
        "lead_converted": "A lead became an opportunity of the CRM, or a registration of its partner.",
        "lead_offered": "A lead was offered to a partner; the entry holds until when it may accept.",
        "lead_offer_declined": "A partner declined a lead that was offered to it; the entry holds the reason.",
        "lead_offer_lapsed": "A partner did not answer in time; the next one is asked.",
        "lead_offer_withdrawn": "An offer was taken back, since somebody chose another partner.",
        "lead_returned": "Nobody is left to ask about a lead: it waits for its owner.",
        "leads_linked": "An import brought the accounts of leads.",
        "lead_answer_due": "An introduction has no answer, and little time is left.",
        "lead_offer_due": "An offered lead has no answer, and little time is left.",
        "lead_policy_published": "A version of the policy of leads was published.",
    },
    "Privacy": {
        "retention_changed": "How long things are kept was changed.",
        "old_data_removed": "What was kept long enough was removed; the entry holds how much.",
        "person_exported": "A copy of everything kept about a person was made.",
        "person_erased": "What was kept about a person was removed; the entry says how much and why, and names nobody.",
        "privacy_asked": "A person of a partner asked for a copy of their data, or for its removal.",
        "privacy_answered": "A request about somebody's own data was noted as answered.",
    },
    "Partners": {
        "partner_created": "A partner organisation was added.",
        "partner_lifecycle_changed": "A partner moved on in its lifecycle, or ended.",
        "partner_tier_changed": "A partner was given a tier from a day on.",
        "partner_person_invited": "Somebody was invited to a partner, with a role.",
        "partner_person_added": "A person became a member of a partner.",
        "partner_person_role_changed": "A person of a partner was given another role.",
        "partner_person_removed": "A person was removed from a partner.",
        "partner_details_changed": "What is known of a partner was changed; the entry holds before and after.",
        "partner_manager_changed": "A partner was given another partner manager, or none.",
        "partner_territory_added": "A partner was given a country to sell in.",
        "partner_territory_removed": "A territory was taken from a partner.",
        "partner_certificate_added": "A certificate of a partner was put on record; the entry does not say whose.",
        "partner_certificate_removed": "A certificate of a partner was taken off the record.",
        "partner_note_written": "The vendor's side noted something about a partner; the partner does not see it.",
        "partner_note_edited": "The words of a note about a partner were changed.",
        "partner_note_removed": "A note about a partner was removed.",
        "partner_note_restored": "A note about a partner that was removed is back.",
        "terms_published": "The terms of the partner portal were replaced by a new version.",
        "terms_accepted": "A person of a partner agreed to the portal's terms; the entry holds the hash of the text.",
        "team_second_factor_changed": "A partner's admin asked the own team for a second factor, or no longer does.",
        "portal_viewed_as_partner": "Somebody of the vendor's side looked at the portal as a partner sees it.",
    },
    "Files": {
        "file_stored": "A file was uploaded; the entry holds its name, size and hash.",
        "file_shared": "A file of the vendor was shared with a partner.",
        "file_unshared": "A file that was shared with a partner is the vendor's alone again.",
        "file_removed": "A file was removed.",
        "file_restored": "A file that was removed is back.",
    },
    "Lists": {
        "view_saved": "A view of a list was saved under a name.",
        "view_changed": "A saved view was renamed, shared, or holds other filters.",
        "view_removed": "A saved view was deleted.",
        "view_restored": "A saved view that was deleted is back.",
        "list_file_made": "A workbook of a long list was made for whoever asked; the entry holds its state.",
        "list_file_failed": "A workbook of a long list could not be made; who asked was told why.",
        "rows_changed_together": "Several rows of a list were changed at once; the entry holds how many and which.",
    },
    "Facts": {
        "facts_imported": "A file was loaded; the entry holds how many rows came, changed and were refused.",
        "import_undone": "An import was taken back as a whole.",
        "column_mapping_saved": "A mapping of columns was saved under a name.",
    },
    "Programme": {
        "track_created": "A track was made for a type of partner, with its owner and its KPI.",
        "plan_drafted": "A commission plan was saved as a draft.",
        "plan_published": "A version of a commission plan was published; it never changes again.",
    },
    "Deals": {
        "engagement_drafted": "Rules of engagement were saved as the draft of the next version.",
        "collaborator_added": "Somebody of either side was added to a deal or a lead, and hears of it from then on.",
        "collaborator_removed": "Somebody was taken off a deal or a lead.",
        "registration_file_added": "A file was added to a registration after it was made; both sides open it.",
        "registration_file_removed": "A file was taken off a registration by the side that sent it.",
        "form_drafted": "The forms of registrations and leads were saved as the draft of the next version.",
        "form_draft_discarded": "The draft of the forms was discarded; the version in force stays.",
        "form_published": "A version of the forms of registrations and leads was published; it never changes again.",
        "engagement_published": "A version of the rules of engagement was published; it never changes again.",
        "disclosure_set": "What partners may learn of a company was changed; the entry holds what held before.",
        "deal_registered": "A partner registered a deal; the hash of this entry is the partner's receipt.",
        "public_form_opened": "A partner's public form was opened at a new address.",
        "public_form_rotated": "A partner's public form was given another address; the old one ended.",
        "public_form_closed": "A partner's public form was closed.",
        "registration_approved": "A registration was approved; its account is protected until a day.",
        "registration_declined": "A person declined a registration, with a reason the partner reads.",
        "registration_reopened": "A decision on a registration was taken back; it waits again.",
        "registration_question_asked": "The partner was asked something before the decision; the clock stands still.",
        "registration_question_answered": "The partner answered; the clock goes on with what was left of it.",
        "registration_step_approved": "A step of an approval was taken; another person takes the next.",
        "registration_escalated": "So much of the time to answer has gone that somebody else was told.",
        "registration_deemed_approved": "Nobody answered in time and the rules approve then; the entry cites the rule.",
        "registration_converted": "A registration became an opportunity; it is protected while that is open.",
        "registration_resumed": "The opportunity of a registration that was won or lost is open again.",
        "registration_extension_requested": "A partner asked for more days of protection.",
        "registration_extended": "More days of protection were granted; the entry holds both ends.",
        "registration_extension_declined": "More days were declined, with a reason the partner reads.",
        "registration_amendment_requested": "A partner asked to change what it registered, with old and new.",
        "registration_amended": "A change was granted, by a person or by the rule for small changes.",
        "registration_amendment_declined": "A change was declined, with a reason the partner reads.",
        "registration_request_taken_back": "A partner took a request back before it was decided.",
        "registration_withdrawn": "A registration was withdrawn and its account is free.",
        "registration_linked": "A registration was tied to the opportunity it became.",
        "registrations_linked": "Registrations that had no account found theirs among new facts.",
        "registration_won": "The opportunity of an approved registration was won.",
        "registration_lost": "The opportunity of an approved registration was lost.",
        "protections_expired": "Registrations whose last protected day is past ended.",
    },
    "Conflicts": {
        "conflict_opened": "Claims stand against each other; each claimant has an entry of its own that names nobody.",
        "conflict_ruled": "A case was ruled; the entry holds the rule, its version, the reason and the parts.",
        "conflict_appealed": "A ruling was appealed: another person decides.",
        "conflict_closed": "A case is closed: decided on appeal, not appealed in time, or a claim was withdrawn.",
        "ruling_recorded": "A ruling decides an opportunity, also after the lock; or a touch counts no more, or again.",
    },
    "Conversations": {
        "message_posted": "Somebody wrote in a deal's conversation with the partner; both sides read it.",
        "message_retracted": "Somebody took back what they had written.",
        "internal_note_written": "The vendor's side wrote a note beside a conversation; the partner does not see it.",
        "question_settled": "A partner's question was called answered without a message.",
    },
    "Attribution": {
        "touch_recorded": "A touch of a partner was recorded by hand.",
        "touches_loaded": "Several touches were recorded at once.",
        "attribution_policy_published": "A version of the attribution policy was published.",
        "opportunities_decided": "Decisions changed; the entry holds their number and digest.",
    },
    "Commissions": {
        "commissions_accrued": "Invoices were settled: lines written, reversed or blocked, with their digest.",
        "approval_run_prepared": "What was earned by a day was put together to be approved, with its digest.",
        "approval_run_approved": "An approval run was approved: statements may carry its lines.",
        "approval_run_rejected": "An approval run was rejected, with the reason; its lines are free again.",
        "approval_run_undone": "An approval was taken back before any statement carried its lines, with the reason.",
        "commissions_approved": "A partner's commissions of a month were approved; the partner is told.",
        "commissions_approval_undone": "The approval of a partner's commissions of a month was taken back.",
        "commission_line_set_aside": "A commission line was kept out of approval, with the reason the partner reads.",
        "commission_line_taken_back": "A commission line that was set aside waits for approval again.",
        "seller_pay_published": "A version of what AEs are paid was published; the entry holds no single pay.",
        "approval_policy_changed": "The limit and the allowances of approvals were changed; the entry holds them.",
        "month_closed": "A month was closed with all before it; what is learned later is booked in the next open one.",
        "statement_issued": "A partner's statement of a month was issued.",
    },
    "Notifications": {
        "registration_answer_due": "A decision about a registration is due within the hours that the rules say.",
        "protection_ending": "A protection ends in as many days as one of the steps of the rules says.",
        "silence_nudged": "Nothing had happened on a deal for days: its owner at the vendor was nudged.",
        "silence_told": "Nothing had happened still: the partner was told who has the deal and when to expect news.",
        "notice_rules_changed": "The rules of reminders were changed.",
        "team_notices_changed": "A partner's admin changed what the team is told unless somebody chose otherwise.",
        "mail_unsubscribed": "Somebody ended one type of mail by its link.",
        "chat_webhook_added": "A channel of Slack or Teams was added; its address is not in the entry.",
        "chat_webhook_changed": "A channel was paused, resumed, or told of other kinds.",
        "chat_webhook_removed": "A channel was removed with its address.",
    },
    "Webhooks": {
        "webhook_added": "An endpoint that is told of events was added; of its address the entry holds the host.",
        "webhook_changed": "An endpoint leads elsewhere, is told of other events, or is called differently.",
        "webhook_secret_rotated": "An endpoint was given a new secret; the entry says how long the old one signs.",
        "webhook_paused": "An endpoint is sent nothing any more: by a person, after days of failure, or as it is gone.",
        "webhook_resumed": "An endpoint is sent to again.",
        "webhook_failing": "A message to an endpoint was tried ten times without success; its owner is told.",
        "webhook_replayed": "Messages are sent again to an endpoint; the entry holds how many.",
        "webhook_removed": "An endpoint was removed, and its secret forgotten.",
    },
}
"""Every verb of the stream with its sentence, in the order of the modules that write them."""


TAKEN_APART: Final = {
    "protections_expired": facts.PROTECTION_ENDED,
    "facts_imported": facts.STAGE_CHANGED,
    "commissions_accrued": facts.COMMISSIONS_BOOKED,
}
"""Entries about many things, with the event that each deal or partner in them is told of."""


def told_to(verb: str) -> str:
    """Return which sides are told of an entry as news: what each person hears is theirs to choose."""
    verbs = {verb, TAKEN_APART.get(verb, verb)}
    sides = [name for name, worded in (("vendor", VENDOR_VERBS), ("partner", PARTNER_VERBS)) if verbs & worded]
    return " and ".join(sides)


def public_events() -> list[str]:
    """Return the events that webhooks carry, each with its fields and an example."""
    lines = [
        "## Events for programs",
        "",
        (
            "Each message has `type`, `version`, `timestamp` (when it happened, UTC) and `data`. Fields may be added "
            "to a version; none is removed or changes its meaning without a new one. A partner's endpoint is told of "
            "what is that partner's own, and reads the fields that say so. `webhook_test` is sent when somebody asks "
            "for it."
        ),
        "",
    ]
    for name, event in PUBLIC_EVENTS.items():
        lines += [f"### `{name}` (version {event.version})", "", str(event.sentence), "", *_fields(event)]
        lines += ["```json", example_of(name, partner=False), "```", ""]
    return lines


def _fields(event: PublicEvent) -> list[str]:
    own = {field.name for field in event.for_partner}
    rows = [
        (f"`{field.name}`", field.about, "vendor and partner" if field.name in own else "vendor")
        for field in event.for_vendor
    ]
    return [*table(["Field", "What it is", "Who reads it"], rows), ""]


def events_page() -> str:
    """Return the page of events, in one table for each kind of subject."""
    body: list[str] = []
    for subject, sentences in EVENTS.items():
        rows = [(f"`{verb}`", sentence, told_to(verb)) for verb, sentence in sentences.items()]
        body += [f"## {subject}", "", *table(["Event", "What happened", "Who is told"], rows), ""]
    body += public_events()
    return page(
        "Events",
        introduction=(
            "What is written to [the activity stream](../explanation/activity.md), each time with who did it, when, "
            "and its figures. The last column says which side is told of it as news; "
            "[how](../how-to/notifications.md). What programs are told by [webhooks](../how-to/webhooks.md) is "
            "[below](#events-for-programs)."
        ),
        body=body,
    )
