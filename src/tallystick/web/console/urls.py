"""Addresses of the console, included at the root: each names the thing it shows."""

from __future__ import annotations

from django.urls import path

from tallystick.web.console.activity import activity, chain_check
from tallystick.web.console.approval_run import (
    approval_run,
    approve_run,
    reject_run,
    set_aside,
    take_line_back,
    undo_run,
)
from tallystick.web.console.approvals import approvals, prepare
from tallystick.web.console.attribution import policy
from tallystick.web.console.blocked import blocked
from tallystick.web.console.choices import choices
from tallystick.web.console.claim_files import attach_files, take_file_off
from tallystick.web.console.collaborators import add_collaborator, remove_collaborator
from tallystick.web.console.commission_lines import commission_line, commissions
from tallystick.web.console.conflict import appeal_conflict, conflict, open_case, rule_conflict
from tallystick.web.console.conflicts import conflicts
from tallystick.web.console.deal import approve, deal, decline, registration
from tallystick.web.console.deal_list import deals
from tallystick.web.console.deal_requests import ask, grant, refuse
from tallystick.web.console.directory import partners
from tallystick.web.console.ecosystem import ecosystem
from tallystick.web.console.figures import one_figure
from tallystick.web.console.files import stored_file
from tallystick.web.console.gaps import gaps
from tallystick.web.console.import_urls import IMPORT_PATTERNS
from tallystick.web.console.inbox import (
    approve_item,
    assign_item,
    bring_item_back,
    call_item_done,
    inbox,
    inbox_item,
    put_item_off,
    reopen_item,
)
from tallystick.web.console.lead_urls import LEAD_PATTERNS
from tallystick.web.console.ledger import attribution
from tallystick.web.console.lists import LIST_PATTERNS
from tallystick.web.console.messages import settle, take_back, write_on_deal, write_on_registration
from tallystick.web.console.notices import notices, read_notices, unread_notices
from tallystick.web.console.overview import overview_page
from tallystick.web.console.palette import palette
from tallystick.web.console.partner_edit import edit, log_touch, save_details, save_lifecycle, save_tier
from tallystick.web.console.partner_form import change_public_form
from tallystick.web.console.partner_records import (
    change_file,
    change_note,
    edit_note,
    remove_file,
    remove_note,
    upload_files,
    write_note,
)
from tallystick.web.console.partner_standing import (
    add_certificate,
    add_territory,
    remove_certificate,
    remove_territory,
)
from tallystick.web.console.partners import invite, partner, renew, take_away
from tallystick.web.console.seller_pay import check_seller_pay_again, seller_pay, seller_pay_deal
from tallystick.web.console.settings.urls import SETTINGS_PATTERNS
from tallystick.web.console.statement_list import statement_list
from tallystick.web.console.statements import issue, statement

app_name = "console"
urlpatterns = [
    path("overview/", overview_page, name="overview"),
    path("inbox/", inbox, name="inbox"),
    path("inbox/item/", inbox_item, name="inbox_item"),
    path("inbox/put-off/", put_item_off, name="put_item_off"),
    path("inbox/bring-back/", bring_item_back, name="bring_item_back"),
    path("inbox/give/", assign_item, name="assign_item"),
    path("inbox/done/", call_item_done, name="call_item_done"),
    path("inbox/reopen/", reopen_item, name="reopen_item"),
    path("inbox/approve/", approve_item, name="approve_item"),
    path("figures/<slug:metric_id>/", one_figure, name="figure"),
    path("deals/", deals, name="deals"),
    path("deals/<int:opportunity_id>/", deal, name="deal"),
    path("deals/people/<slug:sort>/<slug:key>/", add_collaborator, name="add_collaborator"),
    path(
        "deals/people/<slug:sort>/<slug:key>/<int:collaborator_id>/remove/",
        remove_collaborator,
        name="remove_collaborator",
    ),
    path("deals/registrations/<str:reference>/", registration, name="registration"),
    path("deals/registrations/<str:reference>/approve/", approve, name="approve"),
    path("deals/registrations/<str:reference>/decline/", decline, name="decline"),
    path("deals/registrations/<str:reference>/files/", attach_files, name="attach_files"),
    path(
        "deals/registrations/<str:reference>/files/<int:file_id>/remove/",
        take_file_off,
        name="take_file_off",
    ),
    path("deals/registrations/<str:reference>/ask/", ask, name="ask"),
    path("deals/registrations/<str:reference>/requests/<int:request_id>/grant/", grant, name="grant_request"),
    path("deals/registrations/<str:reference>/requests/<int:request_id>/decline/", refuse, name="decline_request"),
    path("deals/registrations/<str:reference>/messages/", write_on_registration, name="write_on_registration"),
    path("deals/<int:opportunity_id>/messages/<int:partner_id>/", write_on_deal, name="write_on_deal"),
    path("deals/messages/<int:message_id>/take-back/", take_back, name="retract_message"),
    path("deals/threads/<int:thread_id>/settle/", settle, name="settle_question"),
    *LEAD_PATTERNS,
    path("attribution/", attribution, name="attribution"),
    path("attribution/gaps/", gaps, name="gaps"),
    path("attribution/policy/", policy, name="policy"),
    path("commissions/", commissions, name="commissions"),
    path("seller-pay/", seller_pay, name="seller_pay"),
    path("seller-pay/compare/", check_seller_pay_again, name="check_seller_pay"),
    path("seller-pay/<int:opportunity_id>/", seller_pay_deal, name="seller_pay_deal"),
    path("commissions/lines/<int:line_id>/", commission_line, name="commission_line"),
    path("commissions/lines/<int:line_id>/set-aside/", set_aside, name="set_aside"),
    path("commissions/lines/<int:line_id>/take-back/", take_line_back, name="take_back"),
    path("commissions/blocked/", blocked, name="blocked"),
    path("commissions/approvals/", approvals, name="approvals"),
    path("commissions/approvals/prepare/", prepare, name="prepare_approval"),
    path("commissions/approvals/<int:run_id>/", approval_run, name="approval_run"),
    path("commissions/approvals/<int:run_id>/approve/", approve_run, name="approve_run"),
    path("commissions/approvals/<int:run_id>/reject/", reject_run, name="reject_run"),
    path("commissions/approvals/<int:run_id>/undo/", undo_run, name="undo_run"),
    path("commissions/statements/", statement_list, name="statements"),
    path("commissions/statements/issue/", issue, name="issue"),
    path("commissions/statements/<int:statement_id>/", statement, name="statement"),
    path("ecosystem/", ecosystem, name="ecosystem"),
    path("partners/", partners, name="partners"),
    path("partners/<int:partner_id>/", partner, name="partner"),
    path("partners/<int:partner_id>/invite/", invite, name="invite"),
    path("partners/<int:partner_id>/public-form/<slug:action>/", change_public_form, name="change_public_form"),
    path("partners/<int:partner_id>/people/<int:membership_id>/renew/", renew, name="renew_partner_person"),
    path("partners/<int:partner_id>/people/<int:membership_id>/remove/", take_away, name="take_partner_person"),
    path("partners/<int:partner_id>/edit/", edit, name="edit_partner"),
    path("partners/<int:partner_id>/edit/details/", save_details, name="save_partner_details"),
    path("partners/<int:partner_id>/edit/tier/", save_tier, name="save_partner_tier"),
    path("partners/<int:partner_id>/edit/lifecycle/", save_lifecycle, name="save_partner_lifecycle"),
    path("partners/<int:partner_id>/log/", log_touch, name="log_touch"),
    path("partners/<int:partner_id>/notes/", write_note, name="write_note"),
    path("partners/<int:partner_id>/notes/<int:note_id>/", edit_note, name="edit_note"),
    path("partners/<int:partner_id>/notes/<int:note_id>/remove/", remove_note, name="remove_note"),
    path("partners/<int:partner_id>/notes/<int:note_id>/<slug:action>/", change_note, name="change_note"),
    path("partners/<int:partner_id>/territories/", add_territory, name="add_territory"),
    path("partners/<int:partner_id>/territories/<int:territory_id>/remove/", remove_territory, name="remove_territory"),
    path("partners/<int:partner_id>/certificates/", add_certificate, name="add_certificate"),
    path(
        "partners/<int:partner_id>/certificates/<int:certificate_id>/remove/",
        remove_certificate,
        name="remove_certificate",
    ),
    path("partners/<int:partner_id>/files/", upload_files, name="upload_partner_files"),
    path("partners/<int:partner_id>/files/<int:file_id>/remove/", remove_file, name="remove_file"),
    path("partners/<int:partner_id>/files/<int:file_id>/<slug:action>/", change_file, name="change_file"),
    path("files/<int:file_id>/", stored_file, name="file"),
    *IMPORT_PATTERNS,
    path("notifications/", notices, name="notices"),
    path("notifications/read/", read_notices, name="read_notices"),
    path("notifications/unread/", unread_notices, name="unread_notices"),
    path("palette/", palette, name="palette"),
    path("choices/<slug:name>/", choices, name="choices"),
    path("activity/", activity, name="activity"),
    path("activity/check/", chain_check, name="chain_check"),
    path("conflicts/", conflicts, name="conflicts"),
    path("conflicts/<int:conflict_id>/", conflict, name="conflict"),
    path("conflicts/<int:conflict_id>/rule/", rule_conflict, name="rule_conflict"),
    path("conflicts/<int:conflict_id>/appeal/", appeal_conflict, name="appeal_conflict"),
    path("deals/registrations/<str:reference>/conflict/", open_case, name="open_conflict"),
    *LIST_PATTERNS,
    *SETTINGS_PATTERNS,
]
