"""Pages with 1,000,000 opportunities and 2,000 partners, against the same pages at demo size (at most 1.5 ×).

Two processes, each with a database of its own, answer the same addresses in turn through the whole of Django, signed
in as a person of the vendor or of a partner. Judged is the time of the processor, of Python and of the session's
PostgreSQL together: unlike the time that passes, it hardly changes while others use the machine. Both are printed.
`BENCH_KEEP=<folder>` keeps what was built for the next run.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stage import scaled, stage, table

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "15"))
ROWS = (b"<tr", b'class="earning-row"', b'class="deal-row"')
"""What a row of a list begins with: a table's, and the portal's two."""
COUNTS = ("Queries", "Queries large", "Rows")
SIDES = {
    "small": {"opportunities": 400, "partners": 16, "days": 400, "owners": 6},
    "large": {"opportunities": scaled(1_000_000), "partners": scaled(2_000), "days": 1_800, "owners": 200},
}
"""Small is the demo's size."""
ADMIN, SELLER = "admin", "seller"
PAGES = {
    "Overview": (ADMIN, "/overview/"),
    "Deals": (ADMIN, "/deals/"),
    "Deals: needs decision": (ADMIN, "/deals/?view=needs-decision"),
    "Deals: protection ending": (ADMIN, "/deals/?view=protection-ending"),
    "Deals: closing this month": (ADMIN, "/deals/?view=closing-this-month"),
    "Deals: without account": (ADMIN, "/deals/?view=without-account"),
    "Deals of a partner": (ADMIN, "/deals/?partner={partner}"),
    "Deals of an owner": (ADMIN, "/deals/?owner=Owner+1"),
    "Deals in a stage": (ADMIN, "/deals/?stage=Discovery"),
    "Deals: sourced": (ADMIN, "/deals/?credit=sourced"),
    "Deals: overdue": (ADMIN, "/deals/?closes=overdue"),
    "Deals by amount": (ADMIN, "/deals/?sort=-amount"),
    "Deals by close": (ADMIN, "/deals/?sort=close"),
    "Deals by account": (ADMIN, "/deals/?sort=account"),
    "Deals: search": (ADMIN, "/deals/?q={name}"),
    "Deals on a board": (ADMIN, "/deals/?layout=board"),
    "Deals: page 5": (ADMIN, "/deals/?page=5"),
    "Deals by stage": (ADMIN, "/deals/?group=stage"),
    "Deal sheet": (ADMIN, "/deals/{deal}/?at=3"),
    "Attribution": (ADMIN, "/attribution/"),
    "Attribution: search": (ADMIN, "/attribution/?q={name}"),
    "Gaps": (ADMIN, "/attribution/gaps/"),
    "Commission lines": (ADMIN, "/commissions/"),
    "Commission lines: held": (ADMIN, "/commissions/?state=held"),
    "Statements": (ADMIN, "/commissions/statements/"),
    "Partners": (ADMIN, "/partners/"),
    "Partner": (ADMIN, "/partners/{partner}/"),
    "Activity": (ADMIN, "/activity/"),
    "Figure: new pipeline": (ADMIN, "/figures/new_pipeline/?from={from}&to={to}"),
    "Figure: sourced and won": (ADMIN, "/figures/sourced_won/?from={from}&to={to}"),
    "Palette": (ADMIN, "/palette/?q={word}"),
    "Inbox": (ADMIN, "/inbox/"),
    "Broad search of deals": (ADMIN, "/deals/?q={word}"),
    "Broad search of attribution": (ADMIN, "/attribution/?q={word}"),
    "Portal: home": (SELLER, "/portal/"),
    "Portal: deals": (SELLER, "/portal/deals/"),
    "Portal: earnings": (SELLER, "/portal/earnings/"),
    "Portal: palette": (SELLER, "/portal/palette/?q={word}"),
}


def main() -> None:
    """Build both sides, ask for every page in turn, and print the medians with their ratio."""
    wanted = sys.argv[1:]
    pages = {name: page for name, page in PAGES.items() if not wanted or any(word in name for word in wanted)}
    with _kept() as folder, _side("small", folder) as small, _side("large", folder) as large:
        rows = []
        for name, (person, address) in pages.items():
            times: dict[str, list[dict[str, Any]]] = {"small": [], "large": []}
            for at in range(ROUNDS + 1):
                for label, side in (("small", small), ("large", large)):
                    answer = _ask(side, person=person, address=address, counted=at == ROUNDS)
                    if at:  # the first request warms the caches of both
                        times[label].append(answer)
            rows.append(_row(name, times["small"], times["large"]))
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    table(
        f"One page, median of {ROUNDS} interleaved rounds",
        ["Page", "Answer", "Demo size", f"{SIDES['large']['opportunities']:,} deals", "Ratio", "Passed", *COUNTS],
        rows,
    )
    worst = max(rows, key=_ratio)
    print(f"\nThe most: {worst[0]} with {worst[4]}.")
    if most := os.environ.get("BENCH_MOST"):
        failed = [row[0] for row in rows if row[1] != "200" or _is_above(row, float(most), rows)]
        if failed:
            raise SystemExit(f"More than {most} ×, or no answer: {', '.join(failed)}.")


def _ratio(row: list[str]) -> float:
    return float(row[4].split()[0])


def _is_above(row: list[str], most: float, rows: list[list[str]]) -> bool:
    """Tell whether a page takes too long; one with fewer rows at demo size is held against a full page of the demo.

    That is its own list without a filter where that is full, else the deals.
    """
    few, many = row[-1].split("/")
    if int(few) >= int(many):
        return _ratio(row) > most
    full = [
        other for other in rows if other[0] in {row[0].split(":")[0], "Deals"} and int(other[-1].split("/")[0]) > 50
    ]
    return float(row[3].split()[0]) > most * max(float(other[2].split()[0]) for other in [row, *full])


def _row(name: str, small: list[dict[str, Any]], large: list[dict[str, Any]]) -> list[str]:
    few, many = (statistics.median(answer["cpu"] for answer in side) for side in (small, large))
    passed = [statistics.median(answer["seconds"] for answer in side) for side in (small, large)]
    last, most = small[-1], large[-1]
    return [
        name,
        str(last["status"]) if last["status"] == most["status"] else f"{last['status']}/{most['status']}",
        f"{few * 1e3:.1f} ms",
        f"{many * 1e3:.1f} ms",
        f"{many / few:.2f} ×",
        f"{passed[1] / passed[0]:.2f} ×",
        str(last["queries"]),
        str(most["queries"]),
        f"{last['rows']}/{most['rows']}",
    ]


@contextmanager
def _kept() -> Iterator[Path]:
    if kept := os.environ.get("BENCH_KEEP"):
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory(prefix="tallystick-bench-") as made:
        yield Path(made)


@contextmanager
def _side(name: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "BENCH_SIDE": name, "BENCH_FOLDER": str(folder / name)}
    process = subprocess.Popen(
        [sys.executable, __file__], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101
        if not process.stdout.readline():
            raise SystemExit(f"The side {name} did not come up.")
        yield process
    finally:
        assert process.stdin is not None  # noqa: S101
        process.stdin.close()
        process.wait()


def _ask(side: subprocess.Popen[str], **asked: str | bool) -> dict[str, Any]:
    assert side.stdin is not None and side.stdout is not None  # noqa: S101, PT018
    print(json.dumps(asked), file=side.stdin, flush=True)
    answer: dict[str, Any] = json.loads(side.stdout.readline())
    return answer


# One side


def serve_side(name: str) -> None:
    """Build the workspace where it is not there yet, then answer what the parent asks."""
    with stage():
        from stage.revenue import Size, fill, settle

        from tallystick.platform.models import Workspace

        if not Workspace.objects.exists():
            fill(name, Size(**SIDES[name]))
            settle()
        elif "BENCH_SETTLE" in os.environ:
            settle()
        _answer()


def _answer() -> None:
    from datetime import timedelta

    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from stage.revenue import TODAY

    from tallystick.crm.models import Opportunity
    from tallystick.partners.models import Partner
    from tallystick.platform.models import Person, Workspace
    from tallystick.platform.tenancy import scope

    settings.ALLOWED_HOSTS = ["*"]
    with scope(workspace_id=Workspace.objects.get().pk):
        partners = list(Partner.objects.order_by("pk").values_list("pk", flat=True))
        deal = Opportunity.objects.filter(credits__is_current=True).order_by("-opened_on", "-pk")[0]
        known = {
            "partner": str(partners[len(partners) // 2]),
            "deal": str(deal.pk),
            "name": deal.account.name if deal.account else "",
            "word": deal.account.name.split()[0].lower()[:5] if deal.account else "",
            "from": (TODAY - timedelta(days=90)).isoformat(),
            "to": TODAY.isoformat(),
        }
    browsers = {name: Client(raise_request_exception=False) for name in (ADMIN, SELLER)}
    browsers[ADMIN].force_login(Person.objects.get(email="anna@umbra.example"), backend=BACKEND)
    browsers[SELLER].force_login(Person.objects.get(email="zoe@zephyr.example"), backend=BACKEND)
    for browser in browsers.values():
        browser.get("/", secure=True)
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        address = asked["address"].format(**known)
        browser = browsers[asked["person"]]
        connection.ensure_connection()
        started, used = time.perf_counter(), _processor(connection.connection)
        answer = browser.get(address, secure=True)
        body = answer.getvalue()
        times = {"seconds": time.perf_counter() - started, "cpu": _processor(connection.connection) - used}
        if not asked["counted"]:
            print(json.dumps(times), flush=True)
            continue
        with CaptureQueriesContext(connection) as captured:
            browser.get(address, secure=True)
        if slow := os.environ.get("BENCH_SLOW"):
            for query in captured:
                if float(query["time"]) * 1e3 > float(slow):
                    print(f"{address} {query['time']} {query['sql'][:3000]}", file=sys.stderr)
        queries = sum("set_config" not in query["sql"] for query in captured)
        found = {
            **times,
            "status": answer.status_code,
            "queries": queries,
            "rows": sum(body.count(row) for row in ROWS),
        }
        print(json.dumps(found), flush=True)


def _processor(session: Any) -> float:
    """Return the seconds of the processor that this process and its session's server have used."""
    of_server = Path(f"/proc/{session.info.backend_pid}/schedstat").read_text().split()[0]
    return time.process_time() + int(of_server) / 1e9


BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


if __name__ == "__main__":
    if side := os.environ.get("BENCH_SIDE"):
        os.environ.setdefault("TALLYSTICK_LOG_LEVEL", "ERROR")
        serve_side(side)
    else:
        main()
