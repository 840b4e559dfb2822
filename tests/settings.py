"""The settings of the tests: a folder and a server of their own for each run, whatever the developer has set.

Runs on the embedded PostgreSQL 18; on another version's programs with `TALLYSTICK_POSTGRES_PROGRAMS`; on a server
that runs already with `TALLYSTICK_TEST_DATABASE_URL` (a login that may create databases and roles).
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_KEPT = {"TALLYSTICK_POSTGRES_PROGRAMS", "TALLYSTICK_TEST_DATABASE_URL", "TALLYSTICK_TEST_VAR"}

for _name in [name for name in os.environ if name.startswith("TALLYSTICK_") or name in {"DATABASE_URL", "EMAIL_URL"}]:
    if _name not in _KEPT:
        del os.environ[_name]

# Parallel test processes are started by this one and find its folder in their environment.
_begins_the_run = "TALLYSTICK_TEST_VAR" not in os.environ
if _begins_the_run:
    os.environ["TALLYSTICK_TEST_VAR"] = tempfile.mkdtemp(prefix="tallystick-tests-")
os.environ["TALLYSTICK_VAR"] = os.environ["TALLYSTICK_TEST_VAR"]
if "TALLYSTICK_TEST_DATABASE_URL" in os.environ:
    os.environ["DATABASE_URL"] = os.environ["TALLYSTICK_TEST_DATABASE_URL"]

from tallystick.platform.database.embedded import embedded_server  # noqa: E402
from tallystick.platform.languages import PSEUDO_LANGUAGES  # noqa: E402
from tallystick.settings import *  # noqa: E402, F403
from tallystick.settings import DATABASES, EMBEDDED_HOME, EMBEDDED_PROGRAMS, LANGUAGES, STORAGES, VAR  # noqa: E402

DATABASES["default"]["TEST"] = {"NAME": f"test_{Path(VAR).name.replace('-', '_')}"}
LANGUAGES = [*LANGUAGES, *PSEUDO_LANGUAGES]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {
    name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
    for name in ("default", "drawings")
}
# Each of the parallel processes has a database of its own, where workspaces have the numbers they have in the others.
STORAGES["default"]["OPTIONS"]["location"] = VAR / "files" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _clear_away() -> None:
    if EMBEDDED_HOME.exists():
        embedded_server(home=EMBEDDED_HOME, programs=EMBEDDED_PROGRAMS).stop_if_unused()
    shutil.rmtree(VAR, ignore_errors=True)


if _begins_the_run:
    atexit.register(_clear_away)
