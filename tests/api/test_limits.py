"""Limits of the API count every request once, whoever calls at the same time and however a process ends."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tallystick.web.api.limits import REQUESTS, take

KILLED_WHILE_COUNTING = """
import os, signal
from allauth.core.internal import ratelimit
ratelimit.apply_rate = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
"""
COUNT = """
from tallystick.web.api.limits import REQUESTS, take
print(take(REQUESTS, of="a key").allowed)
"""


def a_process(code: str, *, var: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import django\ndjango.setup()\n{code}"],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tallystick.settings", "TALLYSTICK_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_process_killed_while_it_counts_leaves_nobody_locked_out(tmp_path: Path) -> None:
    killed = a_process(KILLED_WHILE_COUNTING + COUNT, var=tmp_path)
    after = a_process(COUNT, var=tmp_path)

    assert killed.returncode == -9, killed.stderr
    assert after.stdout == "True\n", after.stderr


def test_requests_at_the_same_time_are_counted_one_by_one(settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 40
    with ThreadPoolExecutor(max_workers=50) as threads:
        taken = list(threads.map(lambda _: take(REQUESTS, of="many at once"), range(50)))

    assert [allowance.allowed for allowance in taken].count(True) == 40
    assert sorted(allowance.left for allowance in taken if allowance.allowed) == list(range(40))
