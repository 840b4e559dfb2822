"""Addresses of the settings, added to those of the console."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from tallystick.web.console.new_partner import new_partner, new_partner_preview
from tallystick.web.console.notices import choose_digest, choose_notices, notice_settings
from tallystick.web.console.settings import api_keys, people, webhooks
from tallystick.web.console.settings import registration_forms as forms
from tallystick.web.console.settings.approval_policy import approval_policy, change_approval_policy
from tallystick.web.console.settings.audit import audit
from tallystick.web.console.settings.branding import branding
from tallystick.web.console.settings.demo_data import demo_data
from tallystick.web.console.settings.disclosure import disclosure_settings
from tallystick.web.console.settings.engagement import (
    draft_engagement,
    engagement,
    engagement_trial,
    engagement_version,
    publish_rules,
    try_rules,
)
from tallystick.web.console.settings.inbound import (
    discard_inbound_mail,
    inbound_mail,
    inbound_mails,
    take_inbound_mail,
)
from tallystick.web.console.settings.jobs import cancel, jobs, retry
from tallystick.web.console.settings.mail_in import mail_in, rotate_mail_secret, show_mail_secret, stop_mail
from tallystick.web.console.settings.plans import plan_draft, plan_version, plans, publish
from tallystick.web.console.settings.privacy import answer_request, privacy, privacy_person
from tallystick.web.console.settings.reminders import (
    add_chat,
    reminder_settings,
    remove_chat,
    restore_reminders,
    switch_chat,
    try_chat,
)
from tallystick.web.console.settings.second_factor import second_factor_settings
from tallystick.web.console.settings.sections import settings_index
from tallystick.web.console.settings.seller_pay import seller_pay_csv, seller_pay_table
from tallystick.web.console.settings.terms import new_terms, terms_settings, terms_version
from tallystick.web.console.settings.workspace import workspace_effects, workspace_settings
from tallystick.web.console.setup import bring_setup_back, put_setup_away

SETTINGS_PATTERNS: Final[list[URLPattern]] = [
    path("settings/", settings_index, name="settings"),
    path("settings/people/", people.people, name="people"),
    path("settings/people/invite/", people.invite_member, name="person_invite"),
    path("settings/people/<int:membership_id>/remove/", people.remove_from_workspace, name="person_remove"),
    path("settings/people/<int:membership_id>/renew/", people.renew_member_invitation, name="person_renew"),
    path("settings/people/<int:membership_id>/withdraw/", people.withdraw_member_invitation, name="person_withdraw"),
    path("settings/api-keys/", api_keys.keys, name="api_keys"),
    path("settings/api-keys/<int:key_id>/revoke/", api_keys.revoke_key, name="api_key_revoke"),
    path("settings/second-factor/", second_factor_settings, name="second_factor_settings"),
    path("settings/webhooks/", webhooks.webhooks, name="webhooks"),
    path("settings/webhooks/<int:endpoint_id>/", webhooks.webhook, name="webhook"),
    path("settings/webhooks/<int:endpoint_id>/rotate/", webhooks.rotate, name="webhook_rotate"),
    path("settings/webhooks/<int:endpoint_id>/switch/", webhooks.switch, name="webhook_switch"),
    path("settings/webhooks/<int:endpoint_id>/test/", webhooks.test, name="webhook_test"),
    path("settings/webhooks/<int:endpoint_id>/replay/", webhooks.replay, name="webhook_replay"),
    path("settings/webhooks/<int:endpoint_id>/remove/", webhooks.remove, name="webhook_remove"),
    path("settings/webhooks/sent/", webhooks.deliveries, name="webhook_deliveries"),
    path("settings/webhooks/sent/<int:delivery_id>/", webhooks.delivery, name="webhook_delivery"),
    path("settings/webhooks/sent/<int:delivery_id>/again/", webhooks.again, name="webhook_again"),
    path("settings/mail-in/", mail_in, name="mail_in"),
    path("settings/mail-in/secret/", show_mail_secret, name="show_mail_secret"),
    path("settings/mail-in/secret/rotate/", rotate_mail_secret, name="rotate_mail_secret"),
    path("settings/mail-in/stop/", stop_mail, name="stop_mail"),
    path("settings/mail-in/mails/", inbound_mails, name="inbound_mails"),
    path("settings/mail-in/mails/<int:mail_id>/", inbound_mail, name="inbound_mail"),
    path("settings/mail-in/mails/<int:mail_id>/take/", take_inbound_mail, name="take_inbound_mail"),
    path("settings/mail-in/mails/<int:mail_id>/put-aside/", discard_inbound_mail, name="discard_inbound_mail"),
    path("settings/notifications/", notice_settings, name="notice_settings"),
    path("settings/reminders/", reminder_settings, name="reminder_settings"),
    path("settings/reminders/restore/", restore_reminders, name="restore_reminders"),
    path("settings/reminders/chat/", add_chat, name="add_chat"),
    path("settings/reminders/chat/<int:webhook_id>/test/", try_chat, name="try_chat"),
    path("settings/reminders/chat/<int:webhook_id>/switch/", switch_chat, name="switch_chat"),
    path("settings/reminders/chat/<int:webhook_id>/remove/", remove_chat, name="remove_chat"),
    path("settings/notifications/choose/", choose_notices, name="choose_notices"),
    path("settings/notifications/digest/", choose_digest, name="choose_digest"),
    path("setup/away/", put_setup_away, name="put_setup_away"),
    path("setup/back/", bring_setup_back, name="bring_setup_back"),
    path("partners/new/", new_partner, name="add_partner"),
    path("partners/new/preview/", new_partner_preview, name="new_partner_preview"),
    path("settings/plans/", plans, name="plans"),
    path("settings/plans/draft/", plan_draft, name="plan_draft"),
    path("settings/plans/<int:version_id>/", plan_version, name="plan_version"),
    path("settings/plans/<int:version_id>/publish/", publish, name="publish_plan"),
    path("settings/approvals/", approval_policy, name="approval_policy"),
    path("settings/approvals/change/", change_approval_policy, name="change_approval_policy"),
    path("settings/engagement/", engagement, name="engagement"),
    path("settings/engagement/draft/", draft_engagement, name="draft_engagement"),
    path("settings/engagement/<int:version_id>/", engagement_version, name="engagement_version"),
    path("settings/engagement/<int:version_id>/publish/", publish_rules, name="publish_engagement"),
    path("settings/engagement/<int:version_id>/try/", try_rules, name="try_engagement"),
    path("settings/engagement/trials/<int:trial_id>/", engagement_trial, name="engagement_trial"),
    path("settings/forms/", forms.registration_forms, name="registration_forms"),
    path("settings/forms/preview/", forms.form_preview, name="form_preview"),
    path("settings/forms/text/", forms.form_text, name="form_text"),
    path("settings/forms/discard/", forms.discard_draft, name="discard_form_draft"),
    path("settings/forms/versions/<int:version_id>/", forms.form_version, name="form_version"),
    path("settings/forms/versions/<int:version_id>/publish/", forms.publish_registration_form, name="publish_form"),
    path("settings/forms/<slug:subject>/new/", forms.form_field, name="new_form_field"),
    path("settings/forms/<slug:subject>/fields/<slug:field_id>/", forms.form_field, name="form_field"),
    path("settings/forms/<slug:subject>/fields/<slug:field_id>/move/", forms.move_field, name="move_form_field"),
    path("settings/forms/<slug:subject>/fields/<slug:field_id>/remove/", forms.remove_field, name="remove_form_field"),
    path("settings/seller-pay/", seller_pay_table, name="seller_pay_table"),
    path("settings/seller-pay/table.csv", seller_pay_csv, name="seller_pay_csv"),
    path("settings/disclosure/", disclosure_settings, name="disclosure_settings"),
    path("settings/terms/", terms_settings, name="terms_settings"),
    path("settings/terms/new/", new_terms, name="new_terms"),
    path("settings/terms/<int:number>/", terms_version, name="terms_version"),
    path("settings/branding/", branding, name="branding"),
    path("settings/jobs/", jobs, name="jobs"),
    path("settings/jobs/<int:job_id>/retry/", retry, name="retry_job"),
    path("settings/jobs/<int:job_id>/cancel/", cancel, name="cancel_job"),
    path("settings/audit/", audit, name="audit"),
    path("settings/privacy/", privacy, name="privacy"),
    path("settings/privacy/person/", privacy_person, name="privacy_person"),
    path("settings/privacy/requests/<int:request_id>/answer/", answer_request, name="answer_privacy_request"),
    path("settings/demo/", demo_data, name="demo_data"),
    path("settings/workspace/", workspace_settings, name="workspace_settings"),
    path("settings/workspace/effects/", workspace_effects, name="workspace_effects"),
]
