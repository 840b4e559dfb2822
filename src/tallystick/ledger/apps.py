"""Registers the module with Django."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
