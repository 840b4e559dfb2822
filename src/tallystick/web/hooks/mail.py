"""Where a mail server posts the mail of a workspace; it is kept and taken by a job."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tallystick.platform.clock import now
from tallystick.platform.mail_in.keeping import MOST_BYTES, keep_mail
from tallystick.platform.mail_in.mailbox import mail_in_settings, secret_of_webhook
from tallystick.platform.mail_in.posting import PostRefused, PostTooLarge, SignatureWrong, posted_mail
from tallystick.platform.models import MailInWay
from tallystick.platform.tenancy import scope
from tallystick.web.access import open_to_everyone
from tallystick.web.public.limits import limited

MOST_POSTED: Final = MOST_BYTES * 4 // 3 + 65_536
"""Bytes of a request: the largest mail in base64, and what else is said of it."""


@csrf_exempt
@open_to_everyone
@require_POST
@limited("mail_in")
def inbound_mail(request: HttpRequest, workspace_id: int) -> HttpResponse:
    """Keep a mail and answer 202, whether it was kept before or not; a workspace that takes none answers as a stranger.

    The signature is checked before anything in the body is read.
    """
    with scope(workspace_id=workspace_id):
        taken = mail_in_settings()
        secret = secret_of_webhook(taken) if taken else ""
        if not secret:
            return _refusal(HTTPStatus.UNAUTHORIZED, "The signature does not fit.")
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            mail = posted_mail(_body(request), headers=headers, secret=secret)
        except SignatureWrong as problem:
            return _refusal(HTTPStatus.UNAUTHORIZED, str(problem))
        except PostTooLarge as problem:
            return _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(problem))
        except PostRefused as problem:
            return _refusal(HTTPStatus.UNPROCESSABLE_ENTITY, str(problem))
        kept = keep_mail(mail.raw, way=MailInWay.WEBHOOK, at=now(), recipient=mail.recipient, results=mail.results)
    return JsonResponse({"kept": kept is not None}, status=HTTPStatus.ACCEPTED)


def _body(request: HttpRequest) -> bytes:
    """Return what was posted; unlike `request.body` as large as a mail may be. Raises `PostTooLarge`."""
    body = request.read(MOST_POSTED + 1)
    if len(body) > MOST_POSTED:
        raise PostTooLarge(f"The mail is larger than {MOST_BYTES:,} bytes.")
    return body


def _refusal(status: HTTPStatus, detail: str) -> HttpResponse:
    body = {"status": status.value, "title": status.phrase, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
