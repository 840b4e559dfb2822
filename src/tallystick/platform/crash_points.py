"""Named places at which a process can be made to die, so that tests can prove what survives.

`TALLYSTICK_CRASH_AT=import.after_copy` kills the process with SIGKILL, as a power cut would, when it gets there.
Without the variable a crash point costs one look into the environment.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "TALLYSTICK_CRASH_AT"


def crash_point(name: str) -> None:
    """Die here, without any clean-up, if the environment asks for it by name."""
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
