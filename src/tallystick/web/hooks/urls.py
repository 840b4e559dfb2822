"""Addresses that other programs post to, included below `hooks/`."""

from __future__ import annotations

from django.urls import path

from tallystick.web.hooks.mail import inbound_mail

app_name = "hooks"
urlpatterns = [path("mail/<int:workspace_id>/", inbound_mail, name="mail")]
