"""Deciding 100,000 opportunities: marks to decisions with their evidence, against reading and writing the same rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from stage import peak_memory, run_as_owner, scaled, stage, table, workspace

OPPORTUNITIES = scaled(100_000)

FACTS = """
INSERT INTO crm_account (workspace_id, source, external_id, name, normalised_name, website, domain, country, industry,
    owner_name) SELECT %(w)s, 'bench', 'a' || n, 'Account ' || n, 'account ' || n, '', '', '', '', ''
    FROM generate_series(0, %(n)s / 5) n;
INSERT INTO crm_opportunity (workspace_id, source, external_id, account_id, name, stage, status, currency, amount_minor,
    opened_on, close_on, owner_name, lead_source, next_step, partner_named)
    SELECT %(w)s, 'bench', 'o' || n, a.id, 'Deal ' || n, 'Won', CASE n %% 3 WHEN 0 THEN 'won' ELSE 'open' END, 'EUR',
    1000000, date '2025-01-01' + (n %% 400)::int, date '2025-05-01' + (n %% 400)::int, '', '', '', ''
    FROM generate_series(1, %(n)s) n
    JOIN crm_account a ON a.workspace_id = %(w)s AND a.external_id = 'a' || (n %% (%(n)s / 5 + 1));
INSERT INTO crm_salesactivity (workspace_id, source, external_id, account_id, kind, happened_on, owner_name, note)
    SELECT %(w)s, 'bench', 'm' || id, id, 'meeting', date '2025-01-01' + (id %% 400)::int, '', '' FROM crm_account
    WHERE workspace_id = %(w)s AND id %% 3 = 0;
ANALYZE;
"""


def main() -> None:
    """Measure and print."""
    with stage():
        from tallystick.attribution.models import Decision
        from tallystick.attribution.rules.facts import TouchKind
        from tallystick.attribution.services import NewTouch, load_touches
        from tallystick.crm.models import Account
        from tallystick.flows.attribution import decide
        from tallystick.partners.models import Partner
        from tallystick.platform.actors import Actor
        from tallystick.platform.database.bulk import insert_rows

        actor, at = Actor.command("bench"), datetime.now(tz=UTC)
        kinds = [TouchKind.REGISTRATION_APPROVED, TouchKind.DEMO, TouchKind.CO_SELL_MEETING, TouchKind.LEAD_ACCEPTED]
        with workspace("decide") as workspace_id:
            run_as_owner(FACTS, {"w": workspace_id, "n": OPPORTUNITIES})
            partners = [
                Partner.objects.create(workspace_id=workspace_id, name=f"P{n}", type="reseller", lifecycle="active")
                for n in range(20)
            ]
            accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
            first = date(2024, 11, 1)
            load_touches(
                actor,
                touches=(
                    NewTouch(
                        partner_id=partners[number % 20].pk,
                        account_id=accounts[number * 7 % len(accounts)],
                        kind=kinds[number % 4],
                        happened_on=first + timedelta(days=number % 500),
                        learned_on=first + timedelta(days=number % 500),
                        source="bench",
                        external_id=f"t{number}",
                    )
                    for number in range(OPPORTUNITIES // 2)
                ),
                at=at,
            )
            run_as_owner("DELETE FROM attribution_pendingopportunity")
            run_as_owner(
                "INSERT INTO attribution_pendingopportunity (workspace_id, opportunity_id)"
                " SELECT workspace_id, id FROM crm_opportunity"
            )
            rows = []

            def timed(name: str, work: object) -> None:
                import time

                wall, cpu = time.perf_counter(), time.process_time()
                work()
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                rows.append([name, f"{wall:.1f} s", f"{cpu:.1f} s", f"{OPPORTUNITIES / wall:,.0f}"])

            timed("decide", lambda: [None for _ in decide(actor, at=at)])
            decided = Decision.objects.count()
            if decided != OPPORTUNITIES:
                raise SystemExit(f"Only {decided:,} were decided.")
            columns = ("workspace_id", "opportunity_id", "version", "is_current", "credit_class", "policy_id")
            columns += ("content_hash", "record", "decided_at")
            run_as_owner("CREATE TABLE bare AS SELECT * FROM attribution_decision")
            run_as_owner("DELETE FROM attribution_credit; DELETE FROM attribution_decision")

            def bare() -> None:
                from django.db import connection

                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT {', '.join(columns[:7])}, record::text, decided_at FROM bare")  # noqa: S608
                    found = cursor.fetchall()
                from django.db import transaction

                with transaction.atomic():
                    insert_rows(Decision, columns=columns, rows=found)

            run_as_owner("GRANT ALL ON bare TO tallystick_app")
            timed("reading and writing the same decisions", bare)
            table(f"{OPPORTUNITIES:,} opportunities", ["What", "Wall", "CPU here", "Opportunities a second"], rows)
        print(f"\nMost memory held: {peak_memory()}.")


if __name__ == "__main__":
    main()
