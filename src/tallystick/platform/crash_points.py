"""Named places at which the crash tests kill the process, as a power cut would."""

from __future__ import annotations

import os
import signal

VARIABLE = "TALLYSTICK_CRASH_AT"


def crash_point(name: str) -> None:
    """Kill this process with SIGKILL if the environment variable `TALLYSTICK_CRASH_AT` names this point."""
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
