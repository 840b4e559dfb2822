"""How often a claim may be checked while it is typed, by a person and by all people and keys of a partner together.

Who registers deals never meets the limits; who reads a list of companies through them does.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from tallystick.web.public.limits import seconds_to_wait

OF_A_PERSON: Final = "check-person"
OF_A_PARTNER: Final = "check-partner"


def wait_to_check(request: HttpRequest, *, partner_id: int, person_id: int | None) -> int:
    """Count one check, and return the seconds until the next may be made; 0 where this one may."""
    if person_id is not None:
        waits = seconds_to_wait(request, OF_A_PERSON, key=f"{partner_id}:{person_id}")
        if waits:
            return waits
    return seconds_to_wait(request, OF_A_PARTNER, key=str(partner_id))
