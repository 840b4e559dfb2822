"""Addresses of one's own account."""

from __future__ import annotations

from django.urls import path

from tallystick.web.account import confirm, profile, second_factor, second_step, sessions, ways

app_name = "account"
urlpatterns = [
    path("", profile.profile, name="profile"),
    path("confirm/", confirm.confirm, name="confirm"),
    path("sign-in/", ways.ways, name="ways"),
    path("second-factor/", second_factor.second_factor, name="second_factor"),
    path("sign-in/password/", ways.password, name="password"),
    path("sign-in/password/remove/", ways.remove_password, name="remove_password"),
    path("sign-in/passkeys/new/", ways.add_passkey, name="add_passkey"),
    path("sign-in/passkeys/<int:passkey_id>/", ways.rename_passkey, name="passkey"),
    path("sign-in/passkeys/<int:passkey_id>/remove/", ways.remove_passkey, name="remove_passkey"),
    path("sign-in/authenticator/", second_step.authenticator, name="authenticator"),
    path("sign-in/authenticator/remove/", second_step.remove_authenticator, name="remove_authenticator"),
    path("sign-in/recovery-codes/", second_step.recovery_codes, name="recovery_codes"),
    path("sign-in/recovery-codes/download/", second_step.download_recovery_codes, name="download_recovery_codes"),
    path("sign-in/recovery-codes/renew/", second_step.renew_recovery_codes, name="renew_recovery_codes"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/end-others/", sessions.end_other_sessions, name="end_other_sessions"),
    path("sessions/<int:session_id>/end/", sessions.end_session, name="end_session"),
]
