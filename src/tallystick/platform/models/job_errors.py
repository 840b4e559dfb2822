"""What went wrong with background jobs, attempt by attempt."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.platform.tenancy import TenantModel, Visibility


class JobError(TenantModel):
    """One attempt of a job that failed, in words for the people of the workspace."""

    visibility = Visibility.VENDOR

    job_id = models.BigIntegerField(help_text="As the queue numbers it.")
    attempt = models.PositiveIntegerField()
    words = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "job_id", "-at"], name="job_errors_of_a_job")]

    def __str__(self) -> str:
        return f"job {self.job_id}, attempt {self.attempt}: {self.words}"
