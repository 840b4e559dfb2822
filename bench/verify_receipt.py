"""A receipt verified by anybody, at 1,000,000 later entries of the activity chain and at 10,000 (at most 1.3 ×).

The receipt is the oldest there is, so that everything stands behind it. Judged is the time of the processor, of Python
and of the session's PostgreSQL together; the time that passed stands beside it. Beside them: what it
would take to walk to the end for each request, and what the nightly check of the whole chain takes.
"""

from __future__ import annotations

import os
import statistics
import time
from datetime import UTC, datetime
from secrets import token_bytes

from stage import ROUNDS, processor, run_as_owner, scaled, stage, table, workspace

MANY, FEW = scaled(1_000_000), scaled(10_000)
REQUESTS = int(os.environ.get("BENCH_CHECKS", "20"))
"""A round and size."""

# Each entry with the hash it would have had if it had been recorded: the chain is as true as a grown one.
GROWN = """
WITH RECURSIVE chain (position, body, previous_hash, hash) AS (
    SELECT position, body, previous_hash::text, hash::text FROM (
        SELECT position, body, previous_hash, hash FROM platform_activityentry
        WHERE workspace_id = %(w)s ORDER BY position DESC LIMIT 1
    ) last
    UNION ALL
    SELECT position + 1, made.body, hash, encode(sha256(convert_to(hash || E'\\n' || made.body, 'UTF8')), 'hex')
    FROM chain, LATERAL (
        SELECT '{"actor":["system",null,"Tallystick"],"at":"2026-01-01T00:00:00.000000+00:00","data":{"n":'
            || position + 1 || '},"partner":null,"subject":["month",null],"summary":"A month was closed","verb":'
            || '"month_closed","workspace":%(w)s}' AS body
    ) made
    WHERE position < %(entries)s
)
INSERT INTO platform_activityentry (workspace_id, position, at, actor_kind, actor_label, verb, subject_kind, summary,
    body, previous_hash, hash)
SELECT %(w)s, position, '2026-01-01T00:00:00Z', 'system', 'Tallystick', 'month_closed', 'month', 'A month was closed',
    body, previous_hash, hash
FROM chain OFFSET 1
"""


class _Workspace:
    """A workspace whose first registration has a receipt, with so many entries behind it, checked once."""

    def __init__(self, slug: str, entries: int) -> None:
        from tallystick.deals.services import NewRegistration, submit_registration
        from tallystick.deals.services.submitting import ENTROPY_NEEDED
        from tallystick.kernel.money import Money
        from tallystick.partners.models import Partner
        from tallystick.platform.activity import verify_from
        from tallystick.platform.actors import SYSTEM
        from tallystick.platform.chain_checks import check_chain
        from tallystick.platform.models import ActivityEntry

        at = datetime.now(tz=UTC)
        with workspace(slug) as workspace_id:
            partner = Partner.objects.create(
                workspace_id=workspace_id, name="Corvid", type="reseller", lifecycle="active"
            )
            claim = NewRegistration(company="Cellvia", website="cellvia.example", value=Money(6_000_000, "EUR"))
            entropy = token_bytes(ENTROPY_NEEDED)
            made = submit_registration(SYSTEM, partner_id=partner.pk, claim=claim, at=at, entropy=entropy)
            run_as_owner("ALTER TABLE platform_activityentry DISABLE TRIGGER tallystick_chain")
            run_as_owner(GROWN, {"w": workspace_id, "entries": entries})
            run_as_owner("ALTER TABLE platform_activityentry ENABLE TRIGGER tallystick_chain")
            run_as_owner("ANALYZE platform_activityentry")
            begun = time.perf_counter()
            report = check_chain(SYSTEM, at=at)
            self.whole = time.perf_counter() - begun
            entry = ActivityEntry.objects.get(hash=made.proof)
            begun = time.perf_counter()
            verify_from(entry, near=entries)
            self.unbounded = time.perf_counter() - begun
        if not report.holds or report.entries != entries:
            raise SystemExit(f"The chain that was built does not hold: {report}.")
        self.address = f"/verify/{made.proof}/"

    def verify(self) -> None:
        """Ask for the page as anybody would, with nothing counted against the limit."""
        from django.core.cache import cache
        from django.test import Client

        cache.clear()
        answer = Client().get(self.address)
        if answer.status_code != 200 or "The receipt holds" not in answer.content.decode():
            raise SystemExit(f"The receipt does not hold: {answer.status_code}.")


def main() -> None:
    """Measure and print."""
    with stage():
        from django.test.utils import setup_test_environment

        setup_test_environment()
        sides = {FEW: _Workspace("few", FEW), MANY: _Workspace("many", MANY)}
        passed: dict[int, list[float]] = {FEW: [], MANY: []}
        used: dict[int, list[float]] = {FEW: [], MANY: []}
        for side in sides.values():
            side.verify()
        for _ in range(ROUNDS * REQUESTS):
            for size, side in sides.items():
                begun, before = time.perf_counter(), processor()
                side.verify()
                passed[size].append((time.perf_counter() - begun) * 1e3)
                used[size].append((processor() - before) * 1e3)
        rows = [
            [
                f"{size:,}",
                f"{statistics.median(used[size]):.1f} ms",
                f"{statistics.median(passed[size]):.1f} ms",
                f"{statistics.quantiles(passed[size], n=20)[-1]:.1f} ms",
                f"{side.unbounded * 1e3:,.0f} ms",
                f"{side.whole:.1f} s",
            ]
            for size, side in sides.items()
        ]
        header = [
            "Entries behind the receipt",
            "Processor",
            "Passed",
            "p95 passed",
            "To the end instead",
            "The nightly check",
        ]
        table(f"A receipt verified, {ROUNDS * REQUESTS} requests of each, interleaved", header, rows)
        ratio = statistics.median(used[MANY]) / statistics.median(used[FEW])
        print(f"\n{MANY:,} entries cost {ratio:.2f} × what {FEW:,} do; at most 1.3 × is promised.")


if __name__ == "__main__":
    main()
