"""Accruing 1,000,000 payments, and one more with 10⁴ and with 10⁶ already there (target 6: at most 1.3 ×)."""

from __future__ import annotations

import time

from stage import interleaved, medians, peak_memory, run_as_owner, scaled, stage, table, workspace

MANY, FEW = scaled(1_000_000), scaled(10_000)
ONE_MORE_ROUNDS = 60

PLAN = """
plan: Resellers
track: reseller
currency: EUR
valid_from: 2020-01-01
trigger: payment_received
base: {amount: net}
rules:
  - {id: base, says: 10 % of what the customer paid, percent: 10}
uplifts:
  - {id: registered, says: 2 % more, when: {deal.registered: true}, percent: 2}
hold_days: 30
claw_back: {window_days: null, method: proportional}
rounding: {mode: half_even}
"""

FACTS = """
INSERT INTO crm_account (workspace_id, source, external_id, name, normalised_name, website, domain, country, industry,
    owner_name) SELECT %(w)s, 'bench', 'a' || n, 'Account ' || n, 'account ' || n, '', '', '', '', ''
    FROM generate_series(1, %(n)s / 100 + 1) n;
INSERT INTO crm_opportunity (workspace_id, source, external_id, account_id, name, stage, status, currency, amount_minor,
    opened_on, close_on, owner_name, lead_source, next_step, partner_named)
    SELECT %(w)s, 'bench', 'o' || n, a.id, 'Deal ' || n, 'Won', 'won', 'EUR', 1000000, '2025-01-01', '2025-03-01', '',
    '', '', '' FROM generate_series(1, %(n)s / 10 + 1) n
    JOIN crm_account a ON a.workspace_id = %(w)s AND a.external_id = 'a' || (n %% (%(n)s / 100 + 1) + 1);
INSERT INTO attribution_decision (workspace_id, opportunity_id, version, is_current, credit_class, policy_id,
    content_hash, record, decided_at)
    SELECT %(w)s, id, 1, true, 'sourced', %(policy)s, '', '{}', now() FROM crm_opportunity WHERE workspace_id = %(w)s;
INSERT INTO attribution_credit (workspace_id, decision_id, opportunity_id, partner_id, role, share_ppm, is_current)
    SELECT %(w)s, id, opportunity_id, %(partner)s, 'source', 1000000, true FROM attribution_decision
    WHERE workspace_id = %(w)s;
INSERT INTO crm_invoice (workspace_id, source, external_id, account_id, opportunity_id, number, issued_on, currency,
    net_minor, tax_minor, gross_minor)
    SELECT %(w)s, 'bench', 'i' || n, o.account_id, o.id, 'I' || n, '2025-04-01', 'EUR', 100000 + n, 20000, 120000 + n
    FROM generate_series(1, %(n)s) n
    JOIN crm_opportunity o ON o.workspace_id = %(w)s AND o.external_id = 'o' || (n %% (%(n)s / 10 + 1) + 1);
INSERT INTO crm_invoiceline (workspace_id, source, external_id, invoice_id, position, description, net_minor, tax_minor)
    SELECT %(w)s, 'bench', external_id || '-1', id, 1, '', net_minor, tax_minor FROM crm_invoice
    WHERE workspace_id = %(w)s;
INSERT INTO crm_payment (workspace_id, source, external_id, invoice_id, received_on, amount_minor, currency)
    SELECT %(w)s, 'bench', 'p' || external_id, id, '2025-05-01', gross_minor / 2, 'EUR' FROM crm_invoice
    WHERE workspace_id = %(w)s;
INSERT INTO commissions_pendinginvoice (workspace_id, invoice_id) SELECT %(w)s, id FROM crm_invoice
    WHERE workspace_id = %(w)s;
ANALYZE;
"""


def main() -> None:
    """Measure and print."""
    with stage():
        few, many = _Books("few", FEW), _Books("many", MANY)
        started = time.perf_counter()
        cpu = time.process_time()
        lines = many.accrue()
        wall, cpu = time.perf_counter() - started, time.process_time() - cpu
        few.accrue()
        run_as_owner("VACUUM ANALYZE")
        table(
            "Accruing payments: facts to lines, postings and explanations",
            ["Payments", "Wall", "CPU here", "Lines a second"],
            [[f"{MANY:,}", f"{wall:.1f} s", f"{cpu:.1f} s", f"{lines / wall:,.0f}"]],
        )
        times = interleaved(ONE_MORE_ROUNDS, few=few.one_more, many=many.one_more)
        (few_wall, few_cpu), (many_wall, many_cpu) = medians(times["few"]), medians(times["many"])
        table(
            f"One more payment, median of {ONE_MORE_ROUNDS} interleaved rounds",
            ["Payments already there", "Wall", "CPU here", "Ratio"],
            [
                [f"{FEW:,}", f"{few_wall * 1e3:.1f} ms", f"{few_cpu * 1e3:.1f} ms", "1"],
                [
                    f"{MANY:,}",
                    f"{many_wall * 1e3:.1f} ms",
                    f"{many_cpu * 1e3:.1f} ms",
                    f"{many_wall / few_wall:.2f} ×",
                ],
            ],
        )
        print(f"\nMost memory held: {peak_memory()}.")


class _Books:
    """A workspace with so many invoices, each half paid and waiting to be settled."""

    def __init__(self, slug: str, payments: int) -> None:
        from datetime import UTC, datetime

        from tallystick.attribution.models import PolicyVersion
        from tallystick.partners.models import Partner
        from tallystick.programmes.models import PlanVersion, Track

        self.paid = 0
        with workspace(slug) as self.workspace_id:
            at = datetime.now(tz=UTC)
            own = {"workspace_id": self.workspace_id}
            partner = Partner.objects.create(**own, name="Corvid", type="reseller", lifecycle="active")
            track = Track.objects.create(**own, partner_type="reseller", motion="reseller", name="Resellers", kpi="ARR")
            PlanVersion.objects.create(
                **own,
                track=track,
                number=1,
                document=PLAN,
                document_hash="",
                currency="EUR",
                valid_from="2020-01-01",
                published_at=at,
            )
            policy = PolicyVersion.objects.create(
                **own, number=1, document={}, document_hash="", published_at=at, published_by_label="bench"
            )
        run_as_owner(FACTS, {"w": self.workspace_id, "n": payments, "partner": partner.pk, "policy": policy.pk})

    def accrue(self) -> int:
        """Settle what waits and return how many lines were written."""
        from tallystick.flows.settlement import accrue
        from tallystick.platform.actors import Actor
        from tallystick.platform.tenancy import scope

        written = 0
        with scope(workspace_id=self.workspace_id):
            for report in accrue(Actor.command("bench")):
                written = report.written
        return written

    def one_more(self) -> None:
        """Receive one more payment on an invoice and settle it."""
        from tallystick.commissions.services import mark_invoices
        from tallystick.crm.models import Invoice, Payment
        from tallystick.platform.tenancy import scope

        self.paid += 1
        with scope(workspace_id=self.workspace_id):
            invoice = Invoice.objects.get(external_id=f"i{self.paid}", source="bench")
            Payment.objects.create(
                workspace_id=self.workspace_id,
                source="bench",
                external_id=f"more-{self.paid}",
                invoice=invoice,
                received_on="2025-06-01",
                amount_minor=1_000,
                currency="EUR",
            )
            mark_invoices(invoice_ids=[invoice.pk])
        self.accrue()


if __name__ == "__main__":
    main()
