"""Where passkeys can be used: browsers tie them to a name, over HTTPS or on the machine itself."""

from __future__ import annotations

from django.http import HttpRequest

LOCAL = "localhost"


def passkeys_work_here(request: HttpRequest) -> bool:
    """Tell whether a browser would make and use passkeys at the address of this request: never at a bare IP address."""
    host = request.get_host().partition(":")[0]
    return host == LOCAL or (request.is_secure() and any(letter.isalpha() for letter in host) and "[" not in host)
