"""Registers the module with Django."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.crm"
    label = "crm"
    default_auto_field = "django.db.models.BigAutoField"
