"""The register of invariants: each is one function over the books of a workspace that finds what must not be.

A module declares its own in `<module>/invariants.py`; tests and `tallystick doctor --books` run the same code. An
invariant only reads, and yields one sentence for each violation, naming the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.module_loading import autodiscover_modules

from tallystick.platform.activity import verify_chain
from tallystick.platform.tenancy import scope

Check = Callable[[], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that holds at every moment; `sentence` says what, `check` yields what breaks it."""

    id: str
    sentence: str
    check: Check


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant: which one, in which workspace, and where."""

    invariant: Invariant
    workspace_id: int
    sentence: str


_registered: dict[str, Invariant] = {}


def invariant(*, id: str, sentence: str) -> Callable[[Check], Check]:
    """Register the decorated function as the check of an invariant; it runs inside the scope of one workspace."""

    def register(check: Check) -> Check:
        if id in _registered and _registered[id].check.__qualname__ != check.__qualname__:
            raise ValueError(f"The invariant {id} is declared twice.")
        _registered[id] = Invariant(id=id, sentence=sentence, check=check)
        return check

    return register


def invariants() -> tuple[Invariant, ...]:
    """Return every invariant of the installed modules, by id."""
    autodiscover_modules("invariants")
    return tuple(_registered[id] for id in sorted(_registered))


def violations(*, workspace_id: int) -> Iterator[Violation]:
    """Run every invariant over one workspace and yield what breaks them."""
    with scope(workspace_id=workspace_id):
        for declared in invariants():
            for sentence in declared.check():
                yield Violation(invariant=declared, workspace_id=workspace_id, sentence=sentence)


@invariant(id="L2", sentence="The activity stream is one unbroken chain of hashes from its first entry.")
def chain_is_unbroken() -> Iterator[str]:
    """Walk the chain and yield where it breaks."""
    report = verify_chain()
    if not report.holds:
        yield report.reason
