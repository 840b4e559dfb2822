"""Writes down that opportunities entered a stage, where an import brings a change of stage or the day of one."""

from __future__ import annotations

from typing import Any

from psycopg import Cursor, sql

from tallystick.crm.services.scope import ImportScope
from tallystick.crm.services.staging import Staged


def record_stage_changes(raw: Cursor[Any], scope: ImportScope, staged: Staged) -> None:
    """Add one stage change for each opportunity whose stage this import changed, or whose day of change it tells.

    The day is the one the file gives; else the close date when it was won or lost by now; else the day of the import.
    """
    told = "s.stage_changed_on" if staged.has("stage_changed_on") else "NULL::date"
    raw.execute(
        sql.SQL(
            "INSERT INTO crm_stagechange (workspace_id, source, external_id, added_by_import_id, opportunity_id, "
            "                             stage, status, entered_on) "
            "SELECT {workspace}, {source}, 'import ' || {batch} || ' opportunity ' || o.id, {batch}, o.id, o.stage, "
            "       o.status, coalesce({told}, "
            "       CASE WHEN o.status <> 'open' AND o.close_on <= {today} THEN o.close_on END, {today}) "
            "FROM crm_opportunity o JOIN import_rows s ON s.external_id = o.external_id "
            "LEFT JOIN crm_importchange c "
            "ON c.batch_id = {batch} AND c.fact_kind = 'opportunities' AND c.fact_id = o.id "
            "WHERE o.workspace_id = {workspace} AND o.source = {source} AND ("
            "  (c.id IS NOT NULL AND c.before ->> 'stage' <> o.stage) "
            "  OR (c.id IS NULL AND o.added_by_import_id = {batch} AND {told} IS NOT NULL))"
        ).format(
            workspace=sql.Literal(scope.workspace_id),
            source=sql.Literal(scope.source),
            batch=sql.Literal(scope.import_id),
            today=sql.Literal(scope.today),
            told=sql.SQL(told),
        )
    )
