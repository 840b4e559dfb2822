"""Files that people upload: kept apart by workspace, read once to see what they hold, loaded by a job, then removed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

from django.core.files.storage import default_storage
from procrastinate.contrib.django import app

from tallystick.crm.rules.amounts import DecimalMark
from tallystick.crm.rules.dates import DateOrder
from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.problems import ImportProblem
from tallystick.crm.rules.readings import Answers
from tallystick.crm.services.reading import FileRequest
from tallystick.flows.imports import run_import
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.tenancy import current_workspace_id

LOAD_UPLOAD: Final = "flows.load_upload"
KEPT_FOR: Final = timedelta(days=1)
"""An upload that nobody went on with is removed after a day."""

_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_NAME_BYTES: Final = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits; the token finds it again within its workspace."""

    token: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person said about a file; what is empty is guessed from it."""

    kind: str = ""
    source: str = ""
    dates: Mapping[str, str] | None = None
    decimals: Mapping[str, str] | None = None
    encoding: str = ""

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
            answers=answers,
            encoding=self.encoding,
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values, for a job."""
        return {
            "kind": self.kind,
            "source": self.source,
            "dates": dict(self.dates or {}),
            "decimals": dict(self.decimals or {}),
            "encoding": self.encoding,
        }


def keep_upload(*, name: str, chunks: Iterable[bytes], at: datetime) -> Upload:
    """Keep an uploaded file for the workspace in scope, and remove those that were left lying."""
    _remove_old(at)
    token = token_hex(16)
    folder = _folder() / token
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
    files = sorted((_folder() / token).glob("*"))
    return Upload(token, files[0]) if files else None


def load_soon(actor: Actor, *, upload: Upload, said: Said) -> None:
    """Have a job load the upload once this transaction commits."""
    app.configure_task(LOAD_UPLOAD).defer(
        workspace_id=current_workspace_id(),
        token=upload.token,
        said=said.as_json(),
        person_id=actor.person_id,
        label=actor.label,
    )


def load_upload(*, token: str, said: Mapping[str, Any], person_id: int | None, label: str, at: datetime) -> None:
    """Load an upload and remove it. A file that cannot be loaded says so in its import; a repeat finds no file."""
    upload = kept_upload(token)
    if upload is None:
        return
    actor = Actor(kind=ActorKind.PERSON, label=label, person_id=person_id)
    with suppress(ImportProblem):  # recorded as the import's message
        run_import(actor, request=Said(**said).request(upload.path), at=at)
    forget_upload(upload)


def forget_upload(upload: Upload) -> None:
    """Remove an upload."""
    shutil.rmtree(upload.path.parent, ignore_errors=True)


def _folder() -> Path:
    return Path(default_storage.path("uploads")) / str(current_workspace_id())


def _plain_name(name: str) -> str:
    """Return the file's own name without a path or characters that a file system may not like, its end if too long."""
    plain = re.sub(r"[^\w .()\-]", "_", Path(name.replace("\\", "/")).name).strip(" .")
    return plain.encode()[-_NAME_BYTES:].decode(errors="ignore").lstrip(" .") or "upload"


def _remove_old(at: datetime) -> None:
    oldest = (at - KEPT_FOR).timestamp()
    for folder in _folder().glob("*"):
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
