"""The set-up card on the overview: what is left to set up, each with what it brings."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tallystick.flows.setup import SetupState, dismiss_setup, setup_state, show_setup
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.ui import formats
from tallystick.web.ui.components import ChecklistItem, Progress


@dataclass(frozen=True, slots=True)
class SetupCard:
    """The card: its six items and how many are done."""

    items: tuple[ChecklistItem, ...]
    done: int


def setup_card(viewer: Viewer) -> SetupCard | None:
    """Return the card for whoever may set things up; nothing in the demo, once all is done, or put away."""
    if viewer.workspace.is_demo or not viewer.may(Permission.MANAGE_WORKSPACE):
        return None
    state = setup_state()
    if state.was_dismissed or state.is_done:
        return None
    items = _items(state)
    return SetupCard(items, sum(item.progress is Progress.DONE for item in items))


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def put_setup_away(request: HttpRequest) -> HttpResponse:
    """Put the card away; it can be had back in the settings of the workspace."""
    dismiss_setup(current_viewer(request).actor(), at=now())
    messages.success(request, _("The set-up card is put away. Settings, Workspace shows it again."))
    return redirect("console:overview")


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def bring_setup_back(request: HttpRequest) -> HttpResponse:
    """Show the card again until all is done."""
    show_setup(current_viewer(request).actor(), at=now())
    return redirect("console:overview")


def _items(state: SetupState) -> tuple[ChecklistItem, ...]:
    return (
        _item(
            state.has_deals,
            _("Import your CRM"),
            _("See who brought your pipeline, without asking anybody. A sample file is there to try."),
            reverse("console:upload"),
            _("Import"),
        ),
        _item(
            state.gaps_were_settled,
            _("Look at deals that credit nobody"),
            _uncredited(state),
            f"{reverse('console:gaps')}?gap=named_uncredited",
            _("See gaps"),
        ),
        _item(
            state.has_partner_people,
            _("Invite your first partner"),
            _("They register deals in under a minute and see what becomes of them."),
            reverse("console:add_partner"),
            _("Invite"),
        ),
        _item(
            state.has_plan,
            _("Publish a commission plan"),
            _("Every payment then says what is owed to whom, and why."),
            reverse("console:plans"),
            _("See plans"),
        ),
        _item(
            state.has_colleagues,
            _("Invite a colleague"),
            _("Finance approves, account executives see who helps on their deals."),
            reverse("console:people"),
            _("Invite"),
        ),
        _item(
            state.has_brand,
            _("Set your logo and accent"),
            _("Partners see your portal, not ours."),
            reverse("console:branding"),
            _("Choose"),
        ),
    )


def _item(is_done: bool, label: str, note: str, url: str, action: str) -> ChecklistItem:  # noqa: FBT001 - one of six
    if is_done:
        return ChecklistItem(label=label, progress=Progress.DONE)
    return ChecklistItem(label=label, progress=Progress.OPEN, note=note, url=url, action=action)


def _uncredited(state: SetupState) -> str:
    if not state.uncredited.count:
        return _("After an import: won deals that mention a partner and credit nobody, with what they are worth.")
    worth = " + ".join(formats.money_short(amount.minor, amount.currency) for amount in state.uncredited.amounts)
    return ngettext(
        "%(count)s won deal mentions a partner and credits nobody, %(worth)s.",
        "%(count)s won deals mention a partner and credit nobody, %(worth)s.",
        state.uncredited.count,
    ) % {"count": formats.number(state.uncredited.count), "worth": worth or _("no amount given")}
