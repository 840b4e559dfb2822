"""The crash driver: runs the program in a folder of its own, kills it, lets it finish, and reads what is left.

Each case has its own `var` with its own embedded PostgreSQL, copied from a template that is built once for a run of the
tests. A case may be killed as often as wanted; `finish` then does what an operator would do after a power cut: run the
same commands again. What the books say afterwards is compared with an evening that nobody disturbed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil

from tallystick.platform import crash_points
from tallystick.platform.database.embedded import EmbeddedServer, embedded_server
from tests.faults import program
from tests.faults.books import HISTORY
from tests.faults.world import write_files

ROOT = Path(__file__).parents[2]
EVENING = ("import", "decide", "accrue")
WORK = (*EVENING, "import-late", "accrue")
LONGEST_SECONDS = 180

Books = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Report:
    """What a workspace looks like: sentences that break an invariant, by its id, and what the books say."""

    violations: tuple[tuple[str, str], ...]
    books: Books

    def differences(self, other: Report, *, without: Sequence[str] = ()) -> dict[str, tuple[list[str], list[str]]]:
        """Return for each part of the books what only these and what only the others say."""
        return {
            name: (sorted(set(ours) - set(theirs)), sorted(set(theirs) - set(ours)))
            for name, ours in self.books.items()
            if name not in without and list(ours) != list(theirs := other.books[name])
        }


@dataclass(frozen=True, slots=True)
class Template:
    """The stage of every case, and the evening that nobody disturbed: its end and its length."""

    folder: Path
    unharmed: Report
    seconds: float

    @property
    def files(self) -> Path:
        """Return the folder of the company's files."""
        return self.folder / "files"


@dataclass(frozen=True, slots=True)
class Case:
    """One evening in a folder of its own."""

    var: Path
    template: Template

    def start(self, *steps: str, crash_at: str = "", mutant: str = "") -> subprocess.Popen[str]:
        """Start a process that runs the steps and return it once its work begins."""
        wanted = {crash_points.VARIABLE: crash_at, program.MUTANT: mutant}
        process = subprocess.Popen(
            [sys.executable, "-m", program.__name__, str(self.template.files), *steps],
            cwd=ROOT,
            env=environment_of(self.var) | {name: value for name, value in wanted.items() if value},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline().strip() == program.READY, process.communicate()[1]
        return process

    def run(self, *steps: str, crash_at: str = "", mutant: str = "") -> tuple[int, str]:
        """Run the steps to their end, which may be a kill; return the exit status and what was written last."""
        process = self.start(*steps, crash_at=crash_at, mutant=mutant)
        out, error = process.communicate(timeout=LONGEST_SECONDS)
        _count_kill("the program at a named place", process)
        return process.returncode, out if process.returncode == 0 else error

    def kill_after(self, seconds: float, *steps: str) -> int:
        """Run the steps and kill the process after so many seconds of work; return its exit status."""
        process = self.start(*steps)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        _count_kill("a worker" if "jobs" in steps else "the program", process)
        return process.returncode

    def kill_server_after(self, seconds: float, *steps: str) -> int:
        """Run the steps and kill all processes of PostgreSQL after so many seconds of work; return the exit status."""
        process = self.start(*steps)
        time.sleep(seconds)
        if self.kill_server():
            _count("PostgreSQL")
        process.communicate(timeout=LONGEST_SECONDS)
        return process.returncode

    def kill_server(self) -> bool:
        """Kill PostgreSQL as a power cut does, the server and every process of it; tell whether it ran."""
        server = self.server.process()
        if server is None:
            return False
        family = [server, *server.children(recursive=True)]
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
        while any(map(_is_alive, family)):
            time.sleep(0.02)
        return True

    def finish(self, *steps: str) -> Report:
        """Do the evening's work again, as after a power cut, and read the books."""
        status, out = self.run(*(steps or WORK), "books")
        assert status == 0, out
        return _report(out)

    @property
    def server(self) -> EmbeddedServer:
        """Return a handle on the case's server; it does not join its users."""
        home = self.var / "postgres"
        return EmbeddedServer(home=home, programs=embedded_server(home=home, programs=_programs()).programs)


@contextmanager
def new_case(template: Template, *, synced: bool = False) -> Iterator[Case]:
    """Copy the template, and remove the copy afterwards with its server.

    A killed process loses nothing that the operating system holds, so cases need no fsync; `synced` has it all the
    same, for those that kill PostgreSQL itself.
    """
    folder = Path(tempfile.mkdtemp(prefix="tallystick-faults-"))
    case = Case(var=folder / "var", template=template)
    try:
        subprocess.run(["/bin/cp", "-a", str(template.folder / "var"), str(case.var)], check=True)
        if synced:
            (case.server.data / "postgresql.local.conf").write_text("", encoding="utf-8")
        yield case
    finally:
        case.kill_server()
        shutil.rmtree(folder, ignore_errors=True)


def template_in(folder: Path) -> Template:
    """Return the template under `folder`; the first of several processes builds it, the others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "unharmed.json").exists():
            _build(folder)
    told = json.loads((folder / "unharmed.json").read_text(encoding="utf-8"))
    return Template(folder=folder, unharmed=_report(told["out"]), seconds=told["seconds"])


def moments(template: Template, *, count: int, seed: int) -> list[float]:
    """Return moments spread by chance over the length of an evening's work, in seconds after its beginning."""
    chance = Random(seed)  # noqa: S311 - chance that can be repeated is wanted
    return [round(chance.uniform(0.02, template.seconds), 3) for _ in range(count)]


def assert_unharmed(report: Report, template: Template, *, without: Sequence[str] = ()) -> None:
    """Fail where an invariant is broken or the books say anything else than after an undisturbed evening."""
    assert report.violations == ()
    differences = report.differences(template.unharmed, without=without)
    assert not differences, str({name: (ours[:3], theirs[:3]) for name, (ours, theirs) in differences.items()})


def assert_unharmed_by_jobs(report: Report, template: Template) -> None:
    """As `assert_unharmed`; a worker decides at other moments, so how the books came about may differ."""
    assert_unharmed(report, template, without=HISTORY)


def _build(folder: Path) -> None:
    files = folder / "files"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir()
    write_files(files)
    empty = Template(folder=folder, unharmed=Report((), {}), seconds=0)
    stage = Case(var=folder / "var", template=empty)
    shutil.rmtree(stage.var, ignore_errors=True)
    stage.server.home.mkdir(parents=True)
    status, out = stage.run("prepare")
    assert status == 0, out
    local = "fsync = off\nfull_page_writes = off\nshared_buffers = 32MB\n"
    (stage.server.data / "postgresql.local.conf").write_text(local, encoding="utf-8")
    with new_case(empty) as case:
        process = case.start(*WORK)
        begun = time.monotonic()
        _, error = process.communicate(timeout=LONGEST_SECONDS)
        seconds = time.monotonic() - begun
        assert process.returncode == 0, error
        status, out = case.run("books")
        assert status == 0, out
    (folder / "unharmed.json").write_text(json.dumps({"out": out, "seconds": seconds}), encoding="utf-8")


def _report(out: str) -> Report:
    told = json.loads(out.splitlines()[-1])
    return Report(violations=tuple((id, sentence) for id, sentence in told["violations"]), books=told["books"])


def environment_of(var: Path) -> dict[str, str]:
    """Return this process's environment without its own settings of Tallystick."""
    ours = ("TALLYSTICK_", "DATABASE_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE", "PORT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    if (programs := _programs()) is not None:
        kept["TALLYSTICK_POSTGRES_PROGRAMS"] = str(programs)
    return {
        **kept,
        "TALLYSTICK_VAR": str(var),
        "TALLYSTICK_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "tallystick.settings",
    }


def _programs() -> Path | None:
    given = os.environ.get("TALLYSTICK_POSTGRES_PROGRAMS")
    return Path(given) if given else None


def _count_kill(what: str, process: subprocess.Popen[str]) -> None:
    if process.returncode == -signal.SIGKILL:
        _count(what)


def _count(what: str) -> None:
    """Note a kill in the file that `FAULT_TALLY` names, for whoever wants to know how many there were."""
    if path := os.environ.get("FAULT_TALLY"):
        with Path(path).open("a", encoding="utf-8") as tally:
            tally.write(f"{what}\n")


def _is_alive(process: psutil.Process) -> bool:
    """Tell whether a process still runs; one that nobody has waited for yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
