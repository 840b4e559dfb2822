"""What a registration leaves in one's hands: a date for the calendar, a text to forward, companies to pick again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.translation import gettext as _

from tallystick.deals.models import DealRegistration
from tallystick.deals.receipts import verify_url_of
from tallystick.web.ui import formats

KNOWN_COMPANIES: Final = 100
_HALF_AN_HOUR: Final = timedelta(minutes=30)
_LINE: Final = 73
"""Bytes of a line of a calendar file, without the break; the standard allows 75."""


@dataclass(frozen=True, slots=True)
class KnownCompany:
    """A company the partner has registered before, with its website."""

    company: str
    website: str


@dataclass(frozen=True, slots=True)
class Forward:
    """A receipt in words, to send on."""

    subject: str
    text: str

    @property
    def mail_url(self) -> str:
        """Return the address that opens a new mail with it."""
        return f"mailto:?subject={quote(self.subject)}&body={quote(self.text)}"


def known_companies(partner_id: int) -> list[KnownCompany]:
    """Return the companies the partner has registered, the newest first, each once. One query.

    Only its own: what the vendor knows of companies would tell who its customers are.
    """
    own = DealRegistration.objects.filter(partner_id=partner_id).exclude(website="").order_by("-submitted_at", "pk")
    found: dict[str, str] = {}
    for company, website in own.values_list("company", "website")[:KNOWN_COMPANIES]:
        found.setdefault(company, website)
    return [KnownCompany(company, website) for company, website in found.items()]


def forward_of(made: DealRegistration) -> Forward:
    """Return the receipt as a short text."""
    facts = {
        "reference": made.reference,
        "company": made.company,
        "submitted": formats.moment(made.submitted_at),
        "due": formats.moment(made.answer_due_at),
        "proof": made.receipt_hash,
        "address": verify_url_of(made.receipt_hash),
    }
    return Forward(
        subject=_("%(company)s is registered: %(reference)s") % facts,
        text=_(
            "%(company)s was registered as %(reference)s on %(submitted)s.\n"
            "Answer by %(due)s.\n"
            "Proof of the time: %(proof)s\n"
            "Verify it: %(address)s"
        )
        % facts,
    )


def calendar_file(made: DealRegistration) -> HttpResponse:
    """Return the moment by which the answer is due as a file any calendar reads (RFC 5545)."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tallystick//Receipt//EN",
        "BEGIN:VEVENT",
        f"UID:{made.receipt_hash or made.reference}@tallystick",
        f"DTSTAMP:{_stamp(made.submitted_at)}",
        f"DTSTART:{_stamp(made.answer_due_at - _HALF_AN_HOUR)}",
        f"DTEND:{_stamp(made.answer_due_at)}",
        "SUMMARY:"
        + _escaped(
            _("Answer due: %(company)s, %(reference)s") % {"company": made.company, "reference": made.reference}
        ),
        "END:VEVENT",
        "END:VCALENDAR",
    )
    response = HttpResponse(
        "".join(f"{_folded(line)}\r\n" for line in lines), content_type="text/calendar; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{made.reference}.ics"'
    return response


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Break a long line as the standard asks: on with a blank, never inside a character."""
    parts, rest = [], line
    while len(rest.encode()) > _LINE:
        cut = _LINE
        while len(rest[:cut].encode()) > _LINE:
            cut -= 1
        parts.append(rest[:cut])
        rest = rest[cut:]
    return "\r\n ".join([*parts, rest])
