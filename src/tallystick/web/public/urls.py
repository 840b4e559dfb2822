"""Addresses of signing in and of choosing where to work."""

from __future__ import annotations

from django.urls import path

from tallystick.web.portal.register_link import (
    calendar_by_link,
    check_by_link,
    draft_by_link,
    receipt_by_link,
    register_by_link,
)
from tallystick.web.public.invitations import invitation_page
from tallystick.web.public.mail_links import mail_action, unsubscribe_page
from tallystick.web.public.other_ways import passkey_sign_in, password_page, second_step_page
from tallystick.web.public.partner_form import outside_receipt, public_form
from tallystick.web.public.places import choose_place, start_page, view_as_oneself, view_as_partner
from tallystick.web.public.sign_in import code_page, link_page, sign_in_page, sign_out
from tallystick.web.public.start import empty_server, first_workspace, start_own
from tallystick.web.public.verify import verify_receipt

urlpatterns = [
    path("", start_page, name="start"),
    path("sign-in/", sign_in_page, name="account_login"),
    # allauth asks for these two by name; there is one page to sign in, and none to register.
    path("sign-in/", sign_in_page, name="account_request_login_code"),
    path("sign-in/", sign_in_page, name="account_signup"),
    path("sign-in/code/", code_page, name="account_confirm_login_code"),
    path("sign-in/password/", password_page, name="sign_in_password"),
    path("sign-in/passkey/", passkey_sign_in, name="sign_in_passkey"),
    path("sign-in/second-step/", second_step_page, name="mfa_authenticate"),
    path("sign-in/link/<str:token>/", link_page, name="sign_in_link"),
    path("sign-out/", sign_out, name="account_logout"),
    path("invitation/<str:token>/", invitation_page, name="accept_invitation"),
    path("register/partner/<str:token>/", public_form, name="public_form"),
    path("register/receipt/<str:token>/", outside_receipt, name="outside_receipt"),
    path("register/<str:token>/", register_by_link, name="register_link"),
    path("register/<str:token>/check/", check_by_link, name="register_link_check"),
    path("register/<str:token>/draft/", draft_by_link, name="register_link_draft"),
    path("register/<str:token>/<str:reference>/", receipt_by_link, name="register_link_receipt"),
    path("register/<str:token>/<str:reference>/calendar/", calendar_by_link, name="register_link_calendar"),
    path("mail/act/<str:token>/", mail_action, name="mail_action"),
    path("mail/unsubscribe/<str:token>/", unsubscribe_page, name="unsubscribe"),
    path("verify/", verify_receipt, name="verify"),
    path("verify/<str:proof>/", verify_receipt, name="verify_receipt"),
    path("places/", choose_place, name="choose_place"),
    path("start/", start_own, name="start_own"),
    path("first/", empty_server, name="empty_server"),
    path("first/<str:token>/", first_workspace, name="first_workspace"),
    path("view-as/<int:partner_id>/", view_as_partner, name="view_as_partner"),
    path("view-as/leave/", view_as_oneself, name="view_as_oneself"),
]
