"""Normal forms of company names and domains."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.kernel.names import DomainRefused, normalise_company_name, normalise_domain


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("Brückner S.p.A.", "bruckner"),
        ("  BRÜCKNER, SpA", "bruckner"),
        ("Müller & Co. KG", "muller"),
        ("Weiß Labor GmbH & Co. KG", "weiss labor"),
        ("Acme Sp. z o.o.", "acme"),
        ("Acme Pty. Ltd.", "acme"),
        ("Foo s.r.o.", "foo"),
        ("Bar d.o.o.", "bar"),
        ("Novo Nordisk A/S", "novo nordisk"),
        ("Barnes & Noble, Inc.", "barnes and noble"),
        ("The Johnson & Johnson Company", "johnson and johnson"),
        ("L'Oréal S.A.", "loreal"),
        ("L\u2019Oréal SA", "loreal"),
        ("U.S. Steel Corp.", "us steel"),
        ("Kone Oyj", "kone"),
        ("PT Astra Tbk", "astra"),
        ("株式会社日立製作所", "日立製作所"),
        ("ООО Ромашка", "ромашка"),
        ("Bio-Rad Laboratories, Inc.", "bio rad laboratories"),
    ],
)
def test_two_spellings_of_a_company_have_one_normal_form(name: str, normal: str) -> None:
    assert normalise_company_name(name) == normal


def test_a_name_that_is_only_a_legal_form_is_kept() -> None:
    assert normalise_company_name("Limited") == "limited"


def test_a_name_without_letters_is_empty() -> None:
    assert normalise_company_name(" -- !! ") == ""


@given(st.text(max_size=60))
def test_a_normal_form_is_its_own_normal_form_once_legal_forms_are_gone(name: str) -> None:
    normal = normalise_company_name(name)
    assert normal == " ".join(normal.split())
    assert bool(normal) == any(letter.isalnum() for letter in normal)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.Lab.Example.co.uk/about?x=1", "example.co.uk"),
        ("someone@Research.Example.de", "example.de"),
        ("example.com.", "example.com"),
        ("https://www.cellvia.example/", "cellvia.example"),
        ("http://user@shop.example.com:8080/", "example.com"),
        ("bücher.de", "xn--bcher-kva.de"),
        ("lab.github.io", "lab.github.io"),
    ],
)
def test_an_address_leads_to_the_registrable_domain(text: str, domain: str) -> None:
    assert normalise_domain(text) == domain


@pytest.mark.parametrize("text", ["co.uk", "localhost", "10.0.0.1", "", "not a domain", "x..com", "a" * 300 + ".com"])
def test_what_is_no_company_domain_is_refused(text: str) -> None:
    with pytest.raises(DomainRefused, match="Write it like example.com"):
        normalise_domain(text)


@pytest.mark.parametrize("text", ["someone@gmail.com", "GMX.de", "mail.yahoo.co.uk"])
def test_a_mail_provider_is_not_taken_for_a_company(text: str) -> None:
    with pytest.raises(DomainRefused, match="is a mail provider, not a company"):
        normalise_domain(text)


def test_a_sharp_s_is_a_letter_of_its_own_as_in_browsers() -> None:
    assert normalise_domain("www.Straße.de") == normalise_domain("xn--strae-oqa.de") == "xn--strae-oqa.de"
    assert normalise_domain("strasse.de") == "strasse.de"


def test_full_width_dots_part_a_host() -> None:
    assert normalise_domain("straße。de") == "xn--strae-oqa.de"
