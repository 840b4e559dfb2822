"""A registration form for tests: one field asked already, and another drafted."""

from __future__ import annotations

from datetime import datetime

from tallystick.deals.models import FormVersion
from tallystick.deals.services import publish_form, save_form_draft
from tallystick.platform.actors import SYSTEM

ASKED = """\
title: Registration form
registration:
  - {id: project_type, label: Type of project, kind: choice, choices: [New site, Replacement]}
lead: []
"""
DRAFTED = ASKED.replace("lead: []", "lead: [{id: budget, label: Budget known, kind: yes_no}]")


def published_form(document: str = ASKED, *, at: datetime) -> FormVersion:
    """Publish a form in the workspace in scope."""
    return publish_form(SYSTEM, version_id=save_form_draft(SYSTEM, document=document, at=at).pk, at=at)


def form_with_a_draft(*, at: datetime) -> FormVersion:
    """Publish a form and return the draft of the next version."""
    published_form(at=at)
    return save_form_draft(SYSTEM, document=DRAFTED, at=at)
