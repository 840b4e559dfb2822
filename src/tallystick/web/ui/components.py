"""What the components show: small values that views build and templates hand to the tags of `templatetags/ui.py`.

They hold text that is already written for the reader (see `formats`), so that a component never decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry of a navigation, a tab list, a segmented control or a breadcrumb."""

    label: str
    url: str
    icon: str = ""
    current: bool = False
    count: int | None = None
    waiting: bool = False
    """The count is work that waits for the reader, so it stands out."""
    keys: str = ""
    """Keyboard sequence that follows the link, such as "g d"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkGroup:
    """Links under a heading; the first group of the sidebar has none."""

    links: tuple[Link, ...]
    heading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceLink:
    """One more workspace or partner of a person; its button posts the key."""

    key: str
    label: str
    note: str
    """The vendor, for a partner of it."""
    is_partner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What surrounds a page, in the console and in the portal."""

    organisation: str
    """The vendor's name, beside the logo."""
    subtitle: str
    """What this side of the product is: "Partner programme", "Partners"."""
    home_url: str
    person_name: str
    person_email: str
    sign_out_url: str
    """Answers to POST."""
    navigation: tuple[LinkGroup, ...]
    foot: tuple[Link, ...] = ()
    """Links at the foot of the console's sidebar."""
    main_action: Link | None = None
    """The portal's one button, raised in the tab bar of a phone."""
    account_url: str = ""
    """The pages of the person's own account."""
    other_places: tuple[PlaceLink, ...] = ()
    """Where else this person may work, without signing out."""
    notices_url: str = ""
    """The person's notifications; without it there is no bell."""
    unread: int = 0
    """Notifications that wait to be read."""
    single_keys: bool = True
    """Single letters are shortcuts for this person."""
    accent: str = ""
    """The vendor's colour as it was chosen, "#2f52d4"; without one the pages wear ours."""
    logo_url: str = ""
    """The vendor's logo; without one there is ours."""

    @property
    def links(self) -> tuple[Link, ...]:
        """All links of the navigation in order: the keyboard help lists them."""
        return tuple(link for group in self.navigation for link in group.links)

    @property
    def links_before_action(self) -> tuple[Link, ...]:
        """The two links on the left of the tab bar's raised button."""
        return self.links[:2]

    @property
    def links_after_action(self) -> tuple[Link, ...]:
        """The two links on its right; what is left over is in the account menu."""
        return self.links[2:4]

    @property
    def links_left_over(self) -> tuple[Link, ...]:
        """Links that found no place in the tab bar of a phone."""
        return self.links[4:]


class Trend(StrEnum):
    """Whether a change is good news; up is not always better."""

    BETTER = "better"
    WORSE = "worse"
    FLAT = "flat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """A change against the comparison period, such as "18.4%" upwards."""

    text: str
    trend: Trend
    rising: bool

    @property
    def icon(self) -> str:
        """The arrow that shows the direction."""
        if self.trend is Trend.FLAT:
            return "minus"
        return "arrow-up-right" if self.rising else "arrow-down-right"

    @property
    def spoken(self) -> str:
        """The direction in words, for those who do not see the arrow."""
        if self.trend is Trend.FLAT:
            return gettext("unchanged")
        return gettext("up") if self.rising else gettext("down")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One figure with its comparison, its curve and the way to its definition and rows."""

    label: str
    value: str
    note: str
    """Unit, period and comparison in words."""
    url: str = ""
    delta: Delta | None = None
    spark: SafeString | None = None
    """From `charts.spark`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: what its cells are, and the field it sorts by when it can be sorted."""

    label: str | Promise
    kind: str = ""
    """Class of its cells: "number", "date" or nothing for text."""
    sort: str = ""
    """Value of the `sort` parameter; a leading hyphen turns the order."""
    hidden_label: bool = False
    """The heading is for screen readers only (select, actions)."""
    key: str = ""
    """What the column is called in an address; only columns with a key can be chosen and ordered."""
    on_demand: bool = False
    """Shown only when it is chosen."""
    fixed: bool = False
    """Always shown, and first: the column a row is known by."""


class Progress(TextChoices):
    """Where one line of a checklist stands: a task is done or open, a rule is kept or broken.

    Of a rule it may not be known, or it may ask nothing in this case.
    """

    DONE = "done", _("done")
    OPEN = "open", _("open")
    KEPT = "kept", _("kept")
    BROKEN = "broken", _("broken")
    UNKNOWN = "unknown", _("not known")
    NOT_ASKED = "not_asked", _("does not apply")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One thing to do, or one rule that was checked, with what it is for."""

    label: str
    progress: Progress
    note: str = ""
    url: str = ""
    action: str = ""
    """Words on the button that `url` leads to."""


class Urgency(StrEnum):
    """How loudly something asks."""

    NORMAL = "normal"
    WAITING = "waiting"
    LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoItem:
    """Work that waits for the reader, and how much of it."""

    label: str
    note: str
    url: str
    icon: str
    count: int
    urgency: Urgency = Urgency.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened, newest first in a list."""

    text: str
    when: str
    note: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculationLine:
    """A step of an amount's arithmetic: what it is, its figure, and the fact or rule it comes from."""

    label: str
    figure: str
    note: str = ""
    result: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFigure:
    """One stage of a pipeline: how many, how much, and its share of the fullest one in percent.

    Without a count it is a filter only: there is too much to count.
    """

    label: str
    url: str
    count: int | None
    amount: str
    percent: int
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of what is known about a thing: its name and its value, which may lead somewhere."""

    label: str
    text: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    """Where a row and a column meet: its figure, how deep its colour is (0 to 4), and the rows behind it."""

    text: str
    depth: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """One name on the left and its cells, one for each column."""

    name: str
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Names along both sides, a figure where they meet."""

    columns: tuple[str, ...]
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewColumn:
    """A column of a file that is about to be imported: its heading there, and what it will be kept as, if anything."""

    heading: str
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One row of a file as it would be kept, or the reason why it would be refused."""

    cells: tuple[str, ...]
    fault: str = ""


CREDITS: Final[dict[str, str | Promise]] = {
    "sourced": _("Sourced"),
    "influenced": _("Influenced"),
    "direct": _("Direct"),
}
"""The words for who brought a deal, in the order in which the three always stand."""

FAMILIES: Final[dict[str, str]] = {
    "system_integrator": "services",
    "agency": "services",
    "consultant": "services",
    "reseller": "resale",
    "distributor": "resale",
    "msp": "resale",
    "isv": "product",
    "strategic_ally": "product",
    "instrument_vendor": "instrument",
    "referral": "referral",
    "affiliate": "referral",
    "community": "referral",
}
"""The family whose colour a partner type wears: five can be told apart, twelve cannot."""


def initials(name: str) -> str:
    """Return up to two initials of a name: "Zephyr Informatics" is "ZI"."""
    words = [word for word in name.replace("&", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper()
