"""Registers the module with Django."""

from django.apps import AppConfig


class InsightsConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.insights"
    label = "insights"
    default_auto_field = "django.db.models.BigAutoField"
