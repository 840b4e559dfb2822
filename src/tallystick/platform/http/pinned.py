"""One request over a connection to addresses that were checked before, within one span of time for all of it.

httpx would look the name up again and give each read its own time-out, so that a byte every nine seconds holds a
connection for hours. `httpcore`, which carries httpx, lets us say where the connection goes and how long all may take.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any, Final

import httpcore
import httpx

MOST_READ: Final = 65_536
CONNECT_SECONDS: Final = 5.0
BODY_SECONDS: Final = 2.0
"""For the words of an answer, once its status is known: they decide nothing."""


class CallFailed(RuntimeError):
    """No answer came: the connection failed, broke off or took too long. Trying again may help."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said: its status, the first bytes of its answer, and when it asks us to come back."""

    status: int
    text: str
    retry_after: str = ""


def post(url: str, body: bytes, *, headers: Mapping[str, str], addresses: Sequence[str], seconds: float) -> Answer:
    """Post bytes to an address over a connection to one of these IP addresses; nothing else is ever connected to.

    The certificate is checked against the host of the address. Redirects are answers like others, and an answer is
    read as it came: not unpacked, no further than `MOST_READ`, and no longer than `BODY_SECONDS`. Raises `CallFailed`.
    """
    span = _Span(monotonic() + seconds)
    backend = _Pinned(addresses, span=span)
    sent = {**headers, "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "Tallystick"}
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_certificates(), network_backend=backend, max_connections=1) as pool,
            pool.stream(
                "POST", str(httpx.URL(url)), headers=[("Host", _host(url)), *sent.items()], content=body
            ) as response,
        ):
            span.shorten(BODY_SECONDS)
            text = _first_bytes(response.iter_stream()).decode("utf-8", errors="replace")
            return Answer(response.status, text, _header(response, b"retry-after"))
    except httpcore.TimeoutException as error:
        raise CallFailed(f"No answer within {seconds:.0f} seconds.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise CallFailed(str(error) or type(error).__name__) from error


def _host(url: str) -> str:
    return httpx.URL(url).netloc.decode("ascii")


def _first_bytes(chunks: Iterable[bytes]) -> bytes:
    """Return the beginning of an answer; one that breaks off or drips is what came of it: its status stands."""
    said = bytearray()
    with suppress(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError):
        for chunk in chunks:
            said += chunk
            if len(said) >= MOST_READ:
                break
    return bytes(said[:MOST_READ])


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@dataclass(slots=True)
class _Span:
    """Until when a request and everything of it takes, by the clock that never turns back."""

    until: float

    def shorten(self, seconds: float) -> None:
        """End after so many seconds, if that is sooner."""
        self.until = min(self.until, monotonic() + seconds)

    def left(self, timeout: float | None) -> float:
        """Return how long the next step may take; raises where the time is over."""
        left = self.until - monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The time is over.")
        return left if timeout is None else min(timeout, left)


class _Pinned(httpcore.NetworkBackend):
    """Connects to addresses that were checked, whatever host it is asked for."""

    def __init__(self, addresses: Sequence[str], *, span: _Span) -> None:
        self._addresses = addresses
        self._span = span
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - the point of it all
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        problem: Exception = httpcore.ConnectError("There is no address to connect to.")
        for address in self._addresses:
            try:
                stream = self._inner.connect_tcp(
                    address,
                    port,
                    timeout=self._span.left(min(timeout or CONNECT_SECONDS, CONNECT_SECONDS)),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return _Bounded(stream, span=self._span)
        raise problem

    def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise httpcore.ConnectError(f"{path} is no address on the internet.")

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Bounded(httpcore.NetworkStream):
    """A connection whose reads and writes together end with a span of time."""

    def __init__(self, inner: httpcore.NetworkStream, *, span: _Span) -> None:
        self._inner = inner
        self._span = span

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, timeout=self._span.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout=self._span.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, timeout=self._span.left(timeout))
        return _Bounded(stream, span=self._span)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
