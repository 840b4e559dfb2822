"""What the books of a workspace say, by names and outside keys: two runs of one evening must say the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.attribution.models import Credit, Decision, PendingOpportunity, Touch
from tallystick.commissions.models import BlockedLine, CommissionLine, PendingInvoice
from tallystick.crm.models import CreditNote, Fact, Payment, Refund
from tallystick.crm.services.fact_models import FACT_MODELS
from tallystick.deals.models import DealRegistration, Protection
from tallystick.kernel.canonical import canonical_json
from tallystick.ledger.models import Posting
from tallystick.ledger.queries import balances
from tallystick.partners.models import Partner

HISTORY = ("decisions", "lines", "postings")
"""How the books came to say it. It may differ where facts are decided at other moments or come in another order."""

_OF_NO_MATTER = {"id", "workspace_id", "learned_at", "added_by_import_id", "changed_by_import_id"}


def tell_books() -> dict[str, list[str]]:
    """Return everything that counts in the workspace in scope, without ids and clock, as sorted lines of text."""
    told: dict[str, Iterable[Iterable[object]]] = {kind: _facts(model) for kind, model in FACT_MODELS.items()}
    told["touches"] = Touch.objects.values_list(
        "partner__name", "account__external_id", "kind", "happened_on", "source"
    )
    told["registrations"] = DealRegistration.objects.values_list("company", "state", "account__external_id")
    told["protections"] = Protection.objects.filter(released_at__isnull=True).values_list(
        "account_key", "registration__company"
    )
    told["classes"] = Decision.objects.filter(is_current=True).values_list(
        "opportunity__external_id", "credit_class", "gaps"
    )
    told["credits"] = Credit.objects.filter(is_current=True).values_list(
        "opportunity__external_id", "partner__name", "role", "share_ppm"
    )
    told["standing lines"] = _standing_lines()
    told["blocked"] = BlockedLine.objects.values_list("invoice__external_id", "partner__name", "reason")
    told["balances"] = _balances()
    told["waiting"] = [(PendingOpportunity.objects.count(), PendingInvoice.objects.count())]
    told["decisions"] = Decision.objects.values_list("opportunity__external_id", "version", "credit_class")
    told["lines"] = _lines(CommissionLine.objects.all())
    told["postings"] = _postings()
    return {name: sorted(canonical_json([str(part) for part in row]) for row in rows) for name, rows in told.items()}


def _facts(model: type[Fact]) -> Iterable[Iterable[object]]:
    columns = [column for column in model._meta.concrete_fields if column.column not in _OF_NO_MATTER]
    names = [f"{column.name}__external_id" if column.is_relation else column.name for column in columns]
    return model.objects.values_list(*names)


def _lines(lines: Any) -> list[tuple[object, ...]]:
    events = {
        **{("payment", pk): key for pk, key in Payment.objects.values_list("pk", "external_id")},
        **{("refund", pk): key for pk, key in Refund.objects.values_list("pk", "external_id")},
        **{("credit_note", pk): key for pk, key in CreditNote.objects.values_list("pk", "external_id")},
    }
    columns = (
        "sequence", "partner__name", "invoice_line__external_id", "rule", "base_minor", "base_currency",
        "amount_minor", "currency", "earned_on", "booked_on", "held_until", "posting__amount_minor",
    )  # fmt: skip
    rows = lines.values_list("event_kind", "event_id", *columns)
    return [(kind, events[kind, event_id], *rest) for kind, event_id, *rest in rows]


def _standing_lines() -> list[tuple[object, ...]]:
    standing = CommissionLine.objects.filter(reverses__isnull=True, reversed_by__isnull=True)
    return [(kind, event, *rest) for kind, event, _, *rest in _lines(standing)]


def _postings() -> list[tuple[object, ...]]:
    rows = Posting.objects.values_list(
        "source_account__code", "destination_account__code", "amount_minor", "currency", "fact_on", "effective_on"
    )
    names = _account_names()
    return [
        (names.get(source, source), names.get(destination, destination), *rest) for source, destination, *rest in rows
    ]


def _balances() -> list[tuple[object, ...]]:
    names = _account_names()
    return [(names.get(found.account, found.account), found.amount) for found in balances()]


def _account_names() -> dict[str, str]:
    return {f"partner_payable:{pk}": name for pk, name in Partner.objects.values_list("pk", "name")}
