"""Registers the module with Django."""

from django.apps import AppConfig


class AttributionConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.attribution"
    label = "attribution"
    default_auto_field = "django.db.models.BigAutoField"
