"""Pages that links in mails lead to, without signing in: one button each, and nothing happens before it is pressed."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tallystick.flows.notifications.actions import (
    DecidedAlready,
    NotAllowed,
    Prospect,
    WordsMissing,
    perform,
    prospect_of,
)
from tallystick.flows.notifications.kind_words import DIGEST_LABELS, kind_about
from tallystick.flows.notifications.rules import KINDS, Kind, Side
from tallystick.platform.clock import now
from tallystick.platform.notifications.actions import ActionExpired, ActionUsed, action_key
from tallystick.platform.notifications.unsubscribing import (
    LinkInvalid,
    Subscription,
    read_subscription,
    subscribe_again,
    unsubscribe,
)
from tallystick.web.access import open_to_everyone


@open_to_everyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_action(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a link in a mail would do; its button does it, once."""
    words = request.POST.get("words", "")
    try:
        key = action_key(token)
        if request.method != "POST":
            return _asked(request, prospect_of(key, at=now()))
        try:
            done = perform(key, words=words, at=now())
        except WordsMissing:
            return _asked(request, prospect_of(key, at=now()), problem=_("Write a few words first."))
    except (LinkInvalid, ActionUsed, ActionExpired, NotAllowed, DecidedAlready) as problem:
        return _refused(request, problem)
    return render(request, "public/mail_action_done.html", {"prospect": done, "organisation": done.organisation})


def _asked(request: HttpRequest, prospect: Prospect, *, problem: str = "") -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    context = {"prospect": prospect, "organisation": prospect.organisation, "problem": problem}
    return render(request, "public/mail_action.html", context, status=status)


def _refused(request: HttpRequest, problem: Exception) -> HttpResponse:
    match problem:
        case ActionUsed():
            heading, text = _("This link was used"), _("What it was for is done. Sign in to see how things stand.")
        case ActionExpired():
            heading, text = _("This link has expired"), _("Links in mails are good for a week. Sign in to go on.")
        case DecidedAlready() as decided:
            heading = _("This is decided already")
            text = (
                _("It was decided by %(name)s: %(state)s. Nothing was changed now.")
                % {"name": decided.by, "state": decided.state}
                if decided.by
                else _("%(state)s. Nothing was changed now.") % {"state": decided.state}
            )
        case NotAllowed():
            heading = _("You may not do this any more")
            text = _("Your role has changed since the mail was sent. Ask an admin of the workspace.")
        case _:
            heading = _("This link does not work")
            text = _("It is incomplete or not one of ours. Copy it whole from the mail, or sign in.")
    context = {"heading": heading, "text": text}
    return render(request, "public/mail_link_refused.html", context, status=HTTPStatus.GONE)


@csrf_exempt
@open_to_everyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show which type of mail a link ends; its button, or a mail program's one click (RFC 8058), ends it.

    Mail programs send no cookie, so the signed link itself stands in for the usual protection of forms.
    """
    try:
        if request.method != "POST":
            return _subscription(request, read_subscription(token), state="asked")
        if "again" in request.POST:
            return _subscription(request, subscribe_again(token), state="again")
        return _subscription(request, unsubscribe(token, at=now()), state="ended")
    except LinkInvalid as problem:
        return _refused(request, problem)


def _subscription(request: HttpRequest, subscription: Subscription, *, state: str) -> HttpResponse:
    context = {
        "email": subscription.email,
        "organisation": subscription.organisation,
        "what": _what(subscription),
        "state": state,
    }
    return render(request, "public/unsubscribe.html", context)


def _what(subscription: Subscription) -> str:
    type = subscription.type
    if type.digest is not None:
        return str(DIGEST_LABELS[type.digest]).lower()
    side = Side.VENDOR if type.reader.partner_id is None else Side.PARTNER
    return kind_about(Kind(type.kind), side) if type.kind in KINDS[side] else type.kind
