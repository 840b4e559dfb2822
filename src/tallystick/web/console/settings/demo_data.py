"""Demo data: what the demo is, how to begin one's own, and how the demo is taken away."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from tallystick.crm.models import Account, Invoice, Opportunity
from tallystick.demo.erasing import erase_workspace
from tallystick.flows.workspaces import may_start_workspace
from tallystick.partners.models import Partner
from tallystick.platform.access import Permission
from tallystick.platform.models import ActivityEntry, Workspace
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.session import leave_place
from tallystick.web.ui import formats

_COUNTED: Final = (
    (_lazy("Partners"), Partner),
    (_lazy("Accounts"), Account),
    (_lazy("Opportunities"), Opportunity),
    (_lazy("Invoices"), Invoice),
    (_lazy("Entries of the activity chain"), ActivityEntry),
)


class RemoveForm(forms.Form):
    """Asks for the demo's name, so that nobody removes it by a slip: it cannot be undone, only built anew."""

    name = forms.CharField(label=_lazy("Name of the demo workspace"))

    def __init__(self, *arguments: object, workspace: Workspace, **named: object) -> None:
        super().__init__(*arguments, **named)  # type: ignore[arg-type]
        self.workspace = workspace
        self.fields["name"].help_text = _("Type “%(name)s” to confirm.") % {"name": workspace.name}

    def clean_name(self) -> str:
        """Refuse another name."""
        given: str = self.cleaned_data["name"].strip()
        if given != self.workspace.name:
            raise forms.ValidationError(_("This is not the name of the demo workspace. Nothing was removed."))
        return given


@console(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def demo_data(request: HttpRequest) -> HttpResponse:
    """Show what the demo holds, lead to a workspace of one's own, and remove the demo once its name was typed."""
    viewer = current_viewer(request)
    workspace = viewer.workspace
    form = RemoveForm(request.POST if request.method == "POST" else None, workspace=workspace)
    if request.method == "POST" and workspace.is_demo and form.is_valid():
        erase_workspace(workspace)
        leave_place(request)
        return redirect("choose_place")
    context = {
        "form": form,
        "is_demo": workspace.is_demo,
        "may_start": may_start_workspace(viewer.person),
        "counts": [(name, formats.number(model.objects.count())) for name, model in _COUNTED]
        if workspace.is_demo
        else (),
    }
    failed = request.method == "POST"
    status = HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK
    return show_settings(request, "console/settings/demo_data.html", context, status=status)
