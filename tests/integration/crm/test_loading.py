"""What a load leaves in the database, row by row."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from tallystick.crm.models import (
    Account,
    ColumnMapping,
    Contact,
    CreditNote,
    ExchangeRate,
    Import,
    ImportState,
    Invoice,
    InvoiceLine,
    Opportunity,
    Payment,
    Refund,
    SalesActivity,
    StageChange,
    Subscription,
)
from tallystick.crm.queries.imports import invoices_of_import, opportunities_of_import
from tallystick.crm.rules.dates import DateOrder
from tallystick.crm.rules.fields import Kind
from tallystick.crm.rules.problems import AnswerNeeded, UnreadableFile
from tallystick.crm.rules.readings import Answers
from tallystick.crm.services.loading import Outcome, run_import
from tallystick.crm.services.mappings import save_mapping, with_mapping
from tallystick.crm.services.reading import FileRequest, plan_file
from tallystick.crm.services.refusals import write_refused_rows
from tallystick.platform.models import ActivityEntry
from tallystick.platform.tenancy import Scope
from tests.integration.crm.loading import ACTOR, AT, figures, load, refusals

ACCOUNTS = (
    "Id,Name,Website,BillingCountry,Type\n"
    "001A,Acme GmbH,https://www.acme.de,Germany,Customer - Direct\n"
    "001B,Bolt Inc.,,USA,\n"
)
DEALS = (
    "Opportunity ID,Opportunity Name,Account Name,Stage,Amount,Close Date\n"
    '006A,Acme 2026,ACME,Closed Won,"$12,000.50",2026-02-10\n'
    "006B,Bolt pilot,Bolt,Negotiation/Review,,2026-09-30\n"
    "006C,Nobody yet,,Discovery call,250k,\n"
)


def test_salesforce_accounts_and_opportunities_find_each_other_by_name(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "accounts.csv", ACCOUNTS)
    result = load(tmp_path, "deals.csv", DEALS)

    assert figures(result) == (3, 0, 0, 0, 0)
    won = Opportunity.objects.get(external_id="006A")
    assert (won.source, won.status, won.amount_minor, won.currency) == ("salesforce", "won", 1_200_050, "USD")
    assert won.close_on == date(2026, 2, 10)
    assert won.account is not None
    assert (won.account.external_id, won.account.domain, won.account.is_customer) == ("001A", "acme.de", True)
    open_deal = Opportunity.objects.get(external_id="006B")
    assert (open_deal.status, open_deal.amount_minor, open_deal.account_named) == ("open", None, "Bolt")
    gap = Opportunity.objects.get(external_id="006C")
    assert (gap.status, gap.amount_minor, gap.currency, gap.account) == ("open", 25_000_000, "EUR", None)
    assert "Stages that are not known count as open: Discovery call." in result.notes
    assert "1 opportunities name no account. They are kept and listed as gaps." in result.notes
    assert "Amounts without a currency are taken as EUR, the workspace's currency." in result.notes


def test_deals_loaded_before_their_accounts_end_as_if_loaded_after_them(vendor: Scope, tmp_path: Path) -> None:
    deals = load(tmp_path, "deals.csv", DEALS)
    assert "Not known yet, and linked once it is imported: account ACME, Bolt." in deals.notes
    accounts = load(tmp_path, "accounts.csv", ACCOUNTS)

    linked = Opportunity.objects.order_by("external_id").values_list("external_id", "account__external_id")
    assert list(linked) == [("006A", "001A"), ("006B", "001B"), ("006C", None)]
    assert [deal.external_id for deal in opportunities_of_import(import_id=accounts.import_id)] == ["006A", "006B"]


def test_the_same_file_again_is_recognised_and_tells_when_it_was_loaded(vendor: Scope, tmp_path: Path) -> None:
    first = load(tmp_path, "deals.csv", DEALS)
    again = load(tmp_path, "renamed.csv", DEALS)
    assert (again.outcome, again.import_id, again.loaded_at) == (Outcome.UNCHANGED, first.import_id, AT)
    assert Import.objects.count() == 1


def test_a_later_export_changes_only_what_differs_and_notes_the_change_of_stage(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "deals.csv", DEALS)
    later = DEALS.replace("Negotiation/Review,,2026-09-30", "Closed Won,500,2026-02-27")
    result = load(tmp_path, "deals.csv", later)

    assert figures(result) == (0, 1, 2, 0, 0)
    change = StageChange.objects.get()
    assert (change.opportunity.external_id, change.stage, change.status) == ("006B", "Closed Won", "won")
    assert change.entered_on == date(2026, 2, 27)
    assert [deal.external_id for deal in opportunities_of_import(import_id=result.import_id)] == ["006B"]


def test_columns_that_a_file_lacks_keep_what_an_earlier_file_said(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "deals.csv", DEALS)
    load(tmp_path, "stages.csv", "Opportunity ID,Opportunity Name,Stage\n006A,Acme 2026,Closed Lost\n")
    deal = Opportunity.objects.get(external_id="006A")
    assert (deal.status, deal.amount_minor, deal.currency) == ("lost", 1_200_050, "USD")


def test_equal_rows_count_as_duplicates_and_differing_rows_of_one_id_are_all_refused(
    vendor: Scope, tmp_path: Path
) -> None:
    text = "deal id,deal name,stage,amount\n1,A,won,10\n1,A,won,10\n2,B,won,10\n2,B,lost,10\n"
    result = load(tmp_path, "deals.csv", text)
    assert figures(result) == (1, 0, 0, 1, 2)
    reason = "Lines 4, 5 have this id and differ from each other. Keep one of them."
    assert refusals(result) == [(4, "deal id", reason), (5, "deal id", reason)]


def test_refused_rows_can_be_mended_and_loaded_and_run_no_formula(vendor: Scope, tmp_path: Path) -> None:
    text = (
        "deal id,deal name,stage,amount,close date\n"
        "00123,=cmd|' /C calc'!A0,won,10.00,2026-01-02\n"
        "1E5,+49 30,won,1.05E+06,2026-01-02\n"
        "3,@home,won,12,2026-02-30\n"
        "4,short,won\n"
    )
    result = load(tmp_path, "deals.csv", text)
    assert figures(result) == (1, 0, 0, 0, 3)
    assert [(line, column) for line, column, _ in refusals(result)] == [(3, "amount"), (4, "close date"), (5, "")]
    assert Opportunity.objects.get().external_id == "00123"
    assert Opportunity.objects.get().name == "=cmd|' /C calc'!A0"

    mended = tmp_path / "mended.csv"
    assert write_refused_rows(Import.objects.get(pk=result.import_id), mended) == 3
    with mended.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == [
        *("Refused line", "Refused column", "Refused value", "Reason"),
        *("deal id", "deal name", "stage", "amount", "close date"),
    ]
    assert rows[1][4:] == ["1E5", "'+49 30", "won", "1.05E+06", "2026-01-02"]
    assert rows[2][4:] == ["3", "'@home", "won", "12", "2026-02-30"]

    text = mended.read_text(encoding="utf-8-sig")
    text = text.replace("won,1.05E+06", "won,1050000").replace("2026-02-30\n", "2026-02-28\n").rpartition("5,,,")[0]
    again = load(tmp_path, "mended.csv", text)
    assert figures(again) == (2, 0, 0, 0, 0)
    names = Opportunity.objects.order_by("external_id").values_list("external_id", "name", "amount_minor")
    assert list(names) == [
        ("00123", "=cmd|' /C calc'!A0", 1_000),
        ("1E5", "+49 30", 105_000_000),
        ("3", "@home", 1_200),
    ]


def test_an_ambiguous_date_is_asked_for_and_nothing_is_loaded(vendor: Scope, tmp_path: Path) -> None:
    text = "deal id,deal name,stage,close date\n1,A,won,03/04/2026\n"
    with pytest.raises(AnswerNeeded) as asked:
        load(tmp_path, "deals.csv", text)
    (question,) = asked.value.questions
    assert question.sentence == (
        'Column "close date" holds dates such as "03/04/2026", which is 3 April read day first '
        "and 4 March read month first; no value in it decides."
    )
    assert question.option == '--dates "close date=day-first"'
    assert (Import.objects.count(), Opportunity.objects.count()) == (0, 0)

    load(tmp_path, "deals.csv", text, answers=Answers(dates={"Close Date": DateOrder.DAY_FIRST}))
    assert Opportunity.objects.get().close_on == date(2026, 4, 3)


def test_a_date_far_down_that_contradicts_the_first_rows_is_noticed(vendor: Scope, tmp_path: Path) -> None:
    rows = "".join(f"{number},D,won,2026-01-02\n" for number in range(9_000))
    text = f"deal id,deal name,stage,close date\n{rows}x,D,won,31/12/2026\ny,D,won,01/02/2026\n"
    assert figures(load(tmp_path, "deals.csv", text)) == (9_002, 0, 0, 0, 0)
    assert Opportunity.objects.get(external_id="y").close_on == date(2026, 2, 1)
    with pytest.raises(AnswerNeeded, match="mixes two orders of day and month"):
        load(tmp_path, "more.csv", f"{text}z,D,won,12/31/2026\n")
    assert Opportunity.objects.count() == 9_002
    assert Import.objects.filter(state=ImportState.FAILED).count() == 1


def test_a_file_that_breaks_off_in_a_quote_loads_nothing_and_names_the_line(vendor: Scope, tmp_path: Path) -> None:
    rows = "".join(f"{number},D,won\n" for number in range(9_000))
    with pytest.raises(UnreadableFile, match="Line 9,002: A quoted cell is opened here and never closed"):
        load(tmp_path, "deals.csv", f'deal id,deal name,stage\n{rows}a,"D,won\nb,D,won\n')
    assert Opportunity.objects.count() == 0
    assert Import.objects.get().state == ImportState.FAILED
    assert not ActivityEntry.objects.filter(verb="facts_imported").exists()


INVOICES = (
    "invoice id,number,account,issued on,currency,line,product line,net,tax\n"
    "in_1,R-1,Acme,2026-01-05,EUR,1,Base,10000.00,2000.00\n"
    "in_1,R-1,Acme,2026-01-05,EUR,2,Support,2000.00,400.00\n"
)


def test_an_invoice_is_the_sum_of_its_lines_and_money_refers_to_it(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "accounts.csv", ACCOUNTS)
    assert figures(load(tmp_path, "invoices.csv", INVOICES)) == (2, 0, 0, 0, 0)
    invoice = Invoice.objects.get()
    assert (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) == (1_200_000, 240_000, 1_440_000)
    lines = InvoiceLine.objects.order_by("position").values_list("position", "net_minor", "tax_minor", "quantity")
    assert list(lines) == [(1, 1_000_000, 200_000, 1), (2, 200_000, 40_000, 1)]

    payments = "payment id,invoice,received on,amount,currency,status\np1,R-1,2026-01-20,7200.00,EUR,succeeded\n"
    payments += (
        "p2,R-1,2026-02-20,7200.00,EUR,failed\np3,R-9,2026-02-20,1.00,EUR,paid\np4,R-1,2026-02-20,5.00,USD,paid\n"
    )
    paid = load(tmp_path, "payments.csv", payments)
    assert figures(paid) == (1, 0, 0, 0, 3)
    assert refusals(paid) == [
        (3, "status", 'The payment has the status "failed": only money that came in is a payment.'),
        (4, "invoice", "The invoice R-9 is not known here. Import it first, or mend the name."),
        (5, "currency", "The payment is in USD, its invoice in EUR. Write the currency beside the amount."),
    ]
    assert Payment.objects.get().amount_minor == 720_000

    refund = load(
        tmp_path, "refunds.csv", "refund id,payment id,refunded on,amount,currency\nr1,p1,2026-03-01,100.00,EUR\n"
    )
    assert Refund.objects.get().invoice == invoice
    credit = "credit note,invoice,line,issued on,net,tax,currency\nC-1,R-1,2,2026-03-01,50.00,10.00,EUR\n"
    noted = load(tmp_path, "credits.csv", credit)
    assert (CreditNote.objects.get().line_id, CreditNote.objects.get().net_minor) == (
        InvoiceLine.objects.get(position=2).pk,
        5_000,
    )
    for result in (paid, refund, noted):
        assert list(invoices_of_import(import_id=result.import_id)) == [invoice]


def test_an_invoice_is_loaded_whole_or_not_at_all(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "accounts.csv", ACCOUNTS)
    result = load(tmp_path, "invoices.csv", INVOICES.replace("2000.00,400.00", "2000.001,400.00"))
    assert figures(result) == (0, 0, 0, 0, 2)
    assert refusals(result) == [
        (2, "invoice id", "Line 3 of this invoice was refused, and an invoice is loaded whole. Mend that line."),
        (3, "net", "2000.001 has more than the 2 decimals of EUR. Round it."),
    ]
    assert Invoice.objects.count() == 0


def test_an_invoice_that_comes_again_with_fewer_lines_is_refused(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "accounts.csv", ACCOUNTS)
    load(tmp_path, "invoices.csv", INVOICES)
    shorter = "".join(INVOICES.splitlines(keepends=True)[:2])
    result = load(tmp_path, "shorter.csv", shorter)
    assert figures(result) == (0, 0, 0, 0, 1)
    assert Invoice.objects.get().gross_minor == 1_440_000


def test_the_reference_rates_of_the_central_bank_load_as_published(vendor: Scope, tmp_path: Path) -> None:
    text = "Date,USD,JPY,CYP,\n2026-01-05,1.0853,160.20,N/A,\n2026-01-02,1.0900,N/A,N/A,\n"
    result = load(tmp_path, "eurofxref-hist.csv", text)
    assert figures(result) == (3, 0, 0, 0, 0)
    rates = ExchangeRate.objects.order_by("day", "currency").values_list("day", "base", "currency", "rate", "source")
    assert list(rates) == [
        (date(2026, 1, 2), "EUR", "USD", "1.0900", "ecb"),
        (date(2026, 1, 5), "EUR", "JPY", "160.20", "ecb"),
        (date(2026, 1, 5), "EUR", "USD", "1.0853", "ecb"),
    ]
    longer = f"{text}2025-12-31,1.1000,161.00,N/A,\n"
    assert figures(load(tmp_path, "eurofxref-hist.csv", longer)) == (2, 0, 3, 0, 0)
    other = load(tmp_path, "own.csv", "date,currency,rate\n2026-01-05,USD,1.2\n", source="treasury")
    assert refusals(other) == [(2, "currency", "Another source has given the rate of this day already.")]


def test_contacts_activities_and_subscriptions_load_with_their_account(vendor: Scope, tmp_path: Path) -> None:
    load(tmp_path, "accounts.csv", ACCOUNTS)
    load(
        tmp_path,
        "contacts.csv",
        "Record ID,First Name,Last Name,Email,Contact owner,Associated Company\n1,Ada,Berg,ada@acme.test,,Acme\n",
    )
    contact = Contact.objects.get()
    assert (contact.name, contact.source, contact.account) == (
        "Ada Berg",
        "hubspot",
        Account.objects.get(external_id="001A"),
    )
    load(tmp_path, "activities.csv", "id,account,type,activity date,subject\n1,Acme,Meeting,2026-01-09,Kick-off\n")
    assert (SalesActivity.objects.get().kind, SalesActivity.objects.get().note) == ("meeting", "Kick-off")
    load(
        tmp_path,
        "subs.csv",
        'subscription id,account,start date,end date,arr\n1,Bolt,2026-01-01,2026-12-31,"1,200.00"\n',
    )
    assert Subscription.objects.get().yearly_minor == 120_000


def test_a_saved_mapping_reads_what_is_not_recognised(vendor: Scope, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Nr;Bezeichnung;Phase;Summe;Abschluss\n7;Neugeschäft;Won;1.234,50;03.04.2026\n", encoding="cp1252")
    columns = {"external_id": "Nr", "name": "Bezeichnung", "stage": "Phase", "amount": "Summe", "close_on": "Abschluss"}
    answers = Answers(dates={"Abschluss": DateOrder.DAY_FIRST})
    plan = plan_file(FileRequest(path, Kind.OPPORTUNITIES, "erp", columns, answers))
    save_mapping(ACTOR, name="ERP export", plan=plan, at=AT)
    assert ColumnMapping.objects.get().columns["dates"] == {"Abschluss": "day-first"}

    run_import(ACTOR, request=with_mapping(FileRequest(path), name="ERP export"), at=AT)
    deal = Opportunity.objects.get()
    assert (deal.name, deal.amount_minor, deal.close_on) == ("Neugeschäft", 123_450, date(2026, 4, 3))
