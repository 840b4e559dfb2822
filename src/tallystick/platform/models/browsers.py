"""Browsers people have signed in from, so that a new one can be told of."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.platform.models.people import Person


class KnownBrowser(models.Model):
    """A browser and network a person has signed in from; `mark_hash` recognises the browser on other networks."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="known_browsers")
    mark_hash = models.CharField(max_length=64, help_text="SHA-256 of the mark that the browser keeps in a cookie.")
    browser = models.CharField(max_length=80, help_text='In words, such as "Firefox on Linux".')
    network = models.CharField(max_length=60, help_text="The address's network: /24, or /48 for IPv6.")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "mark_hash"], name="one_known_browser_a_mark"),
        ]

    def __str__(self) -> str:
        return f"{self.browser} at {self.network}"
