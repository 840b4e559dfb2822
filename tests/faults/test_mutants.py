"""Planted faults that the harness must catch: what finds nothing proves nothing."""

from __future__ import annotations

import signal

from tests.faults.harness import EVENING, Template, assert_unharmed, new_case
from tests.faults.mutants import LINES_ARE_BOOKED, Mutant

KILLED = -signal.SIGKILL


def test_marks_taken_in_a_commit_of_their_own_are_caught_losing_commissions(template: Template) -> None:
    with new_case(template) as case:
        assert case.run(*EVENING)[0] == 0
        late = case.run("import-late", "accrue", crash_at="accrue.after_take", mutant=Mutant.SEPARATE_COMMITS)
        assert late[0] == KILLED
        report = case.finish()
    assert {id for id, _ in report.violations} == {"L4"}
    assert "balances" in report.differences(template.unharmed)


def test_without_its_unique_keys_a_run_that_does_not_look_is_caught_paying_twice(template: Template) -> None:
    with new_case(template) as case:
        assert case.run("import", "decide", "drop-keys")[0] == 0
        assert case.run("accrue", crash_at=f"{LINES_ARE_BOOKED}#2", mutant=Mutant.BLIND)[0] == KILLED
        assert case.run("accrue", mutant=Mutant.BLIND)[0] == 0
        report = case.finish("import-late", "accrue")
    assert "L4" in {id for id, _ in report.violations}
    assert "balances" in report.differences(template.unharmed)


def test_with_its_unique_keys_postgresql_refuses_that_run_and_the_books_stay_right(template: Template) -> None:
    with new_case(template) as case:
        assert case.run("import", "decide")[0] == 0
        assert case.run("accrue", crash_at=f"{LINES_ARE_BOOKED}#2", mutant=Mutant.BLIND)[0] == KILLED
        status, error = case.run("accrue", mutant=Mutant.BLIND)
        assert status == 1
        assert 'duplicate key value violates unique constraint "commissions_commissionline_' in error
        assert_unharmed(case.finish(), template)
