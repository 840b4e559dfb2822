"""The table of what AEs are paid: the version that holds, the next one from a form or a file, and every version."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.commissions.models import PayBase, SellerPayVersion
from tallystick.commissions.rules.seller_pay import PaidOn, PayRate, PayTableRefused
from tallystick.commissions.rules.seller_pay_file import (
    COLUMNS,
    LARGEST_FILE,
    PERCENTS,
    read_rates,
    text_of_file,
    write_rates,
)
from tallystick.commissions.seller_pay import pay_table, pay_versions
from tallystick.commissions.services import publish_seller_pay
from tallystick.commissions.tasks import check_pay_soon
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui import formats

_STARTING: Final = "seller,product,segment,direct,sourced,influenced,resale\n,,,8,8,8,8\n"


class PayTableForm(forms.Form):
    """Asks for the rows as text or as a file, and for what the pay is of."""

    paid_on = forms.ChoiceField(
        label=_lazy("With a partner an AE is paid on"), choices=PayBase.choices, widget=forms.RadioSelect
    )
    tolerance_percent = forms.DecimalField(
        label=_lazy("Difference allowed, in percent of the pay direct"),
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
    )
    rows = forms.CharField(
        label=_lazy("Rows"),
        required=False,
        help_text=_lazy(
            "One a line: seller, product, segment, then the percentages direct, sourced, influenced, resale. Leave a "
            "name empty to mean all. The row of a seller counts before that of a product, and that before a segment’s."
        ),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_lazy("Or a CSV file with these columns"),
        required=False,
        help_text=_lazy("It takes the place of all rows above."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )
    reason = forms.CharField(label=_lazy("Why it changes"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """Read the rows; what is wrong with them stands under the field they came from."""
        given: dict[str, Any] = super().clean() or {}
        file = given.get("file")
        field = "file" if file else "rows"
        try:
            text = text_of_file(file.read(LARGEST_FILE + 1), size=file.size) if file else given.get("rows") or ""
            given["rates"] = read_rates(text)
        except PayTableRefused as refusal:
            for problem in refusal.problems[:20]:
                self.add_error(field, problem)
        return given


@console(Permission.MANAGE_SELLER_PAY)
@require_http_methods(["GET", "HEAD", "POST"])
def seller_pay_table(request: HttpRequest) -> HttpResponse:
    """Show the table that holds, and publish the next version; the same table again publishes none."""
    holds = pay_versions().first()
    posted = request.method == "POST"
    form = PayTableForm(request.POST if posted else None, request.FILES if posted else None, initial=_initial(holds))
    if posted and form.is_valid():
        told = form.cleaned_data
        version = publish_seller_pay(
            current_viewer(request).actor(),
            rates=told["rates"],
            paid_on=PaidOn(told["paid_on"]),
            tolerance_percent=told["tolerance_percent"],
            reason=told["reason"],
            at=now(),
        )
        if holds is not None and version.pk == holds.pk:
            messages.info(request, _("Nothing was changed: the table says just that."))
        else:
            check_pay_soon()
            words = _("Published version %(number)d; the deals are compared in the background.")
            messages.success(request, words % {"number": version.number})
        return redirect("console:seller_pay_table")
    context = {
        "form": form,
        "holds": holds,
        "columns": COLUMNS,
        "rates": [_row(rate) for rate in pay_table(holds).rates] if holds else [],
        "history": list(_versions()),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return show_settings(request, "console/settings/seller_pay.html", context, status=status)


@console(Permission.MANAGE_SELLER_PAY)
@require_safe
def seller_pay_csv(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - every view takes it
    """Give the table that holds as a file that can be changed and sent back."""
    holds = pay_versions().first()
    text = write_rates(pay_table(holds).rates) if holds else _STARTING
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="seller-pay.csv"'
    return response


def _initial(holds: SellerPayVersion | None) -> dict[str, Any]:
    if holds is None:
        return {"paid_on": PayBase.KEPT, "tolerance_percent": Decimal(0), "rows": _STARTING}
    return {
        "paid_on": holds.paid_on,
        "tolerance_percent": holds.tolerance_percent.normalize(),
        "rows": write_rates(pay_table(holds).rates),
    }


def _row(rate: PayRate) -> list[str]:
    everybody = [rate.seller or _("All"), rate.product or _("All"), rate.segment or _("All")]
    return [*everybody, *(f"{getattr(rate, way).normalize():f} %" for way in PERCENTS)]


def _versions() -> Iterator[dict[str, str]]:
    for version in pay_versions():
        yield {
            "number": formats.number(version.number),
            "paid_on": version.get_paid_on_display(),
            "tolerance": f"{version.tolerance_percent.normalize():f} %",
            "reason": version.reason,
            "who": version.published_by_label,
            "when": formats.moment(version.published_at),
        }
