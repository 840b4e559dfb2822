"""Components without content of their own, and the filters that write figures.

What each tag takes is in its docstring; the values are described in `web/ui/components.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any, Final, cast

from django import forms, template
from django.contrib.messages.storage.base import Message
from django.core.paginator import Page
from django.forms.boundfield import BoundWidget
from django.template.context import Context
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tallystick.kernel.explanations import Explanation
from tallystick.kernel.money import Money
from tallystick.web.ui import brand, formats, icons, toasts
from tallystick.web.ui.assets import style_sheet
from tallystick.web.ui.charts import Chart
from tallystick.web.ui.components import (
    CREDITS,
    FAMILIES,
    CalculationLine,
    ChecklistItem,
    Column,
    Delta,
    Fact,
    Kpi,
    Link,
    Matrix,
    PreviewColumn,
    PreviewRow,
    StageFigure,
    TimelineEntry,
    TodoItem,
    initials,
)

register = template.Library()

RAG: Final[dict[str, tuple[str, str | Promise]]] = {
    "green": ("circle-check", _("On track")),
    "amber": ("triangle-alert", _("At risk")),
    "red": ("octagon-x", _("Off track")),
}
CLOCK_SOON: Final = timedelta(hours=8)


# Figures


@register.filter
def money(amount: Money) -> str:
    """Write money exactly, with all its decimals: {{ line.amount|money }}."""
    return formats.money_exact(amount.minor, amount.currency)


@register.filter
def money_trimmed(amount: Money) -> str:
    """Write money exactly, without decimals that are all nil: {{ deal.value|money_trimmed }}."""
    return formats.money_trimmed(amount.minor, amount.currency)


@register.filter
def money_short(amount: Money) -> str:
    """Write money rounded for a card: {{ total|money_short }} gives "£2.42m"."""
    return formats.money_short(amount.minor, amount.currency)


@register.filter
def percent(share: Fraction | Decimal | int, digits: int = 0) -> str:
    """Write a share of one as a percentage: {{ share|percent }}, {{ rate|percent:1 }}."""
    return formats.percent(share, digits=digits)


@register.filter
def number(value: int | Decimal) -> str:
    """Write a count with the separators of the language."""
    return formats.number(value)


@register.filter
def day(when: date) -> str:
    """Write a day without its year: "14 Oct"."""
    return formats.day(when)


@register.filter
def day_and_year(when: date) -> str:
    """Write a day with its year: "14 Oct 2026"."""
    return formats.day_and_year(when)


@register.filter
def month(when: date) -> str:
    """Write a month: "Oct 2026"."""
    return formats.month(when)


@register.filter
def moment(instant: datetime) -> str:
    """Write an instant with the zone it is in: "14 Oct 2026, 14:05 BST"."""
    return formats.moment(instant)


# Marks


@register.simple_tag
def style_sheet_url() -> str:
    """Return the address of the style sheet as it is now."""
    return reverse("style_sheet", args=[style_sheet().digest])


@register.simple_tag
def accent_sheet_url(accent: str) -> str:
    """Return the address of the style sheet of a vendor's accent: {% accent_sheet_url shell.accent %}."""
    return brand.accent_sheet_url(accent)


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """Draw an icon: {% icon "plus" 15 %}. It is hidden from screen readers, so words must say the same."""
    return icons.icon(name, size)


@register.inclusion_tag("ui/components/avatar.html")
def avatar(name: str, partner_type: str = "", size: str = "") -> dict[str, str]:
    """Show initials, in the colour of the partner type's family: {% avatar partner.name partner.type %}.

    `size` is "large" or nothing.
    """
    return {"initials": initials(name), "family": FAMILIES.get(partner_type, ""), "size": size}


@register.inclusion_tag("ui/components/partner.html")
def partner(name: str, partner_type: str, url: str = "", note: str = "") -> dict[str, str]:
    """Show a partner with its avatar: {% partner p.name p.type url=… note="Reseller · US" %}."""
    return {"name": name, "partner_type": partner_type, "url": url, "note": note}


@register.inclusion_tag("ui/components/rag.html")
def rag(status: str, words: str = "") -> dict[str, str | Promise]:
    """Show "green", "amber" or "red" with icon and words: {% rag "amber" %}, {% rag "red" "Payment failed" %}."""
    name, default_words = RAG[status]
    return {"status": status, "icon_name": name, "words": words or default_words}


@register.inclusion_tag("ui/components/credit.html")
def credit(attribution_class: str) -> dict[str, str | Promise]:
    """Show who a deal is credited to: {% credit "sourced" %} ("influenced", "direct")."""
    return {"attribution_class": attribution_class, "words": CREDITS[attribution_class]}


@register.inclusion_tag("ui/components/delta.html")
def delta(change: Delta) -> dict[str, Delta]:
    """Show a change with its direction: {% delta kpi.delta %}."""
    return {"delta": change}


@register.inclusion_tag("ui/components/meter.html")
def meter(part: int, whole: int, words: str = "", kind: str = "") -> dict[str, object]:
    """Show how full something is: {% meter 43 50 words="43 of 50 percent" %}; kind is "warn", "bad" or "sourced".

    Without words the meter is decoration, and the text beside it must say the same.
    """
    filled = 0 if whole <= 0 else min(100, max(0, round(Fraction(100 * part, whole))))
    return {"filled": filled, "words": words, "kind": kind}


@register.inclusion_tag("ui/components/stage_path.html")
def stage_path(stage: str, reached: int, stages: int) -> dict[str, object]:
    """Show how far a deal has come: {% stage_path "Qualified" 2 5 %}."""
    return {"stage": stage, "reached": reached, "stages": stages, "steps": [n < reached for n in range(stages)]}


@register.inclusion_tag("ui/components/clock.html")
def clock(due: datetime, now: datetime) -> dict[str, object]:
    """Show how long is left until an answer is due: {% clock registration.answer_due now %}."""
    left = due - now
    late = left < timedelta(0)
    hours = int(abs(left) // timedelta(hours=1))
    if hours < 72:
        words = (gettext("%(hours)s h late") if late else gettext("%(hours)s h left")) % {"hours": hours}
    else:
        words = (gettext("%(days)s d late") if late else gettext("%(days)s d left")) % {"days": hours // 24}
    urgency = "late" if late else "soon" if left < CLOCK_SOON else ""
    return {"words": words, "urgency": urgency, "due": formats.moment(due)}


# Groups of figures and links


@register.inclusion_tag("ui/components/kpi.html")
def kpi(figure: Kpi) -> dict[str, Kpi]:
    """Show one figure as a card: {% kpi figure %}."""
    return {"kpi": figure}


@register.inclusion_tag("ui/components/chart.html")
def chart(drawn: Chart) -> dict[str, Chart]:
    """Show a chart with its table: {% if mix %}{% chart mix %}{% else %}{% empty … %}{% endif %}."""
    return {"chart": drawn}


@register.inclusion_tag("ui/components/stages.html")
def stages(figures: Sequence[StageFigure], label: str) -> dict[str, object]:
    """Show a pipeline as a strip of filters: {% stages figures "Pipeline by stage" %}."""
    return {"stages": figures, "label": label}


@register.inclusion_tag("ui/components/tabs.html")
def tabs(links: Sequence[Link], label: str) -> dict[str, object]:
    """Show saved views or parts of a page: {% tabs views "Saved views" %}."""
    return {"links": links, "label": label}


@register.inclusion_tag("ui/components/segments.html")
def segments(links: Sequence[Link], label: str) -> dict[str, object]:
    """Show a choice of one among a few: {% segments periods "Period" %}."""
    return {"links": links, "label": label}


@register.inclusion_tag("ui/components/column_heads.html")
def column_heads(columns: Sequence[Column], sort: str = "", can_select: object = None) -> dict[str, object]:
    """Write a table's head with its sort links: {% column_heads columns sort %}.

    `sort` is the current value of the parameter of the same name; following the current column's link turns the order.
    Where rows can be selected, the first cell selects all of the page.
    """
    heads = []
    for column in columns:
        directions = {column.sort: "ascending", f"-{column.sort}": "descending"} if column.sort else {}
        next_sort = f"-{column.sort}" if sort == column.sort else column.sort
        heads.append({"column": column, "direction": directions.get(sort, ""), "next_sort": next_sort})
    return {"heads": heads, "can_select": can_select}


@register.inclusion_tag("ui/components/pagination.html")
def pagination(page: Page[Any], things: str) -> dict[str, object]:
    """Write which rows are shown and the links to others: {% pagination page "deals" %}."""
    return {"page": page, "things": things}


# Lists


@register.inclusion_tag("ui/components/todo.html")
def todo(items: Sequence[TodoItem]) -> dict[str, object]:
    """List work that waits: {% todo items %}."""
    return {"items": items}


@register.inclusion_tag("ui/components/checklist.html")
def checklist(items: Sequence[ChecklistItem]) -> dict[str, object]:
    """List things done and to do, or rules kept and not: {% checklist items %}."""
    return {"items": items}


@register.inclusion_tag("ui/components/timeline.html")
def timeline(entries: Sequence[TimelineEntry]) -> dict[str, object]:
    """List what happened: {% timeline entries %}."""
    return {"entries": entries}


@register.inclusion_tag("ui/components/calculation.html")
def calculation(lines: Sequence[CalculationLine]) -> dict[str, object]:
    """Show an amount's arithmetic: {% calculation lines %}."""
    return {"lines": lines}


@register.inclusion_tag("ui/components/explanation.html")
def explanation(explained: Explanation) -> dict[str, object]:
    """Show why a decision came out as it did: {% explanation decision.explanation %}."""
    return {"explanation": explained}


@register.inclusion_tag("ui/components/facts.html")
def facts(known: Sequence[Fact]) -> dict[str, object]:
    """List what is known about a thing: {% facts known %}. Where a value is markup, write the `dl` of class "facts"."""
    return {"facts": known}


@register.inclusion_tag("ui/components/matrix.html")
def matrix(figures: Matrix, label: str) -> dict[str, object]:
    """Show two lists against each other: {% matrix overlap "Accounts shared, by partner and owner" %}."""
    return {"matrix": figures, "label": label}


@register.inclusion_tag("ui/components/import_preview.html")
def import_preview(columns: Sequence[PreviewColumn], rows: Sequence[PreviewRow]) -> dict[str, object]:
    """Show the first rows of a file as they would be kept: {% import_preview columns rows %}."""
    return {"columns": columns, "rows": rows}


# What comes and goes


@register.inclusion_tag("ui/components/toast.html", takes_context=True)
def toast(context: Context, message: Message) -> dict[str, object]:
    """Show what was just done, with the way back where there is one: {% toast message %}; see `web/ui/toasts.py`."""
    return {"text": message, "undo_url": toasts.undo_url(message), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("ui/components/skeleton.html")
def skeleton(lines: int = 3) -> dict[str, object]:
    """Stand in for a card that is slow to fill: {% skeleton 5 %}."""
    return {"lines": range(lines)}


# Forms


@register.inclusion_tag("ui/components/field.html")
def field(bound: forms.BoundField) -> dict[str, object]:
    """Write a field with label, hint and errors: {% field form.company %}."""
    widget = bound.field.widget
    match widget:
        case forms.CheckboxInput():
            shape, css = "check", "checkbox"
        case forms.RadioSelect() | forms.CheckboxSelectMultiple():
            shape, css = "choices", "checkbox"
            # Each choice is drawn by itself, from the widget's own attributes.
            widget.attrs["class"] = css
        case _:
            shape, css = "text", "input"
    groups = _groups(bound) if shape == "choices" else ()
    return {"field": bound, "shape": shape, "groups": groups, "widget": bound.as_widget(attrs={"class": css})}


def _groups(bound: forms.BoundField) -> list[tuple[str, list[BoundWidget]]]:
    """Return the choices of a field under the names of their groups; "" for those of none."""
    drawn, found = iter(bound.subwidgets), []
    for value, label in cast("Iterable[tuple[Any, Any]]", cast("forms.ChoiceField", bound.field).choices):
        in_group = isinstance(label, list | tuple)
        found.append((str(value) if in_group else "", list(islice(drawn, len(label) if in_group else 1))))
    return found


@register.inclusion_tag("ui/components/combobox.html")
def combobox(bound: forms.BoundField, search_url: str = "") -> dict[str, object]:
    """Write a choice among many as a field that finds while one types: {% combobox form.partner %}.

    Without a script it is the select it was. With `search_url`, for thousands, the select holds only the present
    choice, and the address answers `?q=…` with JSON: a list of {"value": …, "label": …, "note": …}.
    """
    return {"field": bound, "widget": bound.as_widget(attrs={"class": "input"}), "search_url": search_url}


@register.inclusion_tag("ui/components/file_drop.html")
def file_drop(bound: forms.BoundField) -> dict[str, object]:
    """Write a file field as a place to drop on: {% file_drop form.file %}."""
    return {"field": bound}
