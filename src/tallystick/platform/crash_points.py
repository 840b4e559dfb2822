"""Named places at which a process can be made to die, so that tests can prove what survives.

`TALLYSTICK_CRASH_AT=import.after_copy` kills the process with SIGKILL, as a power cut would, when it gets there;
`accrue.after_write#3` when it gets there for the third time. Without the variable a crash point costs one look into
the environment.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

VARIABLE = "TALLYSTICK_CRASH_AT"

_passed: Counter[str] = Counter()


def crash_point(name: str) -> None:
    """Die here, without any clean-up, if the environment asks for it by name."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    place, _, time = wanted.partition("#")
    if place == name:
        _passed[name] += 1
        if _passed[name] == int(time or 1):
            os.kill(os.getpid(), signal.SIGKILL)
