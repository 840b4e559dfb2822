"""What holds at every moment, and is checked by `tallystick doctor --books`."""

from __future__ import annotations

from tallystick.cli.reference.markdown import page, table
from tallystick.platform.invariants import invariants


def invariants_page() -> str:
    """Return the page of invariants."""
    return page(
        "Invariants",
        introduction=(
            "What holds of the books at every moment: also after a kill, a restart, a late or a repeated fact. "
            "`tallystick doctor --books`\nchecks them in every workspace and names each row that breaks one; the tests "
            "run the same checks."
        ),
        body=table(["Name", "What holds"], [(f"`{one.id}`", one.sentence) for one in invariants()]),
    )
