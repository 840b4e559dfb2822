"""The bytes of stored files: kept under their digest in a folder of the workspace, written whole or not at all.

The same content is kept once a workspace, never shared across two: nobody learns that another has it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import File
from django.core.files.storage import default_storage

from tallystick.platform.files.media_types import (
    HEAD_BYTES,
    LARGEST_BYTES,
    FileRefused,
    MediaType,
    Refusal,
    extensions_of,
    is_archive,
    media_type_of,
)
from tallystick.platform.tenancy import current_workspace_id


@dataclass(frozen=True, slots=True)
class Content:
    """What was written: its digest, its size in bytes, and what it is."""

    sha256: str
    size: int
    media_type: MediaType


def write_content(*, name: str, chunks: Iterable[bytes], allowed: frozenset[MediaType]) -> Content:
    """Write a file for the workspace in scope and return what it is; of two with the same content one is kept.

    Raises `FileRefused` and leaves nothing behind where it is empty, too large, of no kind we keep or not `allowed`.
    """
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix="incoming-")
    try:
        with os.fdopen(handle, "w+b") as file:
            digest, size = _copy(chunks, file, name=name)
            media_type = recognise(name, file, allowed=allowed)
            file.flush()
            os.fsync(file.fileno())
        target = content_path(digest)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        Path(temporary).replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
    return Content(digest, size, media_type)


def take_over_content(made: Path) -> tuple[str, int]:
    """Keep a file that the program made itself, without a copy; return its digest and size in bytes.

    It is neither recognised nor limited: what it is, is known, and only uploads come from strangers. `made` is gone.
    """
    with made.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
        size = file.seek(0, os.SEEK_END)
    target = content_path(digest)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made.replace(target)
    return digest, size


def folder_for_making() -> Path:
    """Return the folder of the workspace in scope in which a file may be made that `take_over_content` keeps."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def read_content(digest: str) -> BinaryIO:
    """Open the bytes of that digest in the workspace in scope; raises `FileNotFoundError`."""
    return content_path(digest).open("rb")


def content_path(digest: str) -> Path:
    """Return where the bytes of that digest lie in the workspace in scope."""
    return _folder() / digest[:2] / digest


def recognise(name: str, file: BinaryIO | File[Any], *, allowed: frozenset[MediaType]) -> MediaType:
    """Return what a file is, read from its beginning. Raises `FileRefused` for what is not `allowed`."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    found = media_type_of(name, head + file.read() if is_archive(head) else head)
    if found not in allowed:
        raise FileRefused(Refusal.NOT_ALLOWED_HERE, name=name, allowed=extensions_of(allowed))
    return found


def _folder() -> Path:
    return Path(default_storage.path("stored")) / str(current_workspace_id())


def _copy(chunks: Iterable[bytes], file: BinaryIO, *, name: str) -> tuple[str, int]:
    digest, size = sha256(), 0
    for chunk in chunks:
        size += len(chunk)
        if size > LARGEST_BYTES:
            raise FileRefused(Refusal.TOO_LARGE, name=name)
        digest.update(chunk)
        file.write(chunk)
    return digest.hexdigest(), size
