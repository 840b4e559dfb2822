"""What a file is, told by its content."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.platform.files.media_types import (
    DOCUMENTS,
    IMAGES,
    LONGEST_NAME,
    FileRefused,
    Refusal,
    extensions_of,
    media_type_of,
    plain_name,
)


def archive(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("logo.png", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("photo.JPEG", b"\xff\xd8\xff\xe0....", "image/jpeg"),
        ("photo.webp", b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("terms.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("notes.txt", "Grüße\n".encode(), "text/plain"),
        ("leads.csv", b"company,website\r\nAcme,acme.example\r\n", "text/plain"),
        ("plan.zip", archive("a.txt"), "application/zip"),
        (
            "plan.docx",
            archive("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            "plan.xlsx",
            archive("[Content_Types].xml", "xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_a_file_is_what_its_content_says(name: str, content: bytes, media_type: str) -> None:
    assert media_type_of(name, content).name == media_type


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("empty.txt", b"", Refusal.EMPTY),
        ("setup.exe", b"MZ\x90\x00\x03", Refusal.UNKNOWN_CONTENT),
        ("invoice.pdf", b"MZ\x90\x00\x03", Refusal.UNKNOWN_CONTENT),
        ("page.txt", b"  <!DOCTYPE html><script>", Refusal.UNKNOWN_CONTENT),
        ("logo.svg", b"<svg onload=alert(1)>", Refusal.UNKNOWN_CONTENT),
        ("run.txt", b"#!/bin/sh\nrm -rf /", Refusal.UNKNOWN_CONTENT),
        ("broken.zip", b"PK\x03\x04 and no more", Refusal.UNKNOWN_CONTENT),
        (
            "macros.docx",
            archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
            Refusal.UNKNOWN_CONTENT,
        ),
        ("picture.png", b"%PDF-1.7\n", Refusal.NAME_PROMISES_OTHER),
        ("notes", b"plain words", Refusal.NAME_PROMISES_OTHER),
        ("page.html", b"plain words", Refusal.NAME_PROMISES_OTHER),
    ],
)
def test_what_is_refused_says_why(name: str, content: bytes, refusal: Refusal) -> None:
    with pytest.raises(FileRefused) as refused:
        media_type_of(name, content)
    assert refused.value.refusal is refusal


def test_a_logo_may_be_an_image_of_four_kinds() -> None:
    assert extensions_of(IMAGES) == ("gif", "jpeg", "jpg", "png", "webp")


@pytest.mark.parametrize(
    ("given_name", "plain"),
    [
        ("C:\\Users\\zoe\\Offer.pdf", "Offer.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\nb.txt", "ab.txt"),
        ('a"b<c>.txt', "a_b_c_.txt"),
        ("", "file"),
        ("...", "file"),
    ],
)
def test_a_name_keeps_nothing_that_misleads(given_name: str, plain: str) -> None:
    assert plain_name(given_name) == plain


@given(st.text(max_size=400))
def test_a_plain_name_is_short_has_no_path_and_stays_as_it_is(given_name: str) -> None:
    plain = plain_name(given_name)
    assert 0 < len(plain) <= LONGEST_NAME
    assert not set(plain) & set('\\/:*?"<>|\r\n\x00')
    assert plain_name(plain) == plain


@given(st.binary(max_size=300))
def test_any_bytes_are_recognised_or_refused_never_a_crash(content: bytes) -> None:
    with suppress(FileRefused):
        assert media_type_of("upload.bin", content) in DOCUMENTS
