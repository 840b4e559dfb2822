"""What an address asks of a list: known names and values count, everything else is passed over."""

from __future__ import annotations

from django.http import QueryDict

from tallystick.web.listing import COUNTED_TO, Asked, Filter, Listing, Option, page_of, read_address
from tallystick.web.sheets import SheetLinks, row_query, sheet_links
from tallystick.web.ui.components import Column

LISTING = Listing(
    things="deals",
    columns=(Column(label="Account", sort="account"), Column(label="Credit")),
    default_sort="-account",
    search_label="Account",
    filters=(
        Filter(
            name="view", label="View", options=(Option(value="all", label="All"), Option(value="mine", label="Mine"))
        ),
        Filter(name="partner", label="Partner", options=(Option(value="7", label="Corvid"),)),
        Filter(name="owner", label="Owner", options=()),
    ),
)


def asked(address: str) -> Asked:
    return read_address(LISTING, QueryDict(address))


def listed(address: str, rows: int) -> list[int]:
    return list(page_of(LISTING, QueryDict(address), range(rows), lambda found, _: list(found)).rows)


def test_known_filters_sorts_and_searches_are_read() -> None:
    found = asked("q=+cell+%00+via+&sort=account&page=2&partner=7&view=mine")
    assert (found.search, found.sort, found.page) == ("cell via", "account", 2)
    assert found.number("partner") == 7
    assert found.is_narrowed


def test_what_the_list_does_not_know_is_passed_over() -> None:
    found = asked("sort=password&page=-1&partner=8&colour=red&view=theirs")
    assert (found.sort, found.page, dict(found.chosen)) == ("-account", 1, {})
    assert not found.is_narrowed


def test_a_view_is_a_list_of_its_own_and_holds_nothing_back() -> None:
    assert not asked("view=mine").is_narrowed


def test_a_page_has_fifty_rows_and_one_beyond_the_end_is_the_last() -> None:
    assert listed("", 120) == list(range(50))
    assert listed("page=3", 120) == list(range(100, 120))
    assert listed("page=99", 120) == list(range(100, 120))


def test_counting_ends_where_nobody_pages_any_more() -> None:
    page = page_of(LISTING, QueryDict(""), range(1_000_000), lambda found, _: list(found))
    assert page.page.paginator.count == COUNTED_TO
    assert page.count_in_words == "2,000 or more deals"


def test_chips_keep_the_rest_of_the_address_and_go_back_to_the_first_page() -> None:
    page = page_of(LISTING, QueryDict("q=cell&page=2&view=mine"), range(200), lambda found, _: list(found))
    [chip] = page.chips
    assert chip.filter.name == "partner"
    assert chip.links[0].url == "?q=cell&view=mine&partner=7"
    assert page.cleared == "?view=mine"
    assert [view.url for view in page.views] == ["?view=all", "?view=mine"]
    assert [view.current for view in page.views] == [False, True]


def links(address: str, rows: int = 120) -> SheetLinks:
    return sheet_links(
        QueryDict(address), list_url="/deals/", found=lambda: range(rows), url_of=lambda row: f"/deals/{row}/"
    )


def test_a_sheet_knows_its_list_and_the_rows_beside_it() -> None:
    assert links("view=mine&at=60") == SheetLinks(
        close_url="/deals/?view=mine&page=2",
        previous_url="/deals/59/?view=mine&at=59",
        next_url="/deals/61/?view=mine&at=61",
    )


def test_the_first_and_the_last_row_have_one_neighbour() -> None:
    assert (links("at=0").previous_url, links("at=0").next_url) == ("", "/deals/1/?at=1")
    assert (links("at=119").previous_url, links("at=119").next_url) == ("/deals/118/?at=118", "")


def test_a_sheet_without_a_place_leads_back_to_the_list_and_asks_for_no_rows() -> None:
    def never() -> range:
        raise AssertionError

    alone = sheet_links(QueryDict("at=second"), list_url="/deals/", found=never, url_of=str)
    assert alone == SheetLinks(close_url="/deals/")


def test_a_row_carries_its_list_but_not_the_page_or_the_form() -> None:
    assert row_query(QueryDict("view=mine&page=2&format=csv"), 60) == "?view=mine&at=60"
