"""Registers the module with Django."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """Django's view of the module."""

    name = "tallystick.platform"
    label = "platform"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the pseudo-languages known, where the settings offer them."""
        # Importing it needs the settings, which are ready only now.
        from tallystick.platform.languages import install_pseudo_languages

        install_pseudo_languages()
