"""A file somebody imported this morning, with rows that had to be refused: who took part in a webinar."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from tallystick.demo.chance import Chance
from tallystick.demo.facts import Account

FILE_NAME = "hubspot-webinar-attendance.csv"
SOURCE = "hubspot"
HEADER = ("Activity ID", "Company Name", "Activity Type", "Date", "Owner", "Notes")
ATTENDED = 38

# Where in the file a row is wrong, and what stands there: column number and text.
FAULTS = {
    4: (1, "Celvia Ltd"),
    9: (3, "31 Sep"),
    13: (1, "Nordmark Food & Co"),
    18: (3, ""),
    22: (2, ""),
    27: (1, "Ardent"),
    33: (3, "TBC"),
}


def webinar_file(accounts: Sequence[Account], *, held_on: date) -> bytes:
    """Return the file as HubSpot would export it, UTF-8; seven of its rows cannot be read."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows(_rows(accounts, held_on))
    return text.getvalue().encode()


def _rows(accounts: Sequence[Account], held_on: date) -> Iterator[list[str]]:
    chance = Chance("webinar")
    guests = [account for account in chance.shuffled(accounts) if account.seen_on < held_on - timedelta(days=30)]
    for number, account in enumerate(guests[:ATTENDED], start=1):
        row = [
            f"HS-{7400 + number}",
            account.name,
            "webinar",
            f"{held_on:%d %b %Y}",
            account.owner_name,
            f"Asked about {chance.pick(('sample tracking', 'audit trails', 'instrument links', 'stability studies'))}",
        ]
        if number in FAULTS:
            column, text = FAULTS[number]
            row[column] = text
        yield row
