"""A workspace of any size as a company would fill it: years of deals, credits, registrations, commissions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module

from stage import run_as_owner

TODAY = datetime.now(tz=UTC).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much there is of everything; `days` is how far back the first deal was opened."""

    opportunities: int
    partners: int
    days: int
    owners: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The workspace, and the addresses of people in it: one of the vendor, one of an average partner."""

    workspace_id: int
    admin: str
    seller: str
    partner_id: int


ACCOUNTS = """
INSERT INTO crm_account (workspace_id, source, external_id, name, normalised_name, website, domain, country, industry,
    owner_name)
    SELECT %(w)s, 'bench', 'a' || n, name, lower(name), '', 'a' || n || '.example', 'Germany', 'Biotech',
    'Owner ' || n %% %(owners)s
    FROM (SELECT n,
        initcap((ARRAY['cel','nor','alb','tri','vox','mer','sol','kry','pan','ori','zen','lum'])[n %% 12 + 1]
        || (ARRAY['via','tex','lon','dar','mix','gen','phi','ron','sta','bel','qua'])[n / 12 %% 11 + 1]
        || (ARRAY['','is','or','um','a','ex','io'])[n / 132 %% 7 + 1]) || ' '
        || (ARRAY['Labs','Biotech','Systems','Pharma','Group','Diagnostics','Health','Works','Partners','Energy'])
        [n / 924 %% 10 + 1] || CASE WHEN n >= 9240 THEN ' ' || n / 9240 ELSE '' END AS name
        FROM generate_series(0, %(accounts)s - 1) n) named;
"""

OPPORTUNITIES = """
CREATE TEMPORARY TABLE account_ids AS SELECT substr(external_id, 2)::int AS place, id, name FROM crm_account
    WHERE workspace_id = %(w)s;
INSERT INTO crm_opportunity (workspace_id, source, external_id, account_id, name, stage, status, kind, currency,
    amount_minor, opened_on, close_on, owner_name, lead_source, next_step, partner_named)
    SELECT %(w)s, 'bench', 'o' || n, CASE WHEN n %% 200 = 7 THEN NULL ELSE a.id END,
    a.name || ': ' || (ARRAY['LIMS','ELN','Renewal','Expansion','Pilot','Platform','Services'])[n %% 7 + 1],
    CASE status WHEN 'won' THEN 'Closed Won' WHEN 'lost' THEN 'Closed Lost'
        ELSE (ARRAY['Discovery','Qualified','Proposal','Negotiation'])[n %% 4 + 1] END,
    status, CASE n %% 7 WHEN 2 THEN 'renewal' WHEN 3 THEN 'expansion' ELSE 'new' END,
    (ARRAY['EUR','EUR','EUR','EUR','EUR','EUR','EUR','USD','USD','GBP'])[n %% 10 + 1],
    CASE WHEN n %% 50 = 3 THEN NULL ELSE 500000 + (n * 7919::bigint %% 9000) * 1000 END,
    opened, opened + 30 + n %% 90, 'Owner ' || n * 31::bigint %% %(owners)s, '', 'Call back', ''
    FROM (SELECT n, n * 13::bigint %% %(accounts)s AS at,
        %(today)s::date - (n * 7919::bigint %% %(days)s)::int AS opened,
        CASE WHEN n * 7919::bigint %% %(days)s < 120 AND n %% 3 > 0 OR n %% 25 = 0 THEN 'open'
             WHEN n %% 11 < 5 THEN 'won' ELSE 'lost' END AS status
        FROM generate_series(1, %(n)s) n) dated
    JOIN account_ids a ON a.place = dated.at;
INSERT INTO crm_stagechange (workspace_id, source, external_id, opportunity_id, stage, status, entered_on)
    SELECT workspace_id, 'bench', external_id || '-' || s, id, CASE s WHEN 1 THEN 'Discovery' ELSE stage END,
    CASE s WHEN 1 THEN 'open' ELSE status END, opened_on + s * 10
    FROM crm_opportunity, generate_series(1, 2) s WHERE workspace_id = %(w)s;
INSERT INTO crm_exchangerate (workspace_id, source, external_id, day, base, currency, rate)
    SELECT %(w)s, 'bench', currency || back, %(today)s::date - back, 'EUR', currency, rate
    FROM (VALUES ('USD', '1.1034'), ('GBP', '0.8571')) rates (currency, rate), generate_series(0, 5) back;
"""

CREDITS = """
CREATE TEMPORARY TABLE dealt AS SELECT id, substr(external_id, 2)::bigint AS n, opened_on, external_id,
    (ARRAY[%(partner)s::bigint])[1] + substr(external_id, 2)::bigint * 17 %% %(partners)s AS partner_id, account_id,
    CASE substr(external_id, 2)::bigint %% 20 WHEN 0 THEN 'sourced' WHEN 4 THEN 'sourced' WHEN 8 THEN 'sourced'
    WHEN 12 THEN 'sourced' WHEN 5 THEN 'influenced' WHEN 10 THEN 'influenced' WHEN 15 THEN 'influenced' ELSE 'direct'
    END AS class FROM crm_opportunity WHERE workspace_id = %(w)s AND account_id IS NOT NULL;
INSERT INTO attribution_decision (workspace_id, opportunity_id, version, is_current, credit_class, policy_id,
    content_hash, record, gaps, decided_at)
    SELECT %(w)s, id, 1, true, class, %(policy)s, md5(external_id),
    jsonb_build_object('class', class, 'opportunity', 'bench:' || external_id, 'created_on', opened_on::text)
    || CASE class WHEN 'direct' THEN '{}'::jsonb ELSE jsonb_build_object(
        'touches', jsonb_build_array(jsonb_build_object('key', 'bench:t' || n, 'partner', partner_id,
            'kind', 'registration_approved', 'occurred_on', opened_on::text, 'learned_on', opened_on::text,
            'as_source', CASE class WHEN 'sourced' THEN 'chosen' ELSE 'too_late' END, 'as_influence',
            CASE class WHEN 'sourced' THEN 'is_source' ELSE 'counted' END)))
        || CASE class WHEN 'sourced' THEN jsonb_build_object('source', partner_id,
            'shares', jsonb_build_array(jsonb_build_array(partner_id, 'source', 1000000)))
            ELSE jsonb_build_object('influencers', jsonb_build_array(partner_id),
            'shares', jsonb_build_array(jsonb_build_array(partner_id, 'influence', 1000000))) END END
    || CASE n %% 200 WHEN 1 THEN jsonb_build_object('gaps', jsonb_build_array(jsonb_build_object(
        'kind', 'conflicting_sources', 'partners', jsonb_build_array(partner_id, %(partner)s::bigint), 'named', NULL)))
        ELSE '{}'::jsonb END,
    CASE n %% 200 WHEN 1 THEN ARRAY['conflicting_sources'] ELSE '{}' END, now() FROM dealt;
INSERT INTO attribution_credit (workspace_id, decision_id, opportunity_id, partner_id, role, share_ppm, is_current)
    SELECT %(w)s, d.id, dealt.id, dealt.partner_id, CASE class WHEN 'sourced' THEN 'source' ELSE 'influence' END,
    1000000, true
    FROM dealt JOIN attribution_decision d ON d.opportunity_id = dealt.id WHERE class <> 'direct';
INSERT INTO attribution_touch (workspace_id, partner_id, account_id, opportunity_id, kind, happened_on, learned_on,
    source, external_id, proof, recorded_by_label)
    SELECT %(w)s, partner_id, account_id, id, 'registration_approved', opened_on, opened_on, 'bench', 't' || n, '', ''
    FROM dealt WHERE class <> 'direct' AND account_id IS NOT NULL;
INSERT INTO deals_dealregistration (workspace_id, partner_id, reference, company, website, country, account_key,
    contact_name, contact_email, value_minor, currency, note, state, account_id, opportunity_id, submitted_at,
    answer_due_at, decided_by_label, decision_rule, decision_reason, protected_until, explanation, receipt_hash)
    SELECT %(w)s, partner_id, 'DR-' || 1000 + row_number() OVER (ORDER BY opened_on, dealt.id), a.name, '', 'Germany',
    'a:' || dealt.id, '', '', 2500000, 'EUR', '',
    CASE WHEN opened_on > %(today)s::date - 3 THEN 'submitted' WHEN opened_on > %(today)s::date - 80 THEN 'approved'
        WHEN n %% 400 = 0 THEN 'lost' ELSE 'won' END,
    account_id, CASE WHEN opened_on > %(today)s::date - 8 THEN NULL ELSE dealt.id END, opened_on::timestamptz,
    opened_on::timestamptz + interval '2 days', '', '', '', opened_on + 90, '{}', ''
    FROM dealt JOIN crm_account a ON a.id = account_id WHERE class = 'sourced' AND n %% 10 = 0;
"""

COMMISSIONS = """
CREATE TEMPORARY TABLE paid AS SELECT o.id AS opportunity_id, o.account_id, c.partner_id, c.decision_id,
    least(o.close_on + 20, %(today)s::date - 1) AS paid_on, part,
    substr(o.external_id, 2) || '-' || part AS key, 100000 + o.id %% 90000 AS amount
    FROM crm_opportunity o JOIN attribution_credit c ON c.opportunity_id = o.id AND c.is_current,
    generate_series(1, 2) part
    WHERE o.workspace_id = %(w)s AND o.status = 'won';
INSERT INTO crm_invoice (workspace_id, source, external_id, account_id, opportunity_id, number, issued_on, currency,
    net_minor, tax_minor, gross_minor)
    SELECT %(w)s, 'bench', 'i' || key, account_id, opportunity_id, 'INV-' || key, paid_on - 20, 'EUR', amount * 10, 0,
    amount * 10 FROM paid;
INSERT INTO crm_invoiceline (workspace_id, source, external_id, invoice_id, position, description, net_minor, tax_minor)
    SELECT %(w)s, 'bench', external_id, id, 1, '', net_minor, 0 FROM crm_invoice WHERE workspace_id = %(w)s;
INSERT INTO ledger_ledgeraccount (workspace_id, code, partner_id)
    SELECT %(w)s, 'bench:' || n, n FROM generate_series(%(partner)s, %(partner)s + %(partners)s - 1) n
    UNION ALL SELECT %(w)s, 'bench:expense', NULL;
INSERT INTO ledger_posting (workspace_id, source_account_id, destination_account_id, partner_id, amount_minor, currency,
    fact_on, effective_on, idempotency_key, input_hash, description, recorded_at)
    SELECT %(w)s, e.id, a.id, p.partner_id, p.amount, 'EUR', p.paid_on, p.paid_on, 'bench:' || p.key, '', '', now()
    FROM paid p JOIN ledger_ledgeraccount a ON a.workspace_id = %(w)s AND a.code = 'bench:' || p.partner_id
    JOIN ledger_ledgeraccount e ON e.workspace_id = %(w)s AND e.code = 'bench:expense';
INSERT INTO commissions_commissionline (workspace_id, partner_id, invoice_id, invoice_line_id, decision_id, plan_id,
    event_kind, event_id, line_key, sequence, rule, base_minor, base_currency, amount_minor, currency, earned_on,
    booked_on, held_until, posting_id, explanation, content_hash, recorded_at)
    SELECT %(w)s, p.partner_id, i.id, l.id, p.decision_id, %(plan)s, 'payment', i.id, 'bench:' || p.key, 1, 'base',
    p.amount * 10, 'EUR', p.amount, 'EUR', p.paid_on, p.paid_on, p.paid_on + 30, g.id,
    jsonb_build_object('subject', 'commission on invoice ' || i.number, 'policy', 'plan Resellers@1',
        'conclusion', 'It is earned.', 'steps', jsonb_build_array(jsonb_build_object('rule', 'event', 'outcome',
        'payment', 'sentence', 'The customer paid ' || i.number || ' in full.', 'facts', '{}'::jsonb))), '', now()
    FROM paid p JOIN crm_invoice i ON i.workspace_id = %(w)s AND i.source = 'bench' AND i.external_id = 'i' || p.key
    JOIN crm_invoiceline l ON l.invoice_id = i.id
    JOIN ledger_posting g ON g.workspace_id = %(w)s AND g.idempotency_key = 'bench:' || p.key;
INSERT INTO commissions_statement (workspace_id, partner_id, month, currency, number, opening_minor, total_minor,
    closing_minor, issued_at, issued_by_label, content_hash)
    SELECT %(w)s, partner_id, month, 'EUR', 'ST-' || to_char(month, 'YYYY-MM') || '-' || partner_id, 0, total, total,
    month + interval '1 month 3 days', '', ''
    FROM (SELECT partner_id, date_trunc('month', booked_on)::date AS month, sum(amount_minor) AS total
        FROM commissions_commissionline WHERE workspace_id = %(w)s GROUP BY 1, 2) sums
    WHERE month < date_trunc('month', %(today)s::date);
INSERT INTO commissions_statementline (workspace_id, statement_id, partner_id, line_id)
    SELECT %(w)s, s.id, s.partner_id, l.id FROM commissions_statement s
    JOIN commissions_commissionline l ON l.workspace_id = %(w)s AND l.partner_id = s.partner_id
        AND date_trunc('month', l.booked_on)::date = s.month
    WHERE s.workspace_id = %(w)s;
"""

AVERAGE_PARTNER = """
    UPDATE partners_partnermembership SET partner_id = (
        SELECT partner_id FROM attribution_credit c JOIN crm_opportunity o ON o.id = c.opportunity_id
        WHERE c.workspace_id = %(w)s AND c.is_current
        AND partner_id IN (SELECT partner_id FROM deals_dealregistration WHERE workspace_id = %(w)s)
        GROUP BY partner_id ORDER BY count(*) FILTER (WHERE o.status = 'open'), partner_id
        OFFSET (SELECT count(DISTINCT partner_id) FROM deals_dealregistration WHERE workspace_id = %(w)s) / 2 LIMIT 1)
    WHERE workspace_id = %(w)s
"""
"""The seller belongs to the partner in the middle, by open deals, of those that register any."""

ACTIVITY = """
INSERT INTO platform_activityentry (workspace_id, at, actor_kind, actor_label, verb, subject_kind, subject_id,
    partner_id, summary, body)
    SELECT %(w)s, submitted_at, 'person', 'Zoe Park', 'deal_registered', 'deal_registration', id, partner_id,
    'Registered ' || reference || ' ' || company, '{"reference": "' || reference || '"}'
    FROM deals_dealregistration WHERE workspace_id = %(w)s ORDER BY submitted_at, id;
"""


def fill(slug: str, size: Size) -> Filled:
    """Make a workspace of that size with its people; run by the owner of the tables, foreign keys unchecked."""
    from tallystick.partners.invitations import add_partner_person
    from tallystick.partners.models import Partner, PartnerRole
    from tallystick.platform.actors import Actor
    from tallystick.platform.models import Workspace, WorkspaceRole
    from tallystick.platform.people import add_member, person_with
    from tallystick.platform.tenancy import scope

    actor, long_ago = Actor.command("bench"), datetime.now(tz=UTC) - timedelta(days=size.days)
    made = Workspace.objects.create(slug=slug, name="Umbra Labs", currency="EUR", time_zone="UTC")
    with scope(workspace_id=made.pk):
        admin = person_with(email="anna@umbra.example", name="Anna Berg")
        add_member(actor, person=admin, role=WorkspaceRole.ADMIN, at=long_ago)
        partners = Partner.objects.bulk_create(_partners(made.pk, size, admin.pk))
        own = partners[len(partners) // 2]
        seller = person_with(email="zoe@zephyr.example", name="Zoe Park")
        add_partner_person(actor, partner=own, person=seller, role=PartnerRole.ADMIN, at=long_ago)
        parameters = {
            "w": made.pk,
            "n": size.opportunities,
            "accounts": max(50, size.opportunities // 8),
            "days": size.days,
            "owners": size.owners,
            "today": TODAY,
            "partner": partners[0].pk,
            "partners": size.partners,
            **_terms(made.pk, long_ago),
        }
    run_as_owner("SET session_replication_role = replica")
    for facts in (ACCOUNTS, OPPORTUNITIES, CREDITS, COMMISSIONS):
        run_as_owner(facts, parameters)
    for kept in _kept_beside_lines():
        run_as_owner(kept)
    run_as_owner("RESET session_replication_role")
    run_as_owner(AVERAGE_PARTNER, parameters)
    run_as_owner(ACTIVITY, parameters)
    return Filled(workspace_id=made.pk, admin=admin.email, seller=seller.email, partner_id=own.pk)


def _kept_beside_lines() -> list[str]:
    """Return the SQL that the migrations run for lines from before: approvals, totals, and what is on no statement."""
    approvals, totals, unstated = (
        import_module(f"tallystick.commissions.migrations.{name}")
        for name in ("0003_statements_were_approved", "0005_line_totals", "0006_unstated_lines")
    )
    sums = [f"INSERT INTO commissions_linetotal ({totals.COLUMNS}) {rows}" for rows in totals.EVERY]
    return [approvals.RUNS, approvals.LINES, *sums, unstated.EVERY]


def settle() -> None:
    """Bring up to date what a running system keeps so: statistics of the tables, and sums."""
    from django.db import connection

    from tallystick.crm.services.stage_totals import rebuild_stage_totals
    from tallystick.insights.folding import fold_day_sums
    from tallystick.platform.database.roles import as_owner
    from tallystick.platform.models import Workspace
    from tallystick.platform.tenancy import scope

    with scope(workspace_id=Workspace.objects.get().pk):
        with as_owner(connection):
            rebuild_stage_totals()
        fold_day_sums()
    run_as_owner("VACUUM ANALYZE")


def _partners(workspace_id: int, size: Size, manager_id: int) -> list[object]:
    from tallystick.partners.models import Partner

    types = ("reseller", "system_integrator", "isv", "referral")
    return [
        Partner(
            workspace_id=workspace_id,
            name=f"{('Zephyr', 'Corvid', 'Halden', 'Ostara', 'Quill')[number % 5]} Informatics {number:04}",
            type=types[number % len(types)],
            lifecycle="active",
            tier=("", "authorised", "premier")[number % 3],
            region="DACH",
            manager_id=manager_id,
            joined_on=TODAY - timedelta(days=number * 97 % size.days),
        )
        for number in range(size.partners)
    ]


def _terms(workspace_id: int, at: datetime) -> dict[str, int]:
    """Publish the default attribution policy and a plan; return their ids by the names the statements know."""
    from zoneinfo import ZoneInfo

    from tallystick.attribution.services.policies import ensure_policy
    from tallystick.programmes.models import PlanVersion, Track

    policy = ensure_policy(zone=ZoneInfo("UTC"), at=at)[0]
    track = Track.objects.create(
        workspace_id=workspace_id, partner_type="reseller", motion="reseller", name="Resellers", kpi="ARR"
    )
    plan = PlanVersion.objects.create(
        workspace_id=workspace_id,
        track=track,
        number=1,
        document=PLAN,
        document_hash="",
        currency="EUR",
        valid_from="2015-01-01",
        published_at=at,
    )
    return {"policy": policy.id, "plan": plan.pk}


PLAN = """
plan: Resellers
track: reseller
currency: EUR
valid_from: 2015-01-01
trigger: payment_received
base: {amount: net}
rules:
  - {id: base, says: 10 % of what the customer paid, percent: 10}
hold_days: 30
claw_back: {window_days: null, method: proportional}
rounding: {mode: half_even}
"""
