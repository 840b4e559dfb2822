"""Registers the module with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
