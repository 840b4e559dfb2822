"""The vendor's people as a list: members and those invited, their role edited in place, alone or for many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import now
from tallystick.platform.invitations import link_to_hand_over, renew_invitation
from tallystick.platform.mail import mail_is_set_up
from tallystick.platform.models import Membership, WorkspaceRole
from tallystick.platform.people import LastAdmin, change_role
from tallystick.platform.roster import MemberRow, member_rows
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option, choices_of
from tallystick.web.listing.bulk import BulkAction, BulkOutcome, BulkPreview, Refused
from tallystick.web.listing.cells import Cell, Row, RowButton, Way, actions, problem, state, text
from tallystick.web.listing.editing import EditField, EditRefused
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import GroupHead, Part, RowList
from tallystick.web.ui import formats
from tallystick.web.ui.components import Column
from tallystick.web.words import Tag

_MEMBER, _INVITED, _EXPIRED = "member", "invited", "expired"
_STATES: Final = {
    _MEMBER: gettext_lazy("Member"),
    _INVITED: gettext_lazy("Invited"),
    _EXPIRED: gettext_lazy("Invitation expired"),
}
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_ROLE_PLACES: Final = {role: place for place, role in enumerate(WorkspaceRole)}
_SORTS: Final[Mapping[str, Callable[[MemberRow], Any]]] = {
    "name": lambda row: (row.accepted_at is None, row.name.casefold()),
    "role": lambda row: (_ROLE_PLACES[row.role], row.name.casefold()),
    "seen": lambda row: row.last_seen_at or _NEVER,
    "invited": lambda row: row.invited_at,
}


class PeopleList(RowList[MemberRow]):
    """Who works in the workspace. All are read at once: they are as many as a company has colleagues on this."""

    name = "people"
    page = "console:people"
    permission = Permission.MANAGE_PEOPLE
    without: ClassVar[Mapping[Part, str]] = {}
    file_columns = (
        FileColumn("Name"),
        FileColumn("E-mail"),
        FileColumn("Role"),
        FileColumn("State"),
        FileColumn("Invited at", Kind.MOMENT),
        FileColumn("Member since", Kind.MOMENT),
        FileColumn("Last here", Kind.MOMENT),
    )

    def offer(self) -> Listing:
        """Return what can be asked of the people."""
        return Listing(
            things=_("people"),
            columns=(
                Column(key="person", label=_("Person"), sort="name", fixed=True),
                Column(key="role", label=_("Role"), sort="role"),
                Column(key="state", label=_("State"), kind="one-line"),
                Column(key="seen", label=_("Last here"), kind="date", sort="seen"),
                Column(key="actions", label=_("Actions"), hidden_label=True),
                Column(key="invited", label=_("Invited"), kind="date", sort="invited", on_demand=True),
            ),
            default_sort="name",
            search_label=_("Name or address"),
            filters=(
                Filter(name="role", label=_("Role"), options=choices_of(WorkspaceRole.choices)),
                Filter(
                    name="state",
                    label=_("State"),
                    options=tuple(Option(value=value, label=str(words)) for value, words in _STATES.items()),
                ),
            ),
            groups=(Option(value="role", label=_("Role")), Option(value="state", label=_("State"))),
        )

    def find(self) -> list[MemberRow]:
        """Return the people asked for, in order."""
        asked, at = self.asked, now()
        role = asked.get("role")
        rows = member_rows(search=asked.search, role=WorkspaceRole(role) if role else None)
        found = [row for row in rows if asked.get("state") in {"", _state(row, at)}]
        found.sort(key=_SORTS[asked.sort.removeprefix("-")], reverse=asked.sort.startswith("-"))
        if asked.group:
            found.sort(key=self._place)
        return found

    def rows(self, found: Sequence[MemberRow]) -> list[Row]:
        """Return people as the list shows them."""
        at, links = now(), self._links(found)
        return [
            Row(
                key=str(row.membership_id),
                label=row.name,
                group=self._group(row) if self.asked.group else "",
                cells={
                    "person": _person_cell(row, is_self=row.person_id == self.viewer.person.pk),
                    "role": _role_cell(row),
                    "state": _state_cell(row, at),
                    "seen": text(formats.moment(row.last_seen_at) if row.last_seen_at else ""),
                    "invited": text(formats.moment(row.invited_at)),
                    "actions": _buttons(row, links.get(row.membership_id, "")),
                },
            )
            for row in found
        ]

    def keys(self, found: Iterable[MemberRow]) -> list[str]:
        """Return the ids of memberships."""
        return [str(row.membership_id) for row in found]

    def group_heads(self, groups: Sequence[str]) -> Mapping[str, GroupHead]:
        """Return the headings with how many people each group has."""
        inside = [self._group(row) for row in self.found]
        return {group: GroupHead(group, formats.number(inside.count(group))) for group in groups}

    def every_action(self) -> tuple[BulkAction, ...]:
        """Return what can be done to many people."""
        return ACTIONS

    def fields(self) -> tuple[EditField, ...]:
        """Return the fields that are edited in place."""
        return FIELDS

    def file_rows(self, found: Iterable[MemberRow]) -> Iterable[Sequence[Value]]:
        """Return people as rows of a file."""
        at = now()
        return (
            (
                row.name,
                row.email,
                str(row.role.label),
                str(_STATES[_state(row, at)]),
                row.invited_at,
                row.accepted_at,
                row.last_seen_at,
            )
            for row in found
        )

    def _group(self, row: MemberRow) -> str:
        return str(row.role.label) if self.asked.group == "role" else str(_STATES[_state(row, now())])

    def _place(self, row: MemberRow) -> int:
        return _ROLE_PLACES[row.role] if self.asked.group == "role" else list(_STATES).index(_state(row, now()))

    def _links(self, found: Sequence[MemberRow]) -> dict[int, str]:
        """Return the links of invitations to hand over, where no mail is set up that brings them."""
        if mail_is_set_up():
            return {}
        pending = [row.membership_id for row in found if row.accepted_at is None]
        memberships = Membership.objects.filter(pk__in=pending).order_by("pk")
        return {each.pk: link_to_hand_over(self.viewer.actor(), each) for each in memberships}


def _state(row: MemberRow, at: datetime) -> str:
    if row.accepted_at is not None:
        return _MEMBER
    return _EXPIRED if row.expires_at is not None and row.expires_at <= at else _INVITED


def _person_cell(row: MemberRow, *, is_self: bool) -> Cell:
    note = row.email if row.name != row.email else ""
    return problem(row.name, "", note, Tag(_("you")) if is_self else None)


def _role_cell(row: MemberRow) -> Cell:
    label = _("Change the role of %(name)s") % {"name": row.name}
    return text(str(row.role.label)).edited_at(
        reverse("console:edit_field", args=["people", "role", row.membership_id]), label
    )


def _state_cell(row: MemberRow, at: datetime) -> Cell:
    where = _state(row, at)
    tag = Tag(str(_STATES[where]), {_MEMBER: "good", _INVITED: "accent", _EXPIRED: "warn"}[where])
    if row.accepted_at is not None or row.expires_at is None:
        return state(tag)
    words = _("was good until %(at)s") if where == _EXPIRED else _("good until %(at)s")
    return state(tag, words % {"at": formats.moment(row.expires_at)})


def _buttons(row: MemberRow, link: str) -> Cell:
    if row.accepted_at is not None:
        return actions(
            RowButton(
                label=_("Remove"),
                name=_("Remove %(name)s") % {"name": row.name},
                way=Way.OPEN,
                target=reverse("console:person_remove", args=[row.membership_id]),
                danger=True,
            )
        )
    words = {"email": row.email}
    return actions(
        RowButton(label=_("Copy link"), name=_("Copy the link for %(email)s") % words, way=Way.COPY, target=link)
        if link
        else None,
        RowButton(
            label=_("Send again"),
            name=_("Send %(email)s the invitation again") % words,
            way=Way.POST,
            target=reverse("console:person_renew", args=[row.membership_id]),
        ),
        RowButton(
            label=_("Withdraw"),
            name=_("Withdraw the invitation of %(email)s") % words,
            way=Way.POST,
            target=reverse("console:person_withdraw", args=[row.membership_id]),
            danger=True,
        ),
    )


# One role, and many


class RoleForm(forms.Form):
    """Asks for the role the people selected have from now on."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=WorkspaceRole.choices)


def _membership(key: str) -> Membership | None:
    return Membership.objects.select_related("person").filter(pk=int(key)).first() if key.isdigit() else None


def _read_role(_viewer: Viewer, key: str) -> str | None:
    found = _membership(key)
    return found.role if found else None


def _save_role(viewer: Viewer, key: str, value: str, _at: datetime) -> None:
    try:
        change_role(viewer.actor(), membership_id=int(key), role=WorkspaceRole(value))
    except LastAdmin as problem_:
        raise EditRefused(str(problem_)) from problem_


def _cell(_viewer: Viewer, key: str) -> Cell:
    return next(_role_cell(row) for row in member_rows() if row.membership_id == int(key))


FIELDS: Final = (
    EditField(
        name="role",
        label=gettext_lazy("Role"),
        permission=Permission.MANAGE_PEOPLE,
        field=lambda _viewer: forms.ChoiceField(choices=WorkspaceRole.choices),
        read=_read_role,
        save=_save_role,
        cell=_cell,
    ),
)


def _selected(keys: Sequence[str]) -> list[MemberRow]:
    wanted = set(keys)
    return [row for row in member_rows() if str(row.membership_id) in wanted]


def _preview_role(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    rows = _selected(keys)
    held: dict[str, int] = {}
    for row in rows:
        held[str(row.role.label)] = held.get(str(row.role.label), 0) + 1
    first = ngettext("%(n)s person would have another role.", "%(n)s people would have another role.", len(rows))
    now_held = ", ".join(f"{role} {formats.number(count)}" for role, count in sorted(held.items()))
    return BulkPreview(
        count=len(rows),
        sentences=(
            first % {"n": formats.number(len(rows))},
            _("They hold now: %(held)s.") % {"held": now_held},
            _("It counts with their next click."),
        ),
    )


def _change_roles(viewer: Viewer, roles: Mapping[int, WorkspaceRole]) -> tuple[dict[str, str], list[Refused]]:
    before: dict[str, str] = {}
    refused: list[Refused] = []
    for row in _selected([str(key) for key in roles]):
        if row.role == roles[row.membership_id]:
            continue
        try:
            change_role(viewer.actor(), membership_id=row.membership_id, role=roles[row.membership_id])
        except LastAdmin as problem_:
            refused.append(Refused(row.name, str(problem_)))
        else:
            before[str(row.membership_id)] = row.role.value
    return before, refused


def _run_role(viewer: Viewer, keys: Sequence[str], answers: Mapping[str, Any], _at: datetime) -> BulkOutcome:
    role = WorkspaceRole(answers["role"])
    before, refused = _change_roles(viewer, {int(key): role for key in keys if key.isdigit()})
    words = ngettext("%(n)s person is %(role)s from now on.", "%(n)s people are %(role)s from now on.", len(before))
    return BulkOutcome(
        count=len(before),
        words=words % {"n": formats.number(len(before)), "role": role.label},
        refused=tuple(refused),
        record={"before": before},
    )


def _undo_role(viewer: Viewer, record: Mapping[str, Any], _at: datetime) -> BulkOutcome:
    before, refused = _change_roles(viewer, {int(key): WorkspaceRole(value) for key, value in record["before"].items()})
    words = ngettext("%(n)s person has the role of before.", "%(n)s people have the role of before.", len(before))
    return BulkOutcome(count=len(before), words=words % {"n": formats.number(len(before))}, refused=tuple(refused))


def _pending(keys: Sequence[str]) -> tuple[list[MemberRow], list[Refused]]:
    rows = _selected(keys)
    here = _("Is here already, and needs no invitation.")
    return (
        [row for row in rows if row.accepted_at is None],
        [Refused(row.name, here) for row in rows if row.accepted_at is not None],
    )


def _preview_renew(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    ready, refused = _pending(keys)
    words = ngettext(
        "%(n)s person would get a new link; the one sent before stops working.",
        "%(n)s people would get new links; those sent before stop working.",
        len(ready),
    )
    sentences = (words % {"n": formats.number(len(ready))},) if ready else ()
    return BulkPreview(count=len(ready), sentences=sentences, refused=tuple(refused))


def _run_renew(viewer: Viewer, keys: Sequence[str], _answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    ready, refused = _pending(keys)
    for row in ready:
        renew_invitation(viewer.actor(), membership_id=row.membership_id, at=at)
    words = ngettext("Sent %(n)s new link.", "Sent %(n)s new links.", len(ready))
    return BulkOutcome(
        count=len(ready),
        words=words % {"n": formats.number(len(ready))},
        refused=tuple(refused),
        record={"memberships": [row.membership_id for row in ready]},
    )


ACTIONS: Final = (
    BulkAction(
        name="role",
        label=gettext_lazy("Change role"),
        permission=Permission.MANAGE_PEOPLE,
        preview=_preview_role,
        run=_run_role,
        undo=_undo_role,
        form=RoleForm,
    ),
    BulkAction(
        name="renew",
        label=gettext_lazy("Send invitations again"),
        permission=Permission.MANAGE_PEOPLE,
        preview=_preview_renew,
        run=_run_renew,
        final=gettext_lazy("A mail that was sent does not come back. An invitation can be withdrawn until it is used."),
    ),
)
