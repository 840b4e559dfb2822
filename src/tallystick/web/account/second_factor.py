"""The page that people without a second factor are led to where one is asked of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_safe

from tallystick.platform.clock import now
from tallystick.platform.second_factor import holders_among
from tallystick.web.access import current_viewer, member
from tallystick.web.account.pages import person_of, show_account
from tallystick.web.public.passkeys import passkeys_work_here
from tallystick.web.second_factor import owes_second_factor
from tallystick.web.ui import formats


@member
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Say of whom a second factor is asked and until when, and lead to setting one up, or to proving it."""
    viewer, at = current_viewer(request), now()
    due = viewer.second_factor_due
    next_path = _own_path(request, request.GET.get("next", ""))
    confirm_next = urlencode({"next": next_path or reverse("start")})
    context = {
        "whom": viewer.partner.name if viewer.partner is not None else viewer.workspace.name,
        "role": viewer.role_label,
        "is_team": viewer.partner is not None,
        "is_asked": due is not None,
        "due": formats.moment(due) if due else "",
        "is_overdue": due is not None and at >= due,
        "owes": owes_second_factor(request, viewer, at=at),
        "holds": person_of(request).pk in holders_among([person_of(request).pk]),
        "passkeys_work": passkeys_work_here(request),
        "confirm_url": f"{reverse('account:confirm')}?{confirm_next}",
        "next_path": next_path or reverse("start"),
    }
    return show_account(request, "account/second_factor.html", context)


def _own_path(request: HttpRequest, path: str) -> str:
    own = url_has_allowed_host_and_scheme(path, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return path if own else ""
