"""Revenue facts mirrored from CRM and billing, and the imports that bring them.

Every fact has a natural key: the outside system (`source`) and its id there (`external_id`). Amounts are integers of
minor units beside an ISO 4217 currency; business dates are dates in the workspace's time zone.
"""

from tallystick.crm.models.billing import CreditNote, ExchangeRate, Invoice, InvoiceLine, Payment, Refund, Subscription
from tallystick.crm.models.facts import Fact
from tallystick.crm.models.imports import ColumnMapping, FactKind, Import, ImportChange, ImportRefusal, ImportState
from tallystick.crm.models.sales import (
    Account,
    Contact,
    DealKind,
    Opportunity,
    OpportunityStatus,
    Product,
    SalesActivity,
    StageChange,
)
from tallystick.crm.models.sums import StageTotal

__all__ = [
    "Account",
    "ColumnMapping",
    "Contact",
    "CreditNote",
    "DealKind",
    "ExchangeRate",
    "Fact",
    "FactKind",
    "Import",
    "ImportChange",
    "ImportRefusal",
    "ImportState",
    "Invoice",
    "InvoiceLine",
    "Opportunity",
    "OpportunityStatus",
    "Payment",
    "Product",
    "Refund",
    "SalesActivity",
    "StageChange",
    "StageTotal",
    "Subscription",
]
