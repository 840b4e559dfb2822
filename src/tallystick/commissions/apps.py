"""Registers the module with Django."""

from django.apps import AppConfig


class CommissionsConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.commissions"
    label = "commissions"
    default_auto_field = "django.db.models.BigAutoField"
