"""What a file holds is told from its header."""

from __future__ import annotations

import pytest

from tallystick.crm.models import FactKind
from tallystick.crm.rules.fields import FIELDS, Kind
from tallystick.crm.rules.guessing import (
    NothingToImport,
    check_told,
    find_columns,
    guess_kind,
    guess_source,
    missing_columns,
)
from tallystick.crm.rules.problems import AnswerNeeded, ImportProblem
from tallystick.crm.rules.references import account_key, composed_id, product_key
from tallystick.crm.rules.stages import deal_kind, status_of_flags, status_of_stage

HEADERS = [
    ("account,sector,year_established,revenue,employees,office_location", Kind.ACCOUNTS, "csv"),
    ("product,series,sales_price", Kind.PRODUCTS, "csv"),
    (
        "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
        Kind.OPPORTUNITIES,
        "csv",
    ),
    ("Id,AccountId,Name,StageName,Amount,CloseDate,IsClosed,IsWon,SystemModstamp", Kind.OPPORTUNITIES, "salesforce"),
    ("Opportunity Owner,Account Name,Opportunity Name,Stage,Fiscal Period,Amount", Kind.OPPORTUNITIES, "salesforce"),
    ("Record ID,DEAL NAME,Deal Stage,Pipeline,Amount,Close Date,Deal Owner,Deal Type", Kind.OPPORTUNITIES, "hubspot"),
    ("dealname,amount,dealstage,pipeline,closedate,hs_object_id", Kind.OPPORTUNITIES, "hubspot"),
    ("Id,Name,Type,Website,BillingCountry,Industry,OwnerId,AccountId,CreatedDate", Kind.ACCOUNTS, "salesforce"),
    ("Record ID,Company name,Company Domain Name,Company owner,Country/Region", Kind.ACCOUNTS, "hubspot"),
    ("Company Name,Company URL,Account Owner Email", Kind.ACCOUNTS, "crossbeam"),
    ("Record ID,First Name,Last Name,Email,Contact owner", Kind.CONTACTS, "hubspot"),
    ("id,Customer ID,Customer Description,Date (UTC),Number,Tax,Total,Currency,Status", Kind.INVOICES, "stripe"),
    ("payment id,invoice,received on,amount", Kind.PAYMENTS, "csv"),
    ("id,Created date (UTC),Amount,Amount Refunded,Currency,Invoice ID,Status", Kind.PAYMENTS, "stripe"),
    ("refund id,payment,refunded on,amount", Kind.REFUNDS, "csv"),
    ("credit note,invoice,issued on,net,tax", Kind.CREDIT_NOTES, "csv"),
    ("subscription id,account,start date,end date,ARR", Kind.SUBSCRIPTIONS, "csv"),
    ("id,account,activity type,activity date,subject", Kind.SALES_ACTIVITIES, "csv"),
    ("Date,USD,JPY,BGN,CYP,", Kind.EXCHANGE_RATES, "ecb"),
]


@pytest.mark.parametrize(("header", "kind", "source"), HEADERS)
def test_kind_and_source_are_told_from_the_header(header: str, kind: Kind, source: str) -> None:
    assert guess_kind(header.split(",")) is kind
    assert guess_source(header.split(",")) == source


@pytest.mark.parametrize("header", ["a,b,c", "id,amount"])
def test_what_the_header_does_not_tell_is_asked(header: str) -> None:
    with pytest.raises(AnswerNeeded) as asked:
        guess_kind(header.split(","))
    assert asked.value.questions[0].option.startswith("--kind ")


def test_a_list_of_sales_teams_holds_nothing_to_import() -> None:
    with pytest.raises(NothingToImport):
        guess_kind(["sales_agent", "manager", "regional_office"])


def test_a_told_column_goes_before_a_known_name() -> None:
    columns = find_columns(Kind.OPPORTUNITIES, ["Id", "Stage", "Amount", "Value"], told={"amount": "VALUE"})
    assert columns.by_header == {"amount": "Value", "external_id": "Id", "stage": "Stage"}
    assert columns.unused == ("Amount",)


@pytest.mark.parametrize("told", [{"amount": "Nope"}, {"nope": "Id"}])
def test_a_mapping_to_nowhere_is_refused(told: dict[str, str]) -> None:
    with pytest.raises(ImportProblem, match="no"):
        check_told(Kind.OPPORTUNITIES, ["Id", "Stage"], told=told)


def test_an_invoice_needs_its_net_amount_or_gross_and_tax() -> None:
    header = ["invoice id", "account", "issued on", "total"]
    (missing,) = missing_columns(find_columns(Kind.INVOICES, header, told={}))
    assert missing == "An invoice needs its net amount, or its gross amount and its tax."
    assert missing_columns(find_columns(Kind.INVOICES, [*header, "VAT"], told={})) == ()


def test_the_kinds_that_are_read_are_those_that_are_kept() -> None:
    assert [kind.value for kind in Kind] == [kind.value for kind in FIELDS]
    assert {kind.value for kind in Kind} == set(FactKind.values)


@pytest.mark.parametrize(
    ("stage", "status"),
    [("Closed Won", "won"), ("closedwon", "won"), ("Won", "won"), ("CLOSED-LOST", "lost"), ("Engaging", "open"),
     ("Proposal/Price Quote", "open"), ("decisionmakerboughtin", "open"), ("Blue sky", None)],
)  # fmt: skip
def test_stages_of_the_common_systems_are_known(stage: str, status: str | None) -> None:
    assert status_of_stage(stage) == status


def test_the_crm_s_own_flags_say_how_a_deal_stands() -> None:
    assert status_of_flags(is_closed="true", is_won="TRUE") == "won"
    assert status_of_flags(is_closed="1", is_won="0") == "lost"
    assert status_of_flags(is_closed="false", is_won="") == "open"
    assert status_of_flags(is_closed="", is_won="") is None


def test_deal_types_are_new_renewal_or_expansion() -> None:
    assert [deal_kind(text) for text in ("newbusiness", "Renewal", "Existing Customer - Upgrade", "Odd")] == [
        *("new", "renewal", "expansion"),
        None,
    ]


def test_keys_meet_where_spellings_differ() -> None:
    assert product_key("GTXPro") == product_key("GTX Pro") == "gtxpro"
    assert account_key("Acme GmbH") == account_key("ACME") == "acme"


def test_a_composed_id_is_short_and_differs_with_its_parts() -> None:
    assert composed_id("Deal", "", "Acme") == "Deal · Acme"
    long = [composed_id("x" * 200, part) for part in ("a", "b")]
    assert (len(long[0]), len(set(long))) == (120, 2)
