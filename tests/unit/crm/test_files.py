"""Files as they really are: encodings, separators, quotes, ragged rows, workbooks and bombs."""

from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from tallystick.crm.rules.delimited import open_delimited
from tallystick.crm.rules.encodings import detect_encoding
from tallystick.crm.rules.problems import AnswerNeeded, UnreadableFile
from tallystick.crm.rules.refused_files import REASON_COLUMNS, harmless, without_reasons
from tallystick.crm.rules.tables import Table
from tallystick.crm.rules.workbooks import open_workbook
from tallystick.crm.services.reading import FileRequest, plan_file

TEXT = "Name;Größe\r\nMüller;3\r\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"a,b\n1,2\n", "utf-8"),
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("cp1252"), "cp1252"),
        ("Preis €5 „gut“".encode("cp1252"), "cp1252"),
        ("שלום,🎉\n".encode(), "utf-8"),
    ],
)
def test_the_encoding_is_found(data: bytes, encoding: str) -> None:
    assert detect_encoding([data]) == encoding


def test_a_letter_cut_in_two_by_reading_in_chunks_is_whole() -> None:
    data = "Müller".encode()
    assert detect_encoding([data[:2], data[2:]]) == "utf-8"


def test_a_nul_byte_is_named_with_line_and_offset() -> None:
    with pytest.raises(UnreadableFile, match="Line 3: There is a NUL byte at offset 9"):
        detect_encoding([b"a,b\n1,2\n3\x00,4\n"])


def test_mixed_encodings_are_named_with_the_line_where_they_begin() -> None:
    with pytest.raises(UnreadableFile, match="Line 3: The file mixes encodings"):
        detect_encoding(["a\nMüller\n".encode() + "Größe\n".encode("cp1252")])


def test_letters_that_are_no_western_language_are_asked_about() -> None:
    with pytest.raises(AnswerNeeded, match="neither UTF-8 nor Windows-1252"):
        detect_encoding(["Название,Сумма\nАкционерное общество,5\n".encode("cp1251")])


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="The file is empty"):
        detect_encoding([])


def table_of(folder: Path, text: str) -> Table:
    path = folder / "file.csv"
    path.write_bytes(text.encode())
    return open_delimited(path, encoding="utf-8")


def rows_of(table: Table) -> list[tuple[int, list[object]]]:
    return [(line, list(row)) for batch in table.batches() for line, row in zip(batch.lines, batch.rows, strict=True)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    text = separator.join(["Deal", "Amount"]) + "\n" + separator.join(['"a,b;c"', '"1.234,56"']) + "\n"
    table = table_of(tmp_path, text)
    assert table.header == ("Deal", "Amount")
    assert rows_of(table) == [(2, ["a,b;c", "1.234,56"])]


def test_lines_are_counted_through_cells_of_several_lines_and_blank_lines(tmp_path: Path) -> None:
    table = table_of(tmp_path, 'a,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n,\r\n3,"p\nq\nr"\r\n4,w\r\n')
    assert [line for line, _ in rows_of(table)] == [2, 5, 7, 10]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_one(tmp_path: Path, end: str) -> None:
    assert rows_of(table_of(tmp_path, end.join(["a,b", "1,2", "3,4"]))) == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_ragged_rows_are_set_apart_with_their_line(tmp_path: Path) -> None:
    (batch,) = table_of(tmp_path, "a,b\n1,2\n3\n4,5,6\n").batches()
    assert (list(batch.lines), [(row.line, row.cells) for row in batch.ragged]) == (
        [2],
        [(3, ["3"]), (4, ["4", "5", "6"])],
    )


def test_a_quote_that_is_never_closed_is_named_where_it_begins(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="Line 4: A quoted cell is opened here and never closed"):
        list(table_of(tmp_path, 'a,b\n1,2\n"x\ny","z\n5,6\n').batches())


def test_text_after_a_closing_quote_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="Line 2: Text follows the closing quote"):
        list(table_of(tmp_path, 'a,b\n"5" pipe,2\n').batches())


@pytest.mark.parametrize("header", ["Name,name", "Amount, AMOUNT ", "a,b,A"])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, header: str) -> None:
    with pytest.raises(UnreadableFile, match="are both called"):
        table_of(tmp_path, f"{header}\n1,2\n")


def test_headers_are_compared_in_one_normal_form(tmp_path: Path) -> None:
    assert table_of(tmp_path, "\ufeff Gro\u0308ße  in m ,b\n").header == ("Größe in m", "b")


def test_excel_s_own_line_about_the_separator_is_followed(tmp_path: Path) -> None:
    table = table_of(tmp_path, "sep=|\na,x|b\n1|2\n")
    assert table.header == ("a,x", "b")
    assert rows_of(table) == [(3, ["1", "2"])]


def test_a_cell_of_a_megabyte_and_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    assert rows_of(table_of(tmp_path, f"a,b\n1,{'x' * 1_000_000}\n"))[0][1][1] == "x" * 1_000_000
    wide = ",".join(f"c{number}" for number in range(10_000))
    assert len(table_of(tmp_path, f"{wide}\n").header) == 10_000


def workbook(folder: Path) -> Path:
    path = folder / "deals.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").hide()
        sheet = book.add_worksheet("Deals")
        book.get_worksheet_by_name("Deals").activate()
        sheet.write_row(1, 0, ["Deal Id", "Amount", "Close Date", "Flag"])
        sheet.write_string(2, 0, "00123")
        sheet.write_number(2, 1, 0.1 + 0.2)
        sheet.write_datetime(2, 2, date(2024, 3, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_boolean(2, 3, boolean=True)
        sheet.write_number(4, 0, 42)
        sheet.write_string(4, 1, "1,5")
    return path


def test_a_workbook_keeps_numbers_dates_and_text_apart(tmp_path: Path) -> None:
    table = open_workbook(workbook(tmp_path))
    assert (table.sheet, table.header) == ("Deals", ("Deal Id", "Amount", "Close Date", "Flag"))
    assert rows_of(table) == [
        (3, ["00123", Decimal("0.3"), date(2024, 3, 1), "true"]),
        (5, [Decimal(42), "1,5", "", ""]),
    ]


def bomb(folder: Path, *, entries: int = 1, size: int = 0) -> Path:
    path = folder / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(entries):
            archive.writestr(f"xl/part{number}.xml", b"\0" * size)
    return path


def test_a_workbook_that_unpacks_to_far_more_is_refused_before_parsing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="more than 150 times its size"):
        open_workbook(bomb(tmp_path, size=20_000_000))
    with pytest.raises(UnreadableFile, match="more than 256 MB"):
        open_workbook(bomb(tmp_path, entries=9, size=30_000_000))
    with pytest.raises(UnreadableFile, match="2,001 parts"):
        open_workbook(bomb(tmp_path, entries=2_001))


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = bomb(tmp_path, size=20_000_000)
    data = bytearray(path.read_bytes())
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (1_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(UnreadableFile):
        open_workbook(path)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0rest", "old or password-protected Excel"),
        (b"%PDF-1.7", "This is a PDF"),
        (b"\x1f\x8brest", "compressed"),
        (b"PK\x03\x04broken", "damaged"),
        (b"", "empty"),
        (b"\n\n ,, \n", "empty"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=reason):
        plan_file(FileRequest(path))


@pytest.mark.parametrize("cell", ["=1+1", "+49 30", "-cmd", "@SUM(A1)", "\t=1", " =1", '"=1', "＝1", "'=1", "-1+1"])
def test_a_cell_that_would_run_as_a_formula_is_quoted_and_read_back(tmp_path: Path, cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    written = tmp_path / "refused.csv"
    quoted = harmless(cell).replace('"', '""')
    written.write_text(",".join([*REASON_COLUMNS, "a"]) + f'\n2,a,,why,"{quoted}"\n', encoding="utf-8", newline="")
    table = without_reasons(open_delimited(written, encoding="utf-8", separator=","))
    assert table.header == ("a",)
    assert rows_of(table) == [(2, [cell])]


@pytest.mark.parametrize("cell", ["-5", "+12.50", "-1,234.56", "Acme", "a=b", "00123"])
def test_numbers_and_plain_text_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell
