"""The pages of keys for the API, at the vendor and at a partner: the same list, the same form, shown once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.partners.api_keys import ENTROPY_NEEDED, NewKey, create_api_key
from tallystick.partners.models import ApiKey
from tallystick.platform.access import Permission, Viewer

PERMISSION_WORDS: Final[dict[Permission, Promise]] = {
    Permission.SEE_DEALS: _("Read deals, registrations, accounts and contacts"),
    Permission.WRITE_ON_DEALS: _(
        "Write to partners about their deals, add people and files, open conflicts and appeal rulings"
    ),
    Permission.DECIDE_REGISTRATIONS: _("Submit registrations, decide them and what partners ask of them"),
    Permission.SEE_LEADS: _("Read leads, their offers and the ranking of partners"),
    Permission.MANAGE_LEADS: _("Add leads, answer them, pass them to partners and convert them"),
    Permission.RULE_CONFLICTS: _("Rule conflicts, not after an appeal"),
    Permission.SEE_PROGRAMME: _("Read the rules of engagement and the registration form, in every version"),
    Permission.MANAGE_PROGRAMME: _("Try and publish rules of engagement, and publish the registration form"),
    Permission.SEE_PARTNERS: _("Read partners and their people"),
    Permission.MANAGE_PARTNERS: _("Add partners, change lifecycle and tier, invite people"),
    Permission.SEE_ATTRIBUTION: _("Read touches, decisions and their explanations"),
    Permission.MANAGE_ATTRIBUTION: _("Record touches"),
    Permission.SEE_COMMISSIONS: _("Read invoices, payments, commission lines, approval runs and statements"),
    Permission.SEE_SELLER_PAY: _("Read what deals pay every AE, direct and with partners"),
    Permission.MANAGE_SELLER_PAY: _("Read and publish the table of what AEs are paid"),
    Permission.IMPORT_FACTS: _("Import files, see how they went, and undo them"),
    Permission.SEE_ACTIVITY: _("Read the activity stream"),
    Permission.MANAGE_WEBHOOKS: _("Add and remove webhooks, see what was sent to them, and send it again"),
    Permission.SEE_OWN_DEALS: _("Read your registrations, deals and messages"),
    Permission.REGISTER_DEALS: _("Check, register and withdraw deals, answer questions, ask for time and changes"),
    Permission.WRITE_ON_OWN_DEALS: _("Write about your deals, add people and files"),
    Permission.DISPUTE_OWN_DEALS: _("Dispute decisions on your deals and appeal rulings"),
    Permission.SEE_OWN_LEADS: _("Read your leads and those you are asked about"),
    Permission.INTRODUCE_LEADS: _("Introduce leads, and answer and work those you are asked about"),
    Permission.SEE_OWN_EARNINGS: _("Read your commission lines and statements"),
    Permission.MANAGE_OWN_WEBHOOKS: _("Add and remove your webhooks, see what was sent to them, and send it again"),
}
_LASTS: Final = (("", _("until it is revoked")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("a year")))
_USED_LATELY: Final = timedelta(days=30)


class KeyForm(forms.Form):
    """Asks what a key is for, what it may do and how long it lasts; nobody gives away more than they may themselves."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("The program that will use it. It stands in the activity stream beside what the key does."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Name the key after the program that will use it.")},
    )
    permissions = forms.MultipleChoiceField(
        label=_("It may"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one: a key that may do nothing is of no use.")},
    )
    lasts = forms.ChoiceField(label=_("It works"), choices=_LASTS, required=False)

    def __init__(self, *args: Any, offered: Iterable[Permission], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(permission.value, PERMISSION_WORDS[permission]) for permission in offered]
        field = self.fields["permissions"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = choices

    def make(self, viewer: Viewer, *, partner_id: int | None, at: datetime) -> NewKey:
        """Make the key that a valid form asks for."""
        asked = self.cleaned_data
        return create_api_key(
            viewer.actor(),
            name=asked["name"],
            permissions=[permission for permission in PERMISSION_WORDS if permission.value in asked["permissions"]],
            partner_id=partner_id,
            expires_at=at + timedelta(days=int(asked["lasts"])) if asked["lasts"] else None,
            at=at,
            entropy=token_bytes(ENTROPY_NEEDED),
        )


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as a list shows it."""

    key: ApiKey
    may: tuple[str | Promise, ...]
    works: bool
    is_expired: bool


def offered_to(viewer: Viewer, keys: Sequence[Permission]) -> tuple[Permission, ...]:
    """Return what the viewer may give to a key: what keys can carry, and the viewer may do."""
    return tuple(permission for permission in keys if viewer.may(permission))


def key_rows(keys: Iterable[ApiKey], *, at: datetime) -> list[KeyRow]:
    """Return keys as a list shows them."""
    rows = []
    for key in keys:
        may = tuple(words for permission, words in PERMISSION_WORDS.items() if permission.value in key.permissions)
        is_expired = key.expires_at is not None and key.expires_at <= at
        rows.append(KeyRow(key, may, key.revoked_at is None and not is_expired, is_expired))
    return rows


def in_use(key: ApiKey, *, at: datetime) -> bool:
    """Tell whether a program has called with the key lately, and would be cut off."""
    return key.last_used_at is not None and key.last_used_at > at - _USED_LATELY
