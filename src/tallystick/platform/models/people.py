"""People, who are global, and their memberships at the vendor."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tallystick.platform.tenancy import TenantModel, Visibility


class PersonManager(BaseUserManager["Person"]):
    """Creates people by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> Person:
        """Create a person who signs in by e-mail code; a password is optional."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        """Find a person by e-mail address, whatever its case."""
        return self.get(email__iexact=username)


class Theme(models.TextChoices):
    """Light or dark, where somebody does not want to follow the system."""

    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Person(AbstractBaseUser):
    """Someone who signs in. People are global; what they may see hangs on their memberships."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(
        max_length=12, default="", blank=True, help_text="Language to write in; empty for that of the installation."
    )
    time_zone = models.CharField(
        max_length=40, default="", blank=True, help_text="IANA name to tell times in; empty for the workspace's."
    )
    theme = models.CharField(max_length=5, choices=Theme, default="", blank=True, help_text="Empty follows the system.")
    single_keys = models.BooleanField(default=True, help_text="Single letters are keyboard shortcuts.")
    last_place = models.CharField(max_length=40, default="", blank=True, help_text="Key of the place worked in last.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[PersonManager] = PersonManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name_plural = "people"
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="person_email_is_unique_in_any_case")]

    def __str__(self) -> str:
        return self.name or self.email


class WorkspaceRole(models.TextChoices):
    """What a person at the vendor does; permissions follow in `platform.access`."""

    ADMIN = "admin", _("Admin")
    PARTNER_MANAGER = "partner_manager", _("Partner manager")
    AE = "ae", _("Account executive")
    REVOPS = "revops", _("RevOps")
    FINANCE = "finance", _("Finance")
    EXECUTIVE = "executive", _("Executive")


class Membership(TenantModel):
    """A person at the vendor, in one role; invited until `accepted_at` is set."""

    visibility = Visibility.VENDOR
    person_reads_own = True

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=WorkspaceRole)
    invited_at = models.DateTimeField()
    invitation_expires_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True, help_text="Last request in this workspace, to within minutes.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "person"], name="one_membership_a_person_and_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"
