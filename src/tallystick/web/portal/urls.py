"""Addresses of the portal, included below `portal/`: each names the thing it shows."""

from __future__ import annotations

from django.urls import path

from tallystick.web.portal import api_keys, team, webhooks
from tallystick.web.portal.claim_files import attach_files, take_file_off
from tallystick.web.portal.collaborators import add_collaborator, remove_collaborator
from tallystick.web.portal.conflict import appeal, conflict, dispute
from tallystick.web.portal.deal import credited_deal, registered_deal, withdraw
from tallystick.web.portal.deal_requests import amend, answer, extend, take_request_back
from tallystick.web.portal.deals import deals
from tallystick.web.portal.earnings import earnings, line
from tallystick.web.portal.files import stored_file
from tallystick.web.portal.home import home
from tallystick.web.portal.lead_urls import LEAD_PATTERNS
from tallystick.web.portal.lists import LIST_PATTERNS
from tallystick.web.portal.messages import take_back, write_on_deal, write_on_registration
from tallystick.web.portal.notices import (
    choose_digest,
    choose_notices,
    notice_settings,
    notices,
    read_notices,
    unread_notices,
)
from tallystick.web.portal.own_data import own_data
from tallystick.web.portal.palette import palette
from tallystick.web.portal.programme import programme
from tallystick.web.portal.register import check, draft, receipt, receipt_calendar, register
from tallystick.web.portal.statements import statement, statements
from tallystick.web.portal.team_form import change_public_form
from tallystick.web.portal.team_second_factor import require_factor, stop_requiring
from tallystick.web.portal.terms import terms

app_name = "portal"
urlpatterns = [
    path("", home, name="home"),
    path("palette/", palette, name="palette"),
    path("register/", register, name="register"),
    path("register/check/", check, name="check"),
    path("register/draft/", draft, name="draft"),
    path("deals/", deals, name="deals"),
    path("deals/credited/<int:opportunity_id>/", credited_deal, name="credited_deal"),
    path("deals/credited/<int:opportunity_id>/messages/", write_on_deal, name="write_on_deal"),
    path("deals/messages/<int:message_id>/take-back/", take_back, name="retract_message"),
    path("deals/<str:reference>/messages/", write_on_registration, name="write_on_registration"),
    path("deals/people/<slug:sort>/<slug:key>/", add_collaborator, name="add_collaborator"),
    path(
        "deals/people/<slug:sort>/<slug:key>/<int:collaborator_id>/remove/",
        remove_collaborator,
        name="remove_collaborator",
    ),
    path("deals/<str:reference>/", registered_deal, name="deal"),
    path("deals/<str:reference>/receipt/", receipt, name="receipt"),
    path("deals/<str:reference>/receipt/calendar/", receipt_calendar, name="receipt_calendar"),
    path("deals/<str:reference>/files/", attach_files, name="attach_files"),
    path("deals/<str:reference>/files/<int:file_id>/remove/", take_file_off, name="take_file_off"),
    path("deals/<str:reference>/withdraw/", withdraw, name="withdraw"),
    path("deals/<str:reference>/answer/", answer, name="answer_question"),
    path("deals/<str:reference>/extend/", extend, name="extend"),
    path("deals/<str:reference>/amend/", amend, name="amend"),
    path("deals/<str:reference>/requests/<int:request_id>/take-back/", take_request_back, name="take_request_back"),
    *LEAD_PATTERNS,
    path("deals/<str:reference>/dispute/", dispute, name="dispute"),
    path("conflicts/<str:reference>/", conflict, name="conflict"),
    path("conflicts/<str:reference>/appeal/", appeal, name="appeal"),
    path("earnings/", earnings, name="earnings"),
    path("earnings/lines/<int:line_id>/", line, name="line"),
    path("earnings/statements/", statements, name="statements"),
    path("earnings/statements/<int:statement_id>/", statement, name="statement"),
    path("terms/", terms, name="terms"),
    path("team/second-factor/", require_factor, name="team_require_factor"),
    path("team/second-factor/stop/", stop_requiring, name="team_stop_factor"),
    path("team/", team.team, name="team"),
    path("api-keys/", api_keys.keys, name="api_keys"),
    path("api-keys/<int:key_id>/revoke/", api_keys.revoke_key, name="api_key_revoke"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<int:endpoint_id>/", webhooks.webhook, name="webhook"),
    path("webhooks/<int:endpoint_id>/rotate/", webhooks.rotate, name="webhook_rotate"),
    path("webhooks/<int:endpoint_id>/switch/", webhooks.switch, name="webhook_switch"),
    path("webhooks/<int:endpoint_id>/test/", webhooks.test, name="webhook_test"),
    path("webhooks/<int:endpoint_id>/replay/", webhooks.replay, name="webhook_replay"),
    path("webhooks/<int:endpoint_id>/remove/", webhooks.remove, name="webhook_remove"),
    path("webhooks/sent/", webhooks.deliveries, name="webhook_deliveries"),
    path("webhooks/sent/<int:delivery_id>/", webhooks.delivery, name="webhook_delivery"),
    path("webhooks/sent/<int:delivery_id>/again/", webhooks.again, name="webhook_again"),
    path("team/invite/", team.invite, name="team_invite"),
    path("team/public-form/<slug:action>/", change_public_form, name="change_public_form"),
    path("team/<int:membership_id>/role/", team.change_role, name="team_role"),
    path("team/<int:membership_id>/remove/", team.remove, name="team_remove"),
    path("team/<int:membership_id>/renew/", team.renew, name="team_renew"),
    path("team/<int:membership_id>/withdraw/", team.withdraw_invitation, name="team_withdraw"),
    path("programme/", programme, name="programme"),
    path("your-data/", own_data, name="own_data"),
    path("files/<int:file_id>/", stored_file, name="file"),
    path("notifications/", notices, name="notices"),
    path("notifications/read/", read_notices, name="read_notices"),
    path("notifications/unread/", unread_notices, name="unread_notices"),
    path("notifications/settings/", notice_settings, name="notice_settings"),
    path("notifications/settings/choose/", choose_notices, name="choose_notices"),
    path("notifications/settings/digest/", choose_digest, name="choose_digest"),
    *LIST_PATTERNS,
]
