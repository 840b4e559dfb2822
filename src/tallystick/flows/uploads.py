"""Files that people upload: kept apart by workspace, read to see what they hold, tried, loaded by a job, then removed.

Beside each file lies what was said about it so far and what a trial came to, so that any page of the wizard can be
opened again, by anyone who may import in the workspace.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from django.core.files.storage import default_storage
from procrastinate.contrib.django import app

from tallystick.crm.models import ColumnMapping
from tallystick.crm.rules.amounts import DecimalMark
from tallystick.crm.rules.dates import DateOrder
from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.problems import ImportProblem
from tallystick.crm.rules.readings import Answers
from tallystick.crm.services.mappings import save_mapping
from tallystick.crm.services.reading import FileRequest, plan_file
from tallystick.crm.services.trial import RefusedRow, Trial, try_import
from tallystick.flows.imports import run_import
from tallystick.platform.actors import Actor
from tallystick.platform.tenancy import current_workspace_id

LOAD_UPLOAD: Final = "flows.load_upload"
TRY_UPLOAD: Final = "flows.try_upload"
KEPT_FOR: Final = timedelta(days=1)
"""An upload that nobody went on with is removed after a day."""

_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_NAME_BYTES: Final = 200
_FILE: Final = "file"
_SAID: Final = "said.json"
_TRIAL: Final = "trial.json"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits; the token finds it again within its workspace."""

    token: str
    path: Path

    @property
    def folder(self) -> Path:
        """Return where the file lies with what is known about it."""
        return self.path.parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person said about a file; what is empty is guessed from it.

    `columns` are field → header; `left_out` headers that nothing is read from; `remembered` tells that the columns
    are those of the last file of this source.
    """

    kind: str = ""
    source: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    dates: Mapping[str, str] | None = None
    decimals: Mapping[str, str] | None = None
    encoding: str = ""
    sheet: str = ""
    currency: str = ""
    time_zone: str = ""
    remembered: bool = False

    def request(self, path: Path) -> FileRequest:
        """Return the request to read the file by. Raises ValueError for a kind or an order that does not exist."""
        answers = Answers(
            dates={column: DateOrder(order) for column, order in (self.dates or {}).items()},
            decimals={column: DecimalMark(mark) for column, mark in (self.decimals or {}).items()},
        )
        return FileRequest(
            path=path,
            kind=Kind(self.kind) if self.kind else None,
            source=self.source,
            columns=self.columns,
            answers=answers,
            encoding=self.encoding,
            left_out=self.left_out,
            sheet=self.sheet,
            currency=self.currency,
            time_zone=self.time_zone,
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values, for a job and the file beside the upload."""
        return {
            **asdict(self),
            "columns": dict(self.columns),
            "left_out": list(self.left_out),
            "dates": dict(self.dates or {}),
            "decimals": dict(self.decimals or {}),
        }


def said_from(values: Mapping[str, Any]) -> Said:
    """Return what `as_json` wrote."""
    return Said(**{**values, "left_out": tuple(values.get("left_out", ()))})


@dataclass(frozen=True, slots=True)
class TrialState:
    """How far a trial has come; `trial` is there at its end, `problem` where the file cannot be loaded so."""

    rows_read: int = 0
    trial: Trial | None = None
    problem: str = ""

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is to come."""
        return self.trial is not None or bool(self.problem)


def keep_upload(*, name: str, chunks: Iterable[bytes], at: datetime) -> Upload:
    """Keep an uploaded file for the workspace in scope, and remove those that were left lying."""
    _remove_old(at)
    token = token_hex(16)
    folder = _folder() / token / _FILE
    folder.mkdir(parents=True, mode=0o700)
    path = folder / _plain_name(name)
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
    return Upload(token, path)


def kept_upload(token: str) -> Upload | None:
    """Return an upload of the workspace in scope; None where there is none of that token."""
    if not _TOKEN.fullmatch(token):
        return None
    files = sorted((_folder() / token / _FILE).glob("*"))
    return Upload(token, files[0]) if files else None


def remember_said(upload: Upload, said: Said) -> None:
    """Keep what was said about a file; a trial of what was said before is forgotten."""
    (upload.folder / _TRIAL).unlink(missing_ok=True)
    _write(upload.folder / _SAID, said.as_json())


def said_about(upload: Upload) -> Said | None:
    """Return what was said about a file so far, if anything."""
    values = _read(upload.folder / _SAID)
    return said_from(values) if values is not None else None


def said_last_time(*, kind: Kind, source: str, header: Iterable[str]) -> Said | None:
    """Return how the last file of this kind and source was read, where all columns it named are here again."""
    mapping = ColumnMapping.objects.filter(name=mapping_name(kind, source)).first()
    if mapping is None:
        return None
    known = set(header)
    columns = dict(mapping.columns.get("columns", {}))
    if not columns or not set(columns.values()) <= known:
        return None
    return Said(
        kind=kind.value,
        source=source,
        columns=columns,
        left_out=tuple(name for name in mapping.columns.get("left_out", ()) if name in known),
        dates=mapping.columns.get("dates"),
        decimals=mapping.columns.get("decimals"),
        currency=mapping.columns.get("currency", ""),
        time_zone=mapping.columns.get("time_zone", ""),
        remembered=True,
    )


def mapping_name(kind: Kind, source: str) -> str:
    """Return the name under which the columns of a source are remembered for each kind."""
    return f"{source}: {kind.value.replace('_', ' ')}"[:80]


def try_now(actor: Actor, *, upload: Upload, said: Said, at: datetime) -> TrialState:
    """Try the upload and keep what it came to; while it runs, how far it has come can be read by `trial_of`."""
    place = upload.folder / _TRIAL
    _write(place, {"rows_read": 0})
    try:
        trial = try_import(
            actor,
            request=said.request(upload.path),
            at=at,
            on_rows=lambda rows: _write(place, {"rows_read": rows}),
        )
    except ImportProblem as problem:
        state = TrialState(problem=str(problem))
    else:
        state = TrialState(rows_read=trial.rows_read, trial=trial)
    _write(place, asdict(state))
    return state


def trial_of(upload: Upload) -> TrialState | None:
    """Return how far the trial of an upload has come; None where none was begun."""
    values = _read(upload.folder / _TRIAL)
    if values is None:
        return None
    kept = values.get("trial")
    trial = None
    if kept:
        rows = tuple(RefusedRow(**row) for row in kept["refused_rows"])
        trial = Trial(**{**kept, "notes": tuple(kept["notes"]), "refused_rows": rows})
    return TrialState(values.get("rows_read", 0), trial, values.get("problem", ""))


def try_soon(actor: Actor, *, upload: Upload, said: Said) -> None:
    """Have a job try the upload once this transaction commits."""
    _write(upload.folder / _TRIAL, {"rows_read": 0})
    _defer(TRY_UPLOAD, actor, upload, said)


def try_upload(*, token: str, said: Mapping[str, Any], actor: Actor, at: datetime) -> None:
    """Try an upload; one that was loaded or removed meanwhile is passed over."""
    upload = kept_upload(token)
    if upload is not None:
        try_now(actor, upload=upload, said=said_from(said), at=at)


def load_soon(actor: Actor, *, upload: Upload, said: Said) -> None:
    """Have a job load the upload once this transaction commits."""
    _defer(LOAD_UPLOAD, actor, upload, said)


def load_upload(*, token: str, said: Mapping[str, Any], actor: Actor, at: datetime) -> None:
    """Load an upload, remember how it was read for the next of its source, and remove it.

    A file that cannot be loaded says so in its import; a repeat finds no file.
    """
    upload = kept_upload(token)
    if upload is None:
        return
    request = said_from(said).request(upload.path)
    with suppress(ImportProblem):  # recorded as the import's message
        result = run_import(actor, request=request, at=at)
        plan = plan_file(request)
        save_mapping(actor, name=mapping_name(result.kind, plan.source), plan=plan, at=at)
    forget_upload(upload)


def forget_upload(upload: Upload) -> None:
    """Remove an upload with what is known about it."""
    shutil.rmtree(upload.folder, ignore_errors=True)


def _defer(job: str, actor: Actor, upload: Upload, said: Said) -> None:
    app.configure_task(job).defer(
        workspace_id=current_workspace_id(),
        token=upload.token,
        said=said.as_json(),
        person_id=actor.person_id,
        label=actor.label,
        hand=actor.kind.value,
    )


def _folder() -> Path:
    return Path(default_storage.path("uploads")) / str(current_workspace_id())


def _write(place: Path, values: Mapping[str, Any]) -> None:
    """Write whole or not at all: a page may read at any moment."""
    with suppress(FileNotFoundError):  # the upload was removed meanwhile
        fresh = place.with_suffix(".new")
        fresh.write_text(json.dumps(values), encoding="utf-8")
        fresh.replace(place)


def _read(place: Path) -> dict[str, Any] | None:
    try:
        values: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return values


def _plain_name(name: str) -> str:
    """Return the file's own name without a path or characters that a file system may not like, its end if too long."""
    plain = re.sub(r"[^\w .()\-]", "_", Path(name.replace("\\", "/")).name).strip(" .")
    return plain.encode()[-_NAME_BYTES:].decode(errors="ignore").lstrip(" .") or "upload"


def _remove_old(at: datetime) -> None:
    oldest = (at - KEPT_FOR).timestamp()
    for folder in _folder().glob("*"):
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
