"""The files of a mail: those that are kept as if they had been chosen on a screen, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _

from tallystick.platform.files.media_types import plain_name
from tallystick.platform.files.refusals import refusal_words
from tallystick.platform.files.services import tell_apart
from tallystick.platform.mail_in.attached import MailedFile
from tallystick.platform.models import FilePurpose


@dataclass(frozen=True, slots=True)
class SortedFiles:
    """What is kept, and a sentence for each file that is not."""

    uploads: Sequence[File[Any]] = ()
    left_out: tuple[str, ...] = ()


def sort_files(files: Sequence[MailedFile], *, purpose: FilePurpose) -> SortedFiles:
    """Sort the files of somebody who is known here; the sentences are in the language in force."""
    kept, refused = tell_apart([ContentFile(file.content, name=file.name) for file in files], purpose=purpose)
    return SortedFiles(kept, tuple(map(refusal_words, refused)))


def leave_out(files: Sequence[MailedFile]) -> SortedFiles:
    """Keep no file: as on the public form, whoever knows its address could fill the disk."""
    words = _("%(name)s was sent by somebody who does not sign in here; their files are not kept.")
    return SortedFiles((), tuple(words % {"name": plain_name(file.name)} for file in files))
