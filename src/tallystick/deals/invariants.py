"""What must hold of registrations and protections at every moment."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count

from tallystick.deals.models import DealRegistration, Protection, RegistrationState
from tallystick.platform.invariants import invariant


@invariant(id="R1", sentence="An account and product has at most one active protection.")
def one_active_protection() -> Iterator[str]:
    """Yield accounts that are protected more than once."""
    rows = (
        Protection.objects.filter(released_at__isnull=True)
        .values_list("account_key", "product_key")
        .annotate(claims=Count("pk"))
        .filter(claims__gt=1)
        .order_by("account_key", "product_key")
    )
    for account_key, product_key, claims in rows:
        yield f"{account_key} {product_key} has {claims} active protections."


@invariant(id="R3", sentence="No account is protected as a whole while a product of it is protected.")
def no_overlap() -> Iterator[str]:
    """Yield accounts whose whole and a product are protected side by side."""
    held = Protection.objects.filter(released_at__isnull=True)
    whole = held.filter(product_key="").values("account_key")
    rows = held.exclude(product_key="").filter(account_key__in=whole).order_by("account_key", "product_key")
    for account_key, product_key in rows.values_list("account_key", "product_key"):
        yield f"{account_key} is protected as a whole and for {product_key}."


@invariant(id="R2", sentence="Every registration in review or approved holds its protection, and no other does.")
def live_registrations_hold_their_protection() -> Iterator[str]:
    """Yield registrations whose state and protection disagree."""
    live = [RegistrationState.SUBMITTED, RegistrationState.APPROVED]
    without = DealRegistration.objects.filter(state__in=live).exclude(protections__released_at__isnull=True)
    for reference in without.order_by("pk").values_list("reference", flat=True):
        yield f"{reference} is in review or approved and holds no protection."
    ended = [RegistrationState.DECLINED, RegistrationState.WITHDRAWN, RegistrationState.EXPIRED]
    held = Protection.objects.filter(released_at__isnull=True, registration__state__in=ended)
    for reference in held.order_by("pk").values_list("registration__reference", flat=True):
        yield f"{reference} has ended and still holds a protection."
