"""Workspaces, people, memberships and the activity stream."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from tallystick.platform.tenancy import TenantModel, Visibility


class Workspace(models.Model):
    """The vendor company that runs a partner programme: the tenant."""

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3, help_text="Reporting currency, ISO 4217.")
    time_zone = models.CharField(max_length=40, default="UTC", help_text="IANA name; business dates are taken in it.")
    fiscal_year_start = models.PositiveSmallIntegerField(default=1, help_text="Month in which the fiscal year begins.")
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(currency__regex="^[A-Z]{3}$"), name="workspace_currency_is_iso"),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_start__range=(1, 12)), name="workspace_fiscal_start_is_a_month"
            ),
        ]

    def __str__(self) -> str:
        return self.name


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


class Person(AbstractBaseUser):
    """Someone who signs in. People are global; what they may see hangs on their memberships."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
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

    ADMIN = "admin", "Admin"
    PARTNER_MANAGER = "partner_manager", "Partner manager"
    AE = "ae", "Account executive"
    REVOPS = "revops", "RevOps"
    FINANCE = "finance", "Finance"
    EXECUTIVE = "executive", "Executive"


class Membership(TenantModel):
    """A person at the vendor, in one role; invited until `accepted_at` is set."""

    visibility = Visibility.VENDOR
    person_reads_own = True

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=WorkspaceRole)
    invited_at = models.DateTimeField()
    invitation_expires_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "person"], name="one_membership_a_person_and_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"


class ActivityEntry(TenantModel):
    """One thing that happened, chained by hash to the one before it in its workspace.

    `position`, `previous_hash` and `hash` are set by a PostgreSQL trigger from `body`, the canonical JSON of the
    entry, so that no route can skip the chain. See docs/explanation/activity.md.
    """

    visibility = Visibility.PARTNER
    append_only = True

    position = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(max_length=120)
    verb = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    partner_id = models.BigIntegerField(null=True, help_text="The partner who may read the entry, if any.")
    summary = models.TextField()
    body = models.TextField()
    previous_hash = models.CharField(max_length=64, default="")
    hash = models.CharField(max_length=64, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "position"], name="one_activity_entry_a_position")
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "subject_kind", "subject_id"], name="activity_subject")]

    def __str__(self) -> str:
        return f"{self.position}: {self.summary}"
