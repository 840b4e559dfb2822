"""Reads on what partners may learn of a company they claim: the policy that holds, and what each claim was told."""

from __future__ import annotations

from django.db.models import QuerySet

from tallystick.deals.models import DealRegistration, DisclosurePolicy, RegistrationState
from tallystick.deals.rules.disclosure import Disclosure
from tallystick.kernel.explanations import Explanation

DEFAULT = Disclosure.KNOWN
"""What holds where a workspace has chosen nothing."""


def disclosure_in_force() -> Disclosure:
    """Return what partners may learn now. One query, on the vendor's side."""
    policy = disclosure_policies().first()
    return Disclosure(policy.may_learn) if policy is not None else DEFAULT


def disclosure_policies() -> QuerySet[DisclosurePolicy]:
    """Return every version of the policy, the latest first."""
    return DisclosurePolicy.objects.order_by("-number")


def explanation_for_partner(made: DealRegistration) -> Explanation | None:
    """Return what the partner reads of how its claim was answered: all of it once it is approved.

    None for a claim that was made without one. A claim that a rule declined at once is told that rule alone, by
    whoever shows it.
    """
    document = made.explanation if was_approved(made) or not made.told else made.told
    return Explanation.from_json(document) if document else None


def was_approved(made: DealRegistration) -> bool:
    """Tell whether the claim was approved once, so that both sides work on the deal together."""
    return made.protected_until is not None or made.state in (
        RegistrationState.CONVERTED,
        RegistrationState.WON,
        RegistrationState.LOST,
    )


def keeps_quiet(made: DealRegistration) -> bool:
    """Tell whether nothing may be told yet of what is known of the company."""
    return made.disclosure == Disclosure.NOTHING and not was_approved(made)
