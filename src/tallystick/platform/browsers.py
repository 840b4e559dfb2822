"""Recognises the browsers a person signs in from, so that a new one can be told of."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.db import transaction

from tallystick.platform.models import KnownBrowser, Person


@transaction.atomic
def recognise_browser(*, person: Person, mark: str, browser: str, network: str, at: datetime) -> bool:
    """Remember a browser somebody has just signed in from, and tell whether it is new to them.

    Known is a browser that shows its `mark` again, from wherever, and one that calls itself the same on a network seen
    before. The very first sign-in of a person is not new: there is nothing to compare it with.
    """
    # Of two sign-ins at once, the second waits and finds the first one's browser.
    Person.objects.select_for_update().get(pk=person.pk)
    mark_hash = sha256(mark.encode()).hexdigest()
    known = list(KnownBrowser.objects.filter(person=person).values_list("mark_hash", "browser", "network"))
    is_known = any(row[0] == mark_hash or row[1:] == (browser, network) for row in known)
    KnownBrowser.objects.update_or_create(
        person=person,
        mark_hash=mark_hash,
        defaults={"browser": browser, "network": network, "last_seen_at": at},
        create_defaults={"browser": browser, "network": network, "first_seen_at": at, "last_seen_at": at},
    )
    return bool(known) and not is_known
