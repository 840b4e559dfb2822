"""Saved column mappings: what was said about one export, said again for the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from tallystick.crm.models import ColumnMapping
from tallystick.crm.rules.amounts import DecimalMark
from tallystick.crm.rules.dates import DateOrder
from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.problems import ImportProblem
from tallystick.crm.rules.readings import Answers
from tallystick.crm.services.reading import FilePlan, FileRequest
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor
from tallystick.platform.tenancy import current_workspace_id


def save_mapping(actor: Actor, *, name: str, plan: FilePlan, at: datetime) -> ColumnMapping:
    """Keep how a file is read under a name, for every later file of the same shape; an older one is replaced."""
    with transaction.atomic():
        mapping, _ = ColumnMapping.objects.update_or_create(
            workspace_id=current_workspace_id(),
            name=name,
            defaults={
                "kind": plan.kind.value,
                "columns": {
                    "columns": plan.columns.by_header,
                    "dates": {header: order.value for header, order in plan.readings.dates.items()},
                    "decimals": {header: mark.value for header, mark in plan.readings.decimals.items()},
                    "left_out": list(plan.request.left_out),
                    "currency": plan.request.currency,
                    "time_zone": plan.request.time_zone,
                },
            },
        )
        record_activity(
            actor,
            verb="column_mapping_saved",
            subject_kind="column_mapping",
            subject_id=mapping.pk,
            summary=f"Saved the column mapping {name}",
            data={"kind": plan.kind.value, **mapping.columns},
            at=at,
        )
    return mapping


def with_mapping(request: FileRequest, *, name: str) -> FileRequest:
    """Return the request with what the saved mapping says; what the request says itself goes first.

    Raises ImportProblem when there is no mapping of that name.
    """
    mapping = ColumnMapping.objects.filter(name=name).first()
    if mapping is None:
        known = ", ".join(ColumnMapping.objects.order_by("name").values_list("name", flat=True)) or "none yet"
        raise ImportProblem(f'There is no column mapping called "{name}". Saved ones: {known}.')
    said = mapping.columns
    dates = {header: DateOrder(order) for header, order in said.get("dates", {}).items()}
    decimals = {header: DecimalMark(mark) for header, mark in said.get("decimals", {}).items()}
    return replace(
        request,
        kind=request.kind or Kind(mapping.kind),
        columns={**said.get("columns", {}), **request.columns},
        answers=Answers(dates | dict(request.answers.dates), decimals | dict(request.answers.decimals)),
        left_out=request.left_out or tuple(said.get("left_out", ())),
        currency=request.currency or said.get("currency", ""),
        time_zone=request.time_zone or said.get("time_zone", ""),
    )
