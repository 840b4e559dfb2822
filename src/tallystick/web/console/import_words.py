"""Words of the import wizard: what files hold, what their columns are, and how sure a guess is."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.guessing import Confidence

KINDS: Final[dict[Kind, Promise]] = {
    Kind.ACCOUNTS: _("Accounts"),
    Kind.CONTACTS: _("Contacts"),
    Kind.PRODUCTS: _("Products"),
    Kind.OPPORTUNITIES: _("Opportunities"),
    Kind.SALES_ACTIVITIES: _("Sales activities"),
    Kind.SUBSCRIPTIONS: _("Subscriptions"),
    Kind.INVOICES: _("Invoices"),
    Kind.PAYMENTS: _("Payments"),
    Kind.REFUNDS: _("Refunds"),
    Kind.CREDIT_NOTES: _("Credit notes"),
    Kind.EXCHANGE_RATES: _("Exchange rates"),
}

FIELD_LABELS: Final[dict[str, Promise]] = {
    "external_id": _("Id"),
    "name": _("Name"),
    "website": _("Website"),
    "country": _("Country"),
    "industry": _("Industry"),
    "owner_name": _("Owner"),
    "is_customer": _("Customer already"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("E-mail address"),
    "title": _("Job title"),
    "account": _("Account, by name"),
    "account_id": _("Account, by id"),
    "account_domain": _("Account, by web domain"),
    "product": _("Product"),
    "family": _("Product family"),
    "list_price": _("List price"),
    "currency": _("Currency"),
    "stage": _("Stage"),
    "is_closed": _("Closed"),
    "is_won": _("Won"),
    "kind": _("Type"),
    "amount": _("Amount"),
    "term_months": _("Term in months"),
    "opened_on": _("Created on"),
    "close_on": _("Close date"),
    "stage_changed_on": _("In this stage since"),
    "lead_source": _("Lead source"),
    "next_step": _("Next step"),
    "partner_named": _("Partner named in the CRM"),
    "opportunity": _("Opportunity"),
    "happened_on": _("Happened on"),
    "note": _("Note"),
    "started_on": _("Begins on"),
    "ends_on": _("Ends on"),
    "yearly": _("Yearly value"),
    "number": _("Number"),
    "subscription": _("Subscription"),
    "issued_on": _("Issued on"),
    "due_on": _("Due on"),
    "net": _("Net amount"),
    "tax": _("Tax"),
    "gross": _("Gross amount"),
    "is_void": _("Void"),
    "position": _("Line"),
    "description": _("Description"),
    "renewal_year": _("Contract year"),
    "quantity": _("Quantity"),
    "invoice": _("Invoice"),
    "received_on": _("Received on"),
    "status": _("Status"),
    "payment": _("Payment"),
    "refunded_on": _("Refunded on"),
    "reason": _("Reason"),
    "invoice_line": _("Line of the invoice"),
    "day": _("Day"),
    "base": _("Base currency"),
    "rate": _("Rate"),
}

CONFIDENCE: Final[dict[Confidence, tuple[Promise, str]]] = {
    Confidence.OWN_NAME: (_("Sure: it is called so"), "good"),
    Confidence.USUAL_NAME: (_("Likely: a usual name for it"), "accent"),
    Confidence.TOLD: (_("As you said"), "good"),
}
NOT_READ: Final = (_("Left out"), "")
AS_LAST_TIME: Final = (_("As last time"), "good")

ANSWERS: Final[dict[str, Promise]] = {
    "day-first": _("Day first: 03/04 is 3 April"),
    "month-first": _("Month first: 03/04 is 4 March"),
    "point": _("Decimal point: 1,234.50"),
    "comma": _("Decimal comma: 1.234,50"),
}
