"""Registers the module with Django."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.platform"
    label = "platform"
    default_auto_field = "django.db.models.BigAutoField"
