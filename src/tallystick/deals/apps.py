"""Registers the module with Django."""

from django.apps import AppConfig


class DealsConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.deals"
    label = "deals"
    default_auto_field = "django.db.models.BigAutoField"
