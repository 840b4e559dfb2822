"""Where one is signed in, and how to end it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tallystick.web.access import member
from tallystick.web.account.pages import person_of, show_account
from tallystick.web.public.browsers import browser_words


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session as its owner sees it."""

    id: int
    browser: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


@member
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """List the sessions, this one first, then the one used last."""
    open_now = UserSession.objects.purge_and_list(person_of(request))
    rows = [
        SessionRow(
            id=session.pk,
            browser=browser_words(session.user_agent),
            address=session.ip,
            began_at=session.created_at,
            seen_at=session.last_seen_at,
            is_this=session.session_key == request.session.session_key,
        )
        for session in open_now
    ]
    rows.sort(key=lambda row: (not row.is_this, -row.seen_at.timestamp()))
    return show_account(
        request, "account/sessions.html", {"rows": rows, "others": sum(not row.is_this for row in rows)}
    )


@member
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one session of one's own; ending this one signs out."""
    session = UserSession.objects.filter(pk=session_id, user=person_of(request)).first()
    if session is None:
        raise Http404
    end_sessions(request, [session])
    if not request.user.is_authenticated:
        return redirect("account_login")
    messages.success(request, _("That session is over: its next click asks to sign in."))
    return redirect("account:sessions")


@member
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End every session of one's own but this one."""
    others = UserSession.objects.filter(user=person_of(request)).exclude(session_key=request.session.session_key)
    ended = list(others.order_by("pk"))
    end_sessions(request, ended)
    count = len(ended)
    messages.success(
        request,
        ngettext("%(count)d other session was ended.", "%(count)d other sessions were ended.", count)
        % {"count": count},
    )
    return redirect("account:sessions")
