"""A request sent twice acts once: the first answer is kept with the change and given again.

Kept for a day under the owner of the key and the text of `Idempotency-Key`. A request that changed nothing keeps no
answer: it can be mended and sent again under the same text. See docs/explanation/api.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from tallystick.partners.api_keys import Caller
from tallystick.partners.models import ApiAnswer
from tallystick.web.api.problems import ErrorCode, Problem

KEPT_FOR: Final = timedelta(days=1)
HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
PATTERN: Final = r"^[!-~]{1,200}$"
_FORM: Final = re.compile(PATTERN)


def once(request: HttpRequest, caller: Caller, act: Callable[[], HttpResponse], *, at: datetime) -> HttpResponse:
    """Act on a request and keep the answer, or give the answer that was kept; all in one transaction.

    Whatever ends in an error is taken back. Raises `Problem` where the header is missing or was used otherwise, and
    while another request with it is being worked on.
    """
    text = request.headers.get(HEADER, "")
    if not _FORM.fullmatch(text):
        raise Problem(ErrorCode.IDEMPOTENCY_KEY_MISSING)
    asked = _digest(request)
    with transaction.atomic():
        if not _locked(caller, text):
            raise Problem(ErrorCode.IDEMPOTENCY_KEY_IN_USE, headers={"Retry-After": "1"})
        kept = _answers(caller, text).filter(answered_at__gt=at - KEPT_FOR).first()
        if kept is not None:
            return _again(kept, asked)
        response = act()
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            transaction.set_rollback(True)
        else:
            _keep(response, caller, text, asked, at=at)
        return response


def _locked(caller: Caller, text: str) -> bool:
    """Tell whether this request is the only one at work under the text; others wait for nobody, they are told."""
    owner = f"tallystick.api:{caller.workspace.pk}:{caller.partner_id}:{text}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [owner])
        return bool(cursor.fetchone()[0])


def _again(kept: ApiAnswer, asked: str) -> HttpResponse:
    if kept.request_hash != asked:
        raise Problem(ErrorCode.IDEMPOTENCY_KEY_REUSED)
    response = HttpResponse(kept.body, status=kept.status, content_type="application/json; charset=utf-8")
    response[REPLAYED] = "true"
    return response


def _keep(response: HttpResponse, caller: Caller, text: str, asked: str, *, at: datetime) -> None:
    # One that is older than a day gives its place: rows are removed on the vendor's side only.
    said = {
        "api_key_id": caller.key_id,
        "request_hash": asked,
        "status": response.status_code,
        "body": response.content.decode(),
        "answered_at": at,
    }
    if not _answers(caller, text).update(**said):
        ApiAnswer.objects.create(
            workspace_id=caller.workspace.pk, partner_id=caller.partner_id, idempotency_key=text, **said
        )


def _answers(caller: Caller, text: str) -> QuerySet[ApiAnswer]:
    """Return the answer kept under a text for the owner of the key, if there is one."""
    owner = Q(partner__isnull=True) if caller.partner_id is None else Q(partner_id=caller.partner_id)
    return ApiAnswer.objects.filter(owner, idempotency_key=text)


def _digest(request: HttpRequest) -> str:
    """Return the hash of what is asked: method, address and body; of a form its fields and files."""
    digest = sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":
        for name, values in sorted(request.POST.lists()):
            digest.update(repr((name, values)).encode())
        for name, file in sorted(request.FILES.items()):
            if not isinstance(file, UploadedFile):
                continue
            digest.update(repr((name, file.name, file.size)).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()
