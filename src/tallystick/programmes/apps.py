"""Registers the module with Django."""

from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.programmes"
    label = "programmes"
    default_auto_field = "django.db.models.BigAutoField"
