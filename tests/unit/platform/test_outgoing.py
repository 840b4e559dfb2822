"""Addresses that people typed in: where they may lead, whatever their spelling and whatever their name resolves to."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from tallystick.platform.http import pinned
from tallystick.platform.http.outgoing import (
    AddressRefused,
    OpenHosts,
    checked_open_address,
    is_public,
    post_json,
    post_openly,
)
from tallystick.platform.http.pinned import CallFailed

SPELLINGS = (
    # no https, or no web at all
    "http://hooks.example.com/x",
    "file:///etc/passwd",
    "gopher://hooks.example.com/_x",
    "ftp://hooks.example.com/x",
    "unix:/run/postgresql/.s.PGSQL.5432",
    "http+unix://%2Frun%2Fdocker.sock/x",
    "javascript:alert(1)",
    "//hooks.example.com/x",
    "hooks.example.com",
    "",
    # other ports
    "https://hooks.example.com:22/",
    "https://hooks.example.com:25/",
    "https://hooks.example.com:5432/",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:99999/",
    "https://hooks.example.com:four/",
    # IP addresses, in every spelling
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1.:443/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.5/",
    "https://100.64.0.1/",
    "https://8.8.8.8/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fd00::1]/",
    "https://[2606:4700::1111]/",
    "https://[hooks.example.com]/",
    # names that are no names of the internet
    "https://localhost/",
    "https://localhost./",
    "https://intranet/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://app.localhost/",
    "https://-hooks.example.com/",
    "https://hooks..example.com/",
    "https://hooks.example.com../",
    "https://%31%32%37.0.0.1/",
    # names that programs read in more than one way
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://hooks。example。com/",
    "https://ⓛocalhost/",
    "https://hooks.exämple.com/",
    "https://hooks.example.com\u202e/",
    "https://user@127.0.0.1/",
    "https://hooks.example.com@127.0.0.1/",
    "https://user:secret@hooks.example.com/",
    "https://@hooks.example.com/",
    "https://hooks.example.com\\@127.0.0.1/",
    "https://hooks.example.com/\r\nHost: 127.0.0.1",
    "https://hooks.exam\tple.com/",
    "https://hooks.example.com /",
    "https://hooks.example.com\0/",
)

ANSWERS: tuple[tuple[str, ...], ...] = (
    ("127.0.0.1",),
    ("127.255.255.254",),
    ("0.0.0.0",),  # noqa: S104
    ("10.1.2.3",),
    ("172.16.0.1",),
    ("172.31.255.255",),
    ("192.168.1.1",),
    ("169.254.169.254",),
    ("100.64.0.1",),
    ("100.100.100.200",),
    ("192.0.0.8",),
    ("192.0.2.1",),
    ("192.88.99.1",),
    ("198.18.0.1",),
    ("203.0.113.7",),
    ("224.0.0.1",),
    ("240.0.0.1",),
    ("255.255.255.255",),
    ("::1",),
    ("::",),
    ("::ffff:127.0.0.1",),
    ("::ffff:10.0.0.1",),
    ("::127.0.0.1",),
    ("64:ff9b::7f00:1",),
    ("64:ff9b::a9fe:a9fe",),
    ("64:ff9b:1::1",),
    ("2002:7f00:1::",),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2",),
    ("2001:db8::1",),
    ("fe80::1",),
    ("fe80::1%eth0",),
    ("fec0::1",),
    ("fd12:3456::1",),
    ("fd00:ec2::254",),
    ("ff02::1",),
    ("100::1",),
    # one public answer does not excuse a private one
    ("93.184.215.14", "10.0.0.1"),
    ("2606:4700::1111", "::1"),
)


class NoSocket:
    """Fails the test that opens a connection."""

    def __call__(self, *_: object, **__: object) -> None:
        pytest.fail("a socket was opened")


@pytest.fixture
def _no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", NoSocket())


def leads_to(*addresses: str) -> Callable[[str, int], Sequence[str]]:
    return lambda _host, _port: addresses


def test_the_corpus_holds_more_than_seventy_targets() -> None:
    assert len(set(SPELLINGS)) == len(SPELLINGS)
    assert len(SPELLINGS) + len(ANSWERS) >= 70


@pytest.mark.usefixtures("_no_socket")
@pytest.mark.parametrize("url", SPELLINGS)
def test_an_address_in_this_spelling_is_refused(url: str) -> None:
    for rules in (OpenHosts(), OpenHosts(trusted=("http://127.0.0.1:8080",))):
        with pytest.raises(AddressRefused):
            post_openly(url, b"{}", headers={}, rules=rules, resolve=leads_to("93.184.215.14"))
    with pytest.raises(AddressRefused):
        post_json(url, {}, allowed=("chat.example.com",), resolve=leads_to("93.184.215.14"))


@pytest.mark.usefixtures("_no_socket")
@pytest.mark.parametrize("answers", ANSWERS, ids=" ".join)
def test_a_name_that_leads_there_is_refused(answers: tuple[str, ...]) -> None:
    with pytest.raises(AddressRefused, match="private network"):
        post_openly("https://hooks.example.com/x", b"{}", headers={}, rules=OpenHosts(), resolve=leads_to(*answers))
    with pytest.raises(AddressRefused, match="private network"):
        post_json("https://hooks.example.com/x", {}, allowed=("*.example.com",), resolve=leads_to(*answers))


@pytest.mark.usefixtures("_no_socket")
def test_a_name_that_does_not_resolve_is_refused() -> None:
    def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    for resolve in (nowhere, leads_to()):
        with pytest.raises(AddressRefused, match="does not resolve"):
            post_openly("https://hooks.example.com/", b"{}", headers={}, rules=OpenHosts(), resolve=resolve)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com",
        "https://HOOKS.Example.com/a?b=c#d",
        "https://hooks.example.com:443/",
        "https://hooks.example.com./",
        "https://xn--exmple-cua.com/",
        "https://a_b.example.co/",
        "https://127.0.0.1.nip.example/",
    ],
)
def test_a_name_on_the_internet_is_taken(url: str) -> None:
    assert checked_open_address(url, rules=OpenHosts()).scheme == "https"


def test_other_ports_are_the_operators_to_open() -> None:
    rules = OpenHosts(ports=(443, 8443))
    assert checked_open_address("https://hooks.example.com:8443/", rules=rules).port == 8443
    with pytest.raises(AddressRefused, match="443, 8443"):
        checked_open_address("https://hooks.example.com:9443/", rules=rules)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


def test_the_connection_goes_to_the_address_that_was_checked_and_the_name_is_asked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    connected: list[object] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ("93.184.215.14",) if len(asked) == 1 else ("127.0.0.1",)

    def connect(address: object, *_: object, **__: object) -> None:
        connected.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "create_connection", connect)
    for expected in (CallFailed, AddressRefused):
        with pytest.raises(expected):
            post_openly("https://hooks.example.com/x", b"{}", headers={}, rules=OpenHosts(), resolve=rebinding)
    assert asked == ["hooks.example.com", "hooks.example.com"]
    assert connected == [("93.184.215.14", 443)]


@contextmanager
def server(say: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen for one connection and say something raw in it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            try:
                say(connection)
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    thread.join(10)
    listener.close()


def call(origin: str, *, seconds: float = 5.0) -> pinned.Answer:
    return post_openly(f"{origin}/x", b"{}", headers={}, rules=OpenHosts(trusted=(origin,)), seconds=seconds)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    def say(connection: socket.socket) -> None:
        connection.sendall(
            f"HTTP/1.1 {status} Elsewhere\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n".encode()
        )

    with server(say) as origin:
        assert call(origin).status == status


def test_no_more_than_64_kilobytes_of_an_endless_answer_are_read() -> None:
    def say(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    with server(say) as origin:
        assert len(call(origin).text) == 65_536


def test_a_packed_answer_stays_packed() -> None:
    bomb = b"\x1f\x8b\x08" + b"\0" * 40

    def say(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 43\r\n\r\n" + bomb)

    with server(say) as origin:
        assert call(origin).text == bomb.decode("utf-8", errors="replace")


def test_an_answer_that_drips_ends_with_the_time_for_all_of_it() -> None:
    def say(connection: socket.socket) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000:
            connection.sendall(bytes([letter]))
            time.sleep(0.05)

    with server(say) as origin, pytest.raises(CallFailed, match="No answer within"):
        call(origin, seconds=0.5)


def test_a_port_that_speaks_no_http_is_a_call_that_failed() -> None:
    greet = b"220 mail.example.com ESMTP\r\n"
    with server(lambda connection: connection.sendall(greet)) as origin, pytest.raises(CallFailed):
        call(origin)


def test_certificates_are_checked() -> None:
    context = pinned._certificates()
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
