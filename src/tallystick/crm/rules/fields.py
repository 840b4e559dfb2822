"""What can be imported: the kinds of file, their fields, and the column names each field is known by.

Column names are compared by letters and digits only, so that `CloseDate`, `close_date` and "Close Date" are one name.
The first name of a field is its own; the others are those of Salesforce, HubSpot, Stripe, Crossbeam and common usage.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a file holds, in the order in which files are loaded: what others refer to comes first."""

    ACCOUNTS = "accounts"
    CONTACTS = "contacts"
    PRODUCTS = "products"
    OPPORTUNITIES = "opportunities"
    SALES_ACTIVITIES = "sales_activities"
    SUBSCRIPTIONS = "subscriptions"
    INVOICES = "invoices"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    CREDIT_NOTES = "credit_notes"
    EXCHANGE_RATES = "exchange_rates"


class FieldType(StrEnum):
    """How a field's cells are read."""

    TEXT = "text"
    ID = "id"
    AMOUNT = "amount"
    CURRENCY = "currency"
    DATE = "date"
    WHOLE_NUMBER = "whole number"
    RATE = "rate"
    STAGE = "stage"
    DEAL_TYPE = "deal type"
    YES_NO = "yes or no"
    CUSTOMER = "customer or not"
    VOID = "void or not"
    RECEIVED = "received or not"
    EMAIL = "e-mail address"
    WEBSITE = "web address"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a row may say; `names` are the columns it is recognised by, best first."""

    name: str
    type: FieldType
    sentence: str
    names: tuple[str, ...]
    longest: int = 255
    required: bool = False


def _field(
    name: str, type_: FieldType, sentence: str, names: str = "", *, longest: int = 255, required: bool = False
) -> Field:
    known = (name.replace("_", " "), *(known.strip() for known in names.split(",") if known.strip()))
    return Field(name, type_, sentence, known, longest, required)


def _id(of: str, names: str, *, longest: int = 120) -> Field:
    sentence = f"The id of the {of} in the system the file comes from."
    return _field("external_id", FieldType.ID, sentence, names, longest=longest)


def _account(*, required: bool) -> tuple[Field, ...]:
    return (
        _field(
            "account", FieldType.REFERENCE, "The account, by its name.",
            "Account Name, Associated Company, Associated Company (Primary), Company, Company Name, Customer, "
            "Customer Name, Customer Description",
            required=required,
        ),
        _field(
            "account_id", FieldType.REFERENCE, "The account, by its id; it goes before the name.",
            "AccountId, Associated Company IDs, Associated Company IDs (Primary), Company ID, Customer ID", longest=120,
        ),
        _field(
            "account_domain", FieldType.REFERENCE, "The account, by its web domain, where id and name find none.",
            "Company Domain Name, Customer Domain, Account Website",
        ),
    )  # fmt: skip


_OPPORTUNITY = _field(
    "opportunity", FieldType.REFERENCE, "The opportunity, by its id or its unique name.",
    "Opportunity ID, OpportunityId, Deal ID, Opportunity Name, Deal Name, Associated Deal IDs",
)  # fmt: skip
_PRODUCT = _field(
    "product", FieldType.REFERENCE, "The product, by its id or name.", "Product Name, Product Code, Plan, SKU"
)
_CURRENCY = _field(
    "currency", FieldType.CURRENCY, "ISO 4217 code of the amounts; without it a sign, else the workspace's currency.",
    "CurrencyIsoCode, Amount Currency, Currency Code, deal_currency_code, Deal Currency, Invoice Currency", longest=3,
)  # fmt: skip
_OWNER = _field(
    "owner_name", FieldType.TEXT, "Who owns it on the vendor's side.",
    "Opportunity Owner, Deal owner, Account Owner, Account Owner Name, Company owner, Contact owner, Owner, "
    "Sales Agent, Sales Rep, Assigned To",
    longest=120,
)  # fmt: skip
_INVOICE = _field(
    "invoice", FieldType.REFERENCE, "The invoice, by its id or number.",
    "Invoice ID, Invoice Number, Invoice No, Stripe Invoice ID", required=True,
)  # fmt: skip

FIELDS: Final[dict[Kind, tuple[Field, ...]]] = {
    Kind.ACCOUNTS: (
        _id("account", "Id, Account ID, Record ID, Company ID, hs_object_id, Customer ID"),
        _field("name", FieldType.TEXT, "The company's name.",
               "Account Name, Company Name, Account, Company, Customer, Customer Name",
               required=True),
        _field("website", FieldType.WEBSITE, "Its web address or domain.",
               "Company URL, Domain, Company Domain Name, Website URL, Url, Domain Name"),
        _field("country", FieldType.TEXT, "Where it is.",
               "Country/Region, Billing Country, Billing Country/Region, Office Location, Shipping Country",
               longest=80),
        _field("industry", FieldType.TEXT, "What it does.", "Sector, Vertical", longest=80),
        _OWNER,
        _field("is_customer", FieldType.CUSTOMER, "Whether it buys already: yes, or a type that begins with customer.",
               "Customer?, Account Type, Type, Lifecycle Stage"),
    ),
    Kind.CONTACTS: (
        _id("contact", "Id, Contact ID, Record ID, hs_object_id"),
        _field("name", FieldType.TEXT, "The person's full name.", "Full Name, Contact Name, Contact", longest=200),
        _field("first_name", FieldType.TEXT, "The first name, when the full name is not given.",
               "firstname, Given Name", longest=100),
        _field("last_name", FieldType.TEXT, "The last name, when the full name is not given.",
               "lastname, Surname, Family Name",
               longest=100),
        _field("email", FieldType.EMAIL, "The e-mail address.", "E-mail, Email Address, Work Email", longest=254),
        _field("title", FieldType.TEXT, "What the person does.", "Job Title, Position", longest=120),
        *_account(required=False),
    ),
    Kind.PRODUCTS: (
        _id("product", "Id, Product ID, Product Code, Code, SKU, Record ID"),
        _field("name", FieldType.TEXT, "The product's name.", "Product Name, Product, Title", required=True),
        _field("family", FieldType.TEXT, "The group it belongs to.", "Series, Product Family, Category, Product Type",
               longest=120),
        _field("list_price", FieldType.AMOUNT, "The list price.",
               "Sales Price, Price, Unit Price, Standard Price, Amount"),
        _CURRENCY,
    ),
    Kind.OPPORTUNITIES: (
        _id("opportunity", "Id, Opportunity ID, Deal ID, Record ID, hs_object_id"),
        _field("name", FieldType.TEXT, "What the deal is called.",
               "Opportunity Name, Deal Name, dealname, Opportunity, Deal, Title"),
        *_account(required=False),
        _PRODUCT,
        _field("stage", FieldType.STAGE, "The stage; its name decides whether the deal is open, won or lost.",
               "StageName, Deal Stage, Status, Pipeline Stage", longest=80, required=True),
        _field("is_closed", FieldType.YES_NO, "The CRM's own flag; it goes before the stage's name.",
               "IsClosed, Closed, hs_is_closed"),
        _field("is_won", FieldType.YES_NO, "The CRM's own flag; it goes before the stage's name.",
               "IsWon, Won, hs_is_closed_won"),
        _field("kind", FieldType.DEAL_TYPE, "New business, renewal or expansion.",
               "Type, Opportunity Type, Deal Type, dealtype"),
        _field("amount", FieldType.AMOUNT, "What the deal is worth.",
               "Close Value, Deal Value, Value, Deal Amount, Opportunity Amount"),
        _CURRENCY,
        _field("term_months", FieldType.WHOLE_NUMBER, "The contract's length in months.",
               "Contract Term, Contract Term (Months), Term"),
        _field("opened_on", FieldType.DATE, "When it was created.",
               "Created Date, Create Date, CreatedDate, createdate, Engage Date, Open Date, Created, Created On, "
               "Created At"),
        _field("close_on", FieldType.DATE, "When it closed, or is expected to.",
               "Close Date, CloseDate, closedate, Expected Close Date, Closed On, Closed At"),
        _field("stage_changed_on", FieldType.DATE, "When it entered its present stage.",
               "LastStageChangeDate, Last Stage Change Date"),
        _OWNER,
        _field("lead_source", FieldType.TEXT, "Where the CRM says it comes from.",
               "LeadSource, Original Source, hs_analytics_source",
               longest=120),
        _field("next_step", FieldType.TEXT, "What happens next.", "NextStep, hs_next_step"),
        _field("partner_named", FieldType.TEXT, "The partner the CRM names.",
               "Partner, Partner Account, Partner Account Name, Partner Name, Referral Partner, Channel Partner, "
               "Reseller"),
    ),
    Kind.SALES_ACTIVITIES: (
        _id("activity", "Id, Activity ID, Task ID, Event ID, Record ID"),
        *_account(required=True),
        _OPPORTUNITY,
        _field("kind", FieldType.TEXT, "meeting, call, e-mail and so on; only meetings are direct evidence.",
               "Activity Type, Type, Task Subtype, Event Type", longest=20, required=True),
        _field("happened_on", FieldType.DATE, "When it happened.",
               "Activity Date, ActivityDate, Date, Due Date, Start", required=True),
        _OWNER,
        _field("note", FieldType.TEXT, "What was noted.", "Subject, Comments, Description, Notes", longest=10_000),
    ),
    Kind.SUBSCRIPTIONS: (
        _id("subscription", "Id, Subscription ID, Contract ID, Record ID"),
        *_account(required=True),
        _PRODUCT,
        _OPPORTUNITY,
        _field("started_on", FieldType.DATE, "When it began.",
               "Start Date, Start Date (UTC), Contract Start Date, Created (UTC)",
               required=True),
        _field("ends_on", FieldType.DATE, "When it ends, if it does.",
               "End Date, Ended At (UTC), Contract End Date, Renewal Date"),
        _field("yearly", FieldType.AMOUNT, "Recurring value of twelve months.",
               "ARR, Annual Value, Yearly Value, ACV, hs_arr",
               required=True),
        _CURRENCY,
    ),
    Kind.INVOICES: (
        _id("invoice", "Id, Invoice ID, Record ID", longest=100),
        _field("number", FieldType.TEXT, "The number printed on it.", "Invoice Number, Invoice No, Invoice",
               longest=60),
        *_account(required=True),
        _OPPORTUNITY,
        _field("subscription", FieldType.REFERENCE, "The subscription, by its id.",
               "Subscription ID, Stripe Subscription ID"),
        _field("issued_on", FieldType.DATE, "When it was issued.",
               "Invoice Date, Issue Date, Date, Date (UTC), Finalized At (UTC), Created (UTC), Issued", required=True),
        _field("due_on", FieldType.DATE, "When it is due.", "Due Date, Due Date (UTC)"),
        _CURRENCY,
        _field("net", FieldType.AMOUNT, "Amount of the row before tax.",
               "Net Amount, Line Net, Line Amount, Amount Net, Total Excluding Tax"),
        _field("tax", FieldType.AMOUNT, "Tax of the row.", "Tax Amount, VAT, Line Tax, Sales Tax"),
        _field("gross", FieldType.AMOUNT, "Amount of the row with tax; with the tax it gives the net amount.",
               "Gross Amount, Total, Line Total, Total Amount, Amount Gross"),
        _field("is_void", FieldType.VOID, "Whether it was taken back: yes, or the status void.",
               "Void, Status, Invoice Status"),
        _field("position", FieldType.WHOLE_NUMBER, "The line's place on the invoice, when each row is a line.",
               "Line, Line Number, Line No, Line Item"),
        _PRODUCT,
        _field("description", FieldType.TEXT, "What the line says.", "Line Description, Memo, Item"),
        _field("kind", FieldType.DEAL_TYPE, "New business, renewal or expansion.", "Line Kind, Revenue Type, Type"),
        _field("renewal_year", FieldType.WHOLE_NUMBER, "0 in the first year, 1 in the second and so on.",
               "Contract Year"),
        _field("quantity", FieldType.WHOLE_NUMBER, "How many units.", "Qty, Seats, Units"),
    ),
    Kind.PAYMENTS: (
        _id("payment", "Id, Payment ID, Charge ID, PaymentIntent ID, Transaction ID, Record ID"),
        _INVOICE,
        _field("received_on", FieldType.DATE, "When the money came in.",
               "Payment Date, Paid On, Paid At, Paid At (UTC), Received, Created date (UTC), Created (UTC), Date",
               required=True),
        _field("amount", FieldType.AMOUNT, "What came in, with tax.", "Payment Amount, Amount Paid, Paid",
               required=True),
        _CURRENCY,
        _field("status", FieldType.RECEIVED, "Rows of payments that failed are refused.", "Payment Status"),
    ),
    Kind.REFUNDS: (
        _id("refund", "Id, Refund ID, Record ID"),
        _field("invoice", FieldType.REFERENCE, "The invoice, "
               "by its id or number; not needed when the payment is named.",
               "Invoice ID, Invoice Number, Invoice No"),
        _field("payment", FieldType.REFERENCE, "The payment that was given back, by its id.",
               "Payment ID, Charge ID, Charge, PaymentIntent ID"),
        _field("refunded_on", FieldType.DATE, "When the money went back.",
               "Refund Date, Refunded date (UTC), Refunded At, Refunded",
               required=True),
        _field("amount", FieldType.AMOUNT, "What went back, with tax.", "Refund Amount, Amount Refunded",
               required=True),
        _CURRENCY,
        _field("reason", FieldType.TEXT, "Why.", "Refund Reason, Description"),
    ),
    Kind.CREDIT_NOTES: (
        _id("credit note", "Id, Credit Note ID, Record ID"),
        _field("number", FieldType.TEXT, "The number printed on it.",
               "Credit Note Number, Credit Note No, Credit Note", longest=60),
        _INVOICE,
        _field("invoice_line", FieldType.WHOLE_NUMBER, "The place of the invoice's line, when it credits one.",
               "Line, Line Number"),
        _field("issued_on", FieldType.DATE, "When it was issued.", "Credit Note Date, Issue Date, Date, Credited On",
               required=True),
        _field("net", FieldType.AMOUNT, "What is taken back, before tax.", "Net Amount, Credited Net, Amount Net",
               required=True),
        _field("tax", FieldType.AMOUNT, "Tax taken back.", "Tax Amount, VAT"),
        _CURRENCY,
        _field("reason", FieldType.TEXT, "Why.", "Description, Memo"),
    ),
    Kind.EXCHANGE_RATES: (
        _field("day", FieldType.DATE, "The day of the rate.", "Date, Rate Date", required=True),
        _field("base", FieldType.CURRENCY, "The currency one unit of which is quoted; EUR when absent.",
               "Base Currency, From", longest=3),
        _field("currency", FieldType.CURRENCY, "The currency quoted; in a wide file each column is one.",
               "Quote Currency, To", longest=3),
        _field("rate", FieldType.RATE, "Units of the currency for one unit of the base, as published.",
               "Exchange Rate, Value"),
    ),
}  # fmt: skip


def field_of(kind: Kind, name: str) -> Field:
    """Return a field of a kind by its name. Raises KeyError."""
    for candidate in FIELDS[kind]:
        if candidate.name == name:
            return candidate
    raise KeyError(name)
