"""Registers the module with Django."""

from django.apps import AppConfig


class PartnersConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.partners"
    label = "partners"
    default_auto_field = "django.db.models.BigAutoField"
