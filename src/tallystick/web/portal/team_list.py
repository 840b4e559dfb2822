"""The team as a list: a partner's people, members first and then those invited, with their roles; and as a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from tallystick.partners.models import PartnerRole
from tallystick.partners.team import TeamRow, colleague_link, team_rows
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.mail import mail_is_set_up
from tallystick.web.listing import FileColumn, Filter, Kind, Listing, Option, choices_of
from tallystick.web.listing.exports import Value
from tallystick.web.listing.lists import Part, RowList
from tallystick.web.portal.pages import NOT_IN_THE_PORTAL, partner_id_of

_MEMBER, _INVITED = "member", "invited"


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """One person as the page shows it; `link` is an invitation to hand over where no mail brings it."""

    row: TeamRow
    is_self: bool
    is_expired: bool
    link: str


class TeamList(RowList[TeamRow]):
    """A partner's own people. Addresses and visits are for who manages the team."""

    name = "team"
    page = "portal:team"
    permission = Permission.SEE_OWN_PORTAL
    is_table = False
    without: ClassVar[Mapping[Part, str]] = {
        **NOT_IN_THE_PORTAL,
        Part.SORT: "A team is short: members by name, then those invited, the newest first.",
    }
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
        """Return what can be asked of the team."""
        states = (Option(value=_MEMBER, label=_("Members")), Option(value=_INVITED, label=_("Invited")))
        return Listing(
            things=_("people"),
            columns=(),
            search_label=_("Name or address"),
            filters=(
                Filter(name="role", label=_("Role"), options=choices_of(PartnerRole.choices)),
                Filter(name="state", label=_("State"), options=states),
            ),
        )

    def find(self) -> list[TeamRow]:
        """Return the people asked for: members by name, then those invited, the newest first."""
        asked, search = self.asked, self.asked.search.casefold()
        return [
            row
            for row in team_rows(partner_id_of(self.viewer))
            if search in (f"{row.name} {row.email}" if self._may_manage else row.name).casefold()
            and asked.get("role") in {"", row.role}
            and asked.get("state") in {"", _MEMBER if row.accepted_at else _INVITED}
        ]

    def rows(self, found: Sequence[TeamRow]) -> list[TeamEntry]:
        """Return people as the list shows them."""
        at, partner_id = now(), partner_id_of(self.viewer)
        hands_over = self._may_manage and not mail_is_set_up()
        return [
            TeamEntry(
                row=row,
                is_self=row.person_id == self.viewer.person.pk,
                is_expired=row.accepted_at is None and row.expires_at is not None and row.expires_at <= at,
                link=colleague_link(self.viewer.actor(), partner_id=partner_id, membership_id=row.membership_id)
                if hands_over and row.accepted_at is None
                else "",
            )
            for row in found
        ]

    def keys(self, found: Iterable[TeamRow]) -> list[str]:
        """Return the ids of memberships."""
        return [str(row.membership_id) for row in found]

    def file_rows(self, found: Iterable[TeamRow]) -> Iterable[Sequence[Value]]:
        """Return people as rows of a file."""
        return (
            (
                row.name,
                row.email if self._may_manage else "",
                str(row.role.label),
                _("Member") if row.accepted_at else _("Invited"),
                row.invited_at,
                row.accepted_at,
                row.last_seen_at if self._may_manage else None,
            )
            for row in found
        )

    @property
    def _may_manage(self) -> bool:
        return self.viewer.may(Permission.MANAGE_OWN_TEAM)
