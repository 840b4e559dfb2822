"""Lists: one contract for every list of the console and the portal.

`address` reads what is asked, `pages` answers with a page of rows, `exports` with a file; `cells` are what a row shows;
`bulk` acts on many rows, `editing` on one field; `lists` ties them together into one class a list (`RowList`), and
`saved` keeps views. A list knows its rows and its words; everything else is here, once. See docs/how-to/lists.md.
"""

from __future__ import annotations

from tallystick.web.listing.address import (
    COUNTED_TO,
    PAGE_SIZE,
    Asked,
    Filter,
    Listing,
    Option,
    changed,
    choices_of,
    options_of,
    read_address,
)
from tallystick.web.listing.bulk import BulkAction, BulkOutcome, BulkPreview, ReasonForm, Refused
from tallystick.web.listing.exports import FileColumn, Kind, csv_response, file_response
from tallystick.web.listing.pages import ListPage, page_of

__all__ = [
    "COUNTED_TO",
    "PAGE_SIZE",
    "Asked",
    "BulkAction",
    "BulkOutcome",
    "BulkPreview",
    "FileColumn",
    "Filter",
    "Kind",
    "ListPage",
    "Listing",
    "Option",
    "ReasonForm",
    "Refused",
    "changed",
    "choices_of",
    "csv_response",
    "file_response",
    "options_of",
    "page_of",
    "read_address",
]
