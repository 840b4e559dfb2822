"""Files of a registration: both sides read and open them, each adds its own and takes them off again."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from django.http import HttpRequest, StreamingHttpResponse
from ninja import File, Router, UploadedFile
from pydantic import Field

from tallystick.deals.models import MessageSide, RegistrationFile
from tallystick.deals.services.attaching import attach_file, files_with, take_file_off
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.files.services import open_file
from tallystick.web.api.access import FileSent, both_sides, caller_of
from tallystick.web.api.operations.collaborators import registration_of, side_of
from tallystick.web.api.problems import ErrorCode, not_found
from tallystick.web.api.values import Given, Id, Reference, Told, words

router = Router(tags=["People and files of a registration"])


class AttachmentTold(Told):
    """A file that was sent with a registration, or added to it."""

    id: int
    name: Annotated[str, Field(examples=["offer.pdf"])]
    media_type: Annotated[str, Field(description="Told by the content.", examples=["application/pdf"])]
    size: Annotated[int, Field(description="In bytes.", examples=[48_213])]
    sha256: Annotated[
        str,
        Field(
            description="SHA-256 of its bytes.",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]
    side: Annotated[MessageSide, Field(description="Whose it is: that side takes it off.")]
    added_at: datetime

    @classmethod
    def of(cls, row: RegistrationFile) -> Self:
        """Return a file as both sides read it."""
        file = row.file
        return cls(
            id=file.pk,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
            side=MessageSide(row.side),
            added_at=file.uploaded_at,
        )


class AttachmentsTold(Told):
    """The files of a registration, in the order in which they came."""

    data: list[AttachmentTold]


class RemovalGiven(Given):
    """Why a file is taken off; it is written down."""

    reason: Annotated[str, words(1000, least=1), Field(examples=["It was the offer of another customer."])]


@both_sides(
    router,
    "GET",
    "/registrations/{reference}/files",
    AttachmentsTold,
    permission=Permission.SEE_DEALS,
    own_permission=Permission.SEE_OWN_DEALS,
    own_name="list_own_files",
)
def list_files(request: HttpRequest, reference: Reference) -> AttachmentsTold:
    """List the files of a registration."""
    claim = registration_of(request, reference)
    return AttachmentsTold(data=[AttachmentTold.of(row) for row in files_with(claim.pk)])


@both_sides(
    router,
    "POST",
    "/registrations/{reference}/files",
    AttachmentTold,
    permission=Permission.WRITE_ON_DEALS,
    own_permission=Permission.WRITE_ON_OWN_DEALS,
    own_name="add_an_own_file",
    status=HTTPStatus.CREATED,
    refuses=(ErrorCode.REFUSED, ErrorCode.STATE_CONFLICT),
)
def add_a_file(request: HttpRequest, reference: Reference, file: File[UploadedFile]) -> AttachmentTold:
    """Add a file to a registration; both sides open it.

    What it is, is told by its content: images, PDF, Office documents without macros, ZIP archives and plain text, 25 MB
    at most. A name that promises something else is refused. A registration keeps 20 files.
    """
    row = attach_file(
        caller_of(request).actor(),
        registration_id=registration_of(request, reference).pk,
        side=side_of(request),
        upload=file,
        at=now(),
    )
    return AttachmentTold.of(row)


@both_sides(
    router,
    "GET",
    "/registrations/{reference}/files/{file_id}",
    FileSent,
    permission=Permission.SEE_DEALS,
    own_permission=Permission.SEE_OWN_DEALS,
    own_name="download_an_own_file",
)
def download_a_file(request: HttpRequest, reference: Reference, file_id: Id) -> StreamingHttpResponse:
    """Download a file of a registration: the answer is its bytes."""
    claim = registration_of(request, reference)
    row = next((row for row in files_with(claim.pk) if row.file_id == file_id), None)
    if row is None:
        raise not_found()
    try:
        content = open_file(row.file)
    except FileNotFoundError as lost:
        raise not_found() from lost
    return FileSent.answer(content, name=row.file.name, size=row.file.size)


@both_sides(
    router,
    "POST",
    "/registrations/{reference}/files/{file_id}/remove",
    AttachmentsTold,
    permission=Permission.WRITE_ON_DEALS,
    own_permission=Permission.WRITE_ON_OWN_DEALS,
    own_name="remove_an_own_file",
    refuses=(ErrorCode.REFUSED,),
)
def remove_a_file(request: HttpRequest, reference: Reference, file_id: Id, given: RemovalGiven) -> AttachmentsTold:
    """Take a file of one's own side off a registration: nobody opens it any more. The answer is what is left."""
    claim = registration_of(request, reference)
    take_file_off(
        caller_of(request).actor(),
        registration_id=claim.pk,
        side=side_of(request),
        file_id=file_id,
        reason=given.reason,
        at=now(),
    )
    return AttachmentsTold(data=[AttachmentTold.of(row) for row in files_with(claim.pk)])
