"""The list of leads: introductions of partners, and leads of ours on their way to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Final

from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tallystick.deals.lead_queries import LeadView, lead_view_counts, leads_in_view
from tallystick.deals.models import Lead, LeadDirection, LeadState
from tallystick.deals.rules.forms.form import Subject
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.database.search import found_by_words
from tallystick.web.access import console, current_viewer
from tallystick.web.asked import AnswerColumns
from tallystick.web.console.choices import partner_filter
from tallystick.web.console.lead_changes import ACTIONS
from tallystick.web.console.pages import FRAME
from tallystick.web.drafts import NEW_LEAD, draft_card
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option, choices_of
from tallystick.web.listing.bulk import BulkAction
from tallystick.web.listing.cells import Cell, Row, partner, state, subject, text
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import GroupHead, Part, RowList
from tallystick.web.listing.serving import answer_list
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column
from tallystick.web.words import Tag, day_near

_ORDER: Final[Mapping[str, tuple[Any, ...]]] = {
    "company": ("company", "pk"),
    "-company": ("-company", "-pk"),
    "introduced": ("introduced_at", "pk"),
    "-introduced": ("-introduced_at", "-pk"),
    "partner": (F("partner__name").asc(nulls_last=True), "pk"),
    "-partner": (F("partner__name").desc(nulls_last=True), "-pk"),
    "due": (F("due").asc(nulls_last=True), "pk"),
    "-due": (F("due").desc(nulls_last=True), "-pk"),
}
_TONES: Final = {
    LeadState.NEW: "warn",
    LeadState.ACCEPTED: "accent",
    LeadState.QUALIFIED: "accent",
    LeadState.CONVERTED: "good",
    LeadState.DECLINED: "",
}


@console(Permission.SEE_LEADS)
@require_safe
def leads(request: HttpRequest) -> HttpResponseBase:
    """List leads in the view, filters and order of the address."""
    listed = LeadList(current_viewer(request), request.GET)
    context = {
        "may_manage": listed.viewer.may(Permission.MANAGE_LEADS),
        "drafts": draft_card(NEW_LEAD, listed.viewer),
    }
    return answer_list(request, FRAME, listed, "console/leads/leads.html", context)


def state_tag(lead: Lead) -> Tag:
    """Return a lead's state in words, with its tone."""
    return Tag(str(lead.get_state_display()), _TONES[LeadState(lead.state)])


class LeadList(RowList[Lead]):
    """The leads of both directions."""

    name = "leads"
    page = "console:leads"
    permission = Permission.SEE_LEADS
    without: ClassVar[Mapping[Part, str]] = {
        Part.EDITING: "What a partner introduced stays as it was said; everything else follows from what is done.",
    }
    file_columns = (
        FileColumn("Reference"),
        FileColumn("Company"),
        FileColumn("Website"),
        FileColumn("Country"),
        FileColumn("Direction"),
        FileColumn("State"),
        FileColumn("Partner"),
        FileColumn("Contact"),
        FileColumn("Contact e-mail"),
        FileColumn("Need"),
        FileColumn("Owner"),
        FileColumn("Introduced at", Kind.MOMENT),
        FileColumn("Due at", Kind.MOMENT),
        FileColumn("Reason"),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the leads, with how many each view holds. Three queries."""
        counts = lead_view_counts(person_id=self.viewer.person.pk)
        return Listing(
            things=_("leads"),
            columns=(
                Column(key="company", label=_("Company"), sort="company", fixed=True),
                Column(key="direction", label=_("Direction")),
                Column(key="partner", label=_("Partner"), sort="partner"),
                Column(key="state", label=_("State")),
                Column(key="due", label=_("Answer due"), kind="date", sort="due"),
                Column(key="introduced", label=_("Since"), kind="date", sort="introduced"),
                Column(key="owner", label=_("Owner"), kind="one-line"),
                Column(key="contact", label=_("Contact"), on_demand=True),
                Column(key="need", label=_("Need"), on_demand=True),
                Column(key="country", label=_("Country"), on_demand=True),
                Column(key="source", label=_("Came by"), on_demand=True),
            ),
            default_sort="-introduced",
            search_label=_("Company or reference"),
            filters=(
                Filter(
                    name="view",
                    label=_("View"),
                    options=tuple(
                        Option(value=view.value, label=str(view.label), count=counts[view]) for view in LeadView
                    ),
                ),
                Filter(name="direction", label=_("Direction"), options=choices_of(LeadDirection.choices)),
                Filter(name="state", label=_("State"), options=choices_of(LeadState.choices)),
                partner_filter(),
            ),
            groups=(
                Option(value="state", label=_("State")),
                Option(value="direction", label=_("Direction")),
                Option(value="partner", label=_("Partner")),
            ),
        )

    def find(self) -> QuerySet[Lead]:
        """Return the leads asked for, in order."""
        view = LeadView(self.asked.get("view") or LeadView.ALL)
        found = leads_in_view(view, person_id=self.viewer.person.pk)
        found = found.annotate(due=Coalesce("asked_until", "answer_due_at"))
        for name in ("direction", "state"):
            if value := self.asked.get(name):
                found = found.filter(**{name: value})
        if partner_id := self.asked.number("partner"):
            found = found.filter(partner_id=partner_id)
        if self.asked.search:
            found = found.filter(pk__in=found_by_words(Lead, self.asked.search))
        order = _ORDER[self.asked.sort]
        match self.asked.group:
            case "state" | "direction" as field:
                return found.annotate(in_group=F(field)).order_by("in_group", *order)
            case "partner":
                in_group = F("in_group").asc(nulls_last=True)
                return found.annotate(in_group=F("partner__name")).order_by(in_group, *order)
            case _:
                return found.order_by(*order)

    def group_heads(self, groups: Sequence[str]) -> Mapping[str, GroupHead]:
        """Return the headings with how many leads each group has. One query."""
        assert isinstance(self.found, QuerySet)  # noqa: S101 - `find` returns one
        counted = self.found.order_by("in_group").values_list("in_group").annotate(n=Count("pk"))
        words = {**dict(LeadState.choices), **dict(LeadDirection.choices), "": _("No partner yet")}
        found = {
            str(value or ""): GroupHead(str(words.get(value or "", value)), formats.number(n)) for value, n in counted
        }
        return {group: head for group, head in found.items() if group in groups}

    def rows(self, found: Sequence[Lead]) -> list[Row]:
        """Return leads as the list shows them."""
        return [self._row(lead) for lead in found]

    def keys(self, found: Iterable[Lead]) -> list[str]:
        """Return the ids of leads."""
        return [str(lead.pk) for lead in found]

    def every_action(self) -> tuple[BulkAction, ...]:
        """Return what can be done to many leads."""
        return ACTIONS

    @cached_property
    def answers(self) -> AnswerColumns:
        """What leads answered to the form, as columns of a file."""
        return AnswerColumns(Subject.LEAD)

    def every_file_column(self) -> Sequence[FileColumn]:
        """Return the columns of a file, with what the form asks last."""
        return (*self.file_columns, *self.answers.columns)

    def file_rows(self, found: Iterable[Lead]) -> Iterable[Sequence[Value]]:
        """Return leads as rows of a file."""
        return (
            (
                lead.reference,
                lead.company,
                lead.website,
                lead.country,
                str(lead.get_direction_display()),
                str(lead.get_state_display()),
                lead.partner.name if lead.partner else "",
                lead.contact_name,
                lead.contact_email,
                lead.need,
                str(lead.owner) if lead.owner else "",
                lead.introduced_at,
                _due(lead),
                lead.reason,
                *self.answers.values(lead),
            )
            for lead in found
        )

    def _row(self, lead: Lead) -> Row:
        due = _due(lead)
        late = due is not None and due < now()
        tag = Tag(_("Late"), "bad") if late else None
        url = reverse("console:lead", args=[lead.reference])
        return Row(
            key=str(lead.pk),
            label=lead.company,
            group=str(getattr(lead, "in_group", "") or ""),
            cells={
                "company": subject(lead.company, url, lead.reference, in_sheet=True, tag=tag),
                "direction": text(str(lead.get_direction_display())),
                "partner": _partner_cell(lead),
                "state": state(state_tag(lead)),
                "due": text(formats.moment(due) if due else ""),
                "introduced": text(day_near(timezone.localtime(lead.introduced_at).date(), self.on)),
                "owner": text(str(lead.owner) if lead.owner else ""),
                "contact": text(lead.contact_name, lead.contact_email),
                "need": text(lead.need),
                "country": text(lead.country),
                "source": text(lead.source),
            },
        )


def _due(lead: Lead) -> datetime | None:
    """Return the instant a lead's clock runs to: an answer owed to a partner, or one that a partner owes."""
    return getattr(lead, "due", None) if lead.state == LeadState.NEW else None


def _partner_cell(lead: Lead) -> Cell:
    if lead.partner is not None:
        return partner(lead.partner.name, lead.partner.type)
    asked: str | None = getattr(lead, "asked_partner", None)
    if asked:
        return partner(asked, getattr(lead, "asked_type", ""), _("is being asked"))
    return text("", _("nobody is asked") if lead.state == LeadState.NEW else "")
