"""Which version of the policy decides."""

from dataclasses import replace

from tallystick.attribution.rules.policy import DEFAULT_POLICY, AttributionPolicy
from tallystick.attribution.rules.versions import PublishedPolicy, policy_in_force

from .facts import day, opportunity


def version(number: int, published: str, policy: AttributionPolicy = DEFAULT_POLICY) -> PublishedPolicy:
    return PublishedPolicy(number, f"attribution@{number}#0", day(published), policy)


VERSIONS = [version(1, "2026-01-01"), version(2, "2026-07-01"), version(3, "2026-07-02")]


def test_an_open_opportunity_is_decided_under_the_latest_version() -> None:
    assert policy_in_force(opportunity(), VERSIONS).id == 3


def test_a_version_published_after_the_lock_does_not_reopen_a_decision() -> None:
    assert policy_in_force(opportunity(closed="2026-06-01"), VERSIONS).id == 2


def test_an_opportunity_locked_before_any_version_is_decided_under_the_first() -> None:
    assert policy_in_force(opportunity(created="2025-01-01", closed="2025-02-01"), VERSIONS).id == 1


def test_the_lock_is_that_of_the_version_in_force_at_the_time() -> None:
    longer = version(2, "2026-06-15", replace(DEFAULT_POLICY, lock_days=60))

    versions = [VERSIONS[0], longer, version(3, "2026-07-20")]
    assert policy_in_force(opportunity(closed="2026-06-01"), versions).id == 3
