"""What is changed in the directory: tier, lifecycle and manager, of one partner in its place or of many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tallystick.partners.many import ManyChanged, change_lifecycles, change_managers, change_tiers
from tallystick.partners.models import Lifecycle, Partner, Tier
from tallystick.partners.services import LifecycleRefused, change_lifecycle, change_manager, change_tier
from tallystick.platform.access import Permission, Viewer
from tallystick.platform.clock import today
from tallystick.platform.models import Membership, Person
from tallystick.web.listing.bulk import BulkAction, BulkOutcome, BulkPreview, ReasonForm, Refused
from tallystick.web.listing.cells import Cell, state, text
from tallystick.web.listing.editing import EditField, EditRefused
from tallystick.web.ui import formats
from tallystick.web.words import Tag

_LIFECYCLE_TONES: Final = {
    Lifecycle.ACTIVE: "good",
    Lifecycle.ONBOARDING: "accent",
    Lifecycle.DORMANT: "warn",
    Lifecycle.DECLINED: "bad",
}
_LABELS: Final = {
    "tier": gettext_lazy("Tier"),
    "lifecycle": gettext_lazy("Lifecycle"),
    "manager": gettext_lazy("Manager"),
}


def tier_cell(tier: Tier | None) -> Cell:
    """Return a tier as a list shows it."""
    return state(Tag(str(tier.label)) if tier else None)


def lifecycle_cell(lifecycle: Lifecycle) -> Cell:
    """Return where a partner stands as a list shows it."""
    return state(Tag(str(lifecycle.label), _LIFECYCLE_TONES.get(lifecycle, "")))


def edited(cell: Cell, field: str, *, partner_id: int, name: str) -> Cell:
    """Return a cell that is edited in its place."""
    label = _("%(field)s of %(partner)s") % {"field": _LABELS[field], "partner": name}
    return cell.edited_at(f"{_fields_address()}{field}/{partner_id}/", label)


@cache
def _fields_address() -> str:
    """Return where the fields of partners are edited; looked up once, since a page has hundreds of them."""
    return reverse("console:edit_field", args=["partners", "tier", 0]).removesuffix("tier/0/")


# One field of one partner


def _partner(key: str) -> Partner | None:
    return Partner.objects.select_related("manager").filter(pk=int(key)).first() if key.isdigit() else None


def _held(key: str, column: str) -> str | None:
    found = _partner(key)
    return None if found is None else str(getattr(found, column) or "")


def _today(viewer: Viewer) -> Any:
    return today(viewer.workspace.time_zone)


def _save_tier(viewer: Viewer, key: str, value: str, at: datetime) -> None:
    on = _today(viewer)
    change_tier(viewer.actor(), partner_id=int(key), tier=Tier(value), valid_from=on, today=on, at=at)


def _save_lifecycle(viewer: Viewer, key: str, value: str, at: datetime) -> None:
    try:
        change_lifecycle(viewer.actor(), partner_id=int(key), lifecycle=Lifecycle(value), on=_today(viewer), at=at)
    except LifecycleRefused as refusal:
        raise EditRefused(str(refusal)) from refusal


def _save_manager(viewer: Viewer, key: str, value: str, at: datetime) -> None:
    manager = Person.objects.get(pk=int(value)) if value else None
    change_manager(viewer.actor(), partner_id=int(key), manager=manager, at=at)


def _cell(field: str, key: str) -> Cell:
    found = Partner.objects.select_related("manager").get(pk=int(key))
    cell = {
        "tier": lambda: tier_cell(Tier(found.tier) if found.tier else None),
        "lifecycle": lambda: lifecycle_cell(Lifecycle(found.lifecycle)),
        "manager": lambda: text(str(found.manager or "")),
    }[field]()
    return edited(cell, field, partner_id=found.pk, name=found.name)


def colleagues() -> list[tuple[str, str]]:
    """Return the people of the vendor who can look after a partner, by name; first nobody."""
    members = Membership.objects.filter(accepted_at__isnull=False).select_related("person")
    people = sorted((str(member.person), str(member.person_id)) for member in members)
    return [("", _("Nobody")), *((key, name) for name, key in people)]


def _manager_field(_viewer: Viewer) -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Manager"), choices=colleagues, required=False)


def _tier_field(_viewer: Viewer) -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Tier"), choices=Tier.choices)


def _lifecycle_field(_viewer: Viewer) -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Lifecycle"), choices=Lifecycle.choices)


FIELDS: Final = (
    EditField(
        name="tier",
        label=gettext_lazy("Tier"),
        permission=Permission.MANAGE_PARTNERS,
        field=_tier_field,
        read=lambda _viewer, key: _held(key, "tier"),
        save=_save_tier,
        cell=lambda _viewer, key: _cell("tier", key),
    ),
    EditField(
        name="lifecycle",
        label=gettext_lazy("Lifecycle"),
        permission=Permission.MANAGE_PARTNERS,
        field=_lifecycle_field,
        read=lambda _viewer, key: _held(key, "lifecycle"),
        save=_save_lifecycle,
        cell=lambda _viewer, key: _cell("lifecycle", key),
    ),
    EditField(
        name="manager",
        label=gettext_lazy("Manager"),
        permission=Permission.MANAGE_PARTNERS,
        field=_manager_field,
        read=lambda _viewer, key: _held(key, "manager_id"),
        save=_save_manager,
        cell=lambda _viewer, key: _cell("manager", key),
    ),
)


# Many partners


class ManagerForm(forms.Form):
    """Asks who looks after the partners selected."""

    manager = forms.ChoiceField(label=gettext_lazy("Manager"), choices=colleagues, required=False)


class TierForm(ReasonForm):
    """Asks for the tier, and why: commission rates follow it."""

    tier = forms.ChoiceField(label=gettext_lazy("Tier"), choices=Tier.choices)
    field_order = ("tier", "reason")


class LifecycleForm(ReasonForm):
    """Asks where the partners selected stand from now on, and why."""

    lifecycle = forms.ChoiceField(label=gettext_lazy("Lifecycle"), choices=Lifecycle.choices)
    field_order = ("lifecycle", "reason")


def _ids(keys: Sequence[str]) -> list[int]:
    return [int(key) for key in keys if key.isdigit()]


def _would_change(
    keys: Sequence[str], column: str, words: Mapping[str, str], nothing: str, effect: str = ""
) -> BulkPreview:
    """Return how many of the partners hold which value now, and what else the change does."""
    counts: dict[str, int] = {}
    for value in Partner.objects.filter(pk__in=_ids(keys)).values_list(column, flat=True):
        name = words.get(str(value or ""), nothing)
        counts[name] = counts.get(name, 0) + 1
    total = sum(counts.values())
    first = ngettext("%(n)s partner would change.", "%(n)s partners would change.", total)
    now = ", ".join(f"{name} {formats.number(count)}" for name, count in sorted(counts.items()))
    sentences = (first % {"n": formats.number(total)}, _("They hold now: %(held)s.") % {"held": now}, effect)
    return BulkPreview(count=total, sentences=tuple(filter(None, sentences)))


def _preview_manager(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    return _would_change(keys, "manager_id", dict(colleagues()), _("Nobody"))


def _preview_tier(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    words = {str(value): str(label) for value, label in Tier.choices}
    rates = _("From today their commission follows the rates of the new tier; what is booked stays as it is.")
    return _would_change(keys, "tier", words, _("No tier"), rates)


def _preview_lifecycle(_viewer: Viewer, keys: Sequence[str]) -> BulkPreview:
    words = {str(value): str(label) for value, label in Lifecycle.choices}
    steps = _("A partner that cannot take the step from where it stands is left as it is, with the reason.")
    return _would_change(keys, "lifecycle", words, "", steps)


def _run_manager(viewer: Viewer, keys: Sequence[str], answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    manager = Person.objects.get(pk=int(answers["manager"])) if answers["manager"] else None
    done = change_managers(viewer.actor(), managers=dict.fromkeys(_ids(keys), manager), at=at)
    return _outcome(done, _("%(n)s partners: manager is %(value)s."), str(manager or _("nobody")))


def _run_tier(viewer: Viewer, keys: Sequence[str], answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    tier, on = Tier(answers["tier"]), _today(viewer)
    done = change_tiers(viewer.actor(), tiers=dict.fromkeys(_ids(keys), tier), valid_from=on, today=on, at=at)
    return _outcome(done, _("%(n)s partners: tier is %(value)s."), str(tier.label))


def _run_lifecycle(viewer: Viewer, keys: Sequence[str], answers: Mapping[str, Any], at: datetime) -> BulkOutcome:
    lifecycle = Lifecycle(answers["lifecycle"])
    done = change_lifecycles(viewer.actor(), lifecycles=dict.fromkeys(_ids(keys), lifecycle), on=_today(viewer), at=at)
    return _outcome(done, _("%(n)s partners: lifecycle is %(value)s."), str(lifecycle.label))


def _undo_manager(viewer: Viewer, record: Mapping[str, Any], at: datetime) -> BulkOutcome:
    people = Person.objects.in_bulk([int(value) for value in record["before"].values() if value])
    managers = {int(key): people.get(int(value)) if value else None for key, value in record["before"].items()}
    return _put_back(change_managers(viewer.actor(), managers=managers, at=at))


def _undo_tier(viewer: Viewer, record: Mapping[str, Any], at: datetime) -> BulkOutcome:
    on = _today(viewer)
    tiers = {int(key): Tier(value) for key, value in record["before"].items() if value}
    done = change_tiers(viewer.actor(), tiers=tiers, valid_from=on, today=on, at=at)
    untiered = Partner.objects.filter(pk__in=[int(key) for key, value in record["before"].items() if not value])
    reason = _("It had no tier before, and a tier can be changed but not taken away.")
    done.refused.extend((name, reason) for name in untiered.order_by("name").values_list("name", flat=True))
    return _put_back(done)


def _undo_lifecycle(viewer: Viewer, record: Mapping[str, Any], at: datetime) -> BulkOutcome:
    before = {int(key): Lifecycle(value) for key, value in record["before"].items()}
    return _put_back(change_lifecycles(viewer.actor(), lifecycles=before, on=_today(viewer), at=at))


def _outcome(done: ManyChanged, words: str, value: str) -> BulkOutcome:
    return BulkOutcome(
        count=len(done.before),
        words=words % {"n": formats.number(len(done.before)), "value": value},
        refused=tuple(Refused(name, reason) for name, reason in done.refused),
        record={"before": {str(key): value for key, value in done.before.items()}},
    )


def _put_back(done: ManyChanged) -> BulkOutcome:
    return _outcome(done, _("%(n)s partners are as they were before.%(value)s"), "")


ACTIONS: Final = (
    BulkAction(
        name="manager",
        label=gettext_lazy("Set manager"),
        permission=Permission.MANAGE_PARTNERS,
        preview=_preview_manager,
        run=_run_manager,
        undo=_undo_manager,
        form=ManagerForm,
    ),
    BulkAction(
        name="tier",
        label=gettext_lazy("Set tier"),
        permission=Permission.MANAGE_PARTNERS,
        preview=_preview_tier,
        run=_run_tier,
        undo=_undo_tier,
        form=TierForm,
    ),
    BulkAction(
        name="lifecycle",
        label=gettext_lazy("Set lifecycle"),
        permission=Permission.MANAGE_PARTNERS,
        preview=_preview_lifecycle,
        run=_run_lifecycle,
        undo=_undo_lifecycle,
        form=LifecycleForm,
    ),
)
