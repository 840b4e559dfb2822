"""Mail is fetched from a real IMAP server: each mail once, the mailbox untouched, and what fails is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tallystick.platform.mail_in.fetching import fetch_mail
from tallystick.platform.models import InboundMail, MailInSettings, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.imap import PASSWORD, USER, Mailbox, imap_server
from tests.factories.mails import take_mail_at, written

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[Mailbox]:
    with imap_server() as mailbox:
        yield mailbox


@pytest.fixture
def mailbox(server: Mailbox) -> Mailbox:
    """Return the server's mailbox, emptied."""
    client = server.opened()
    client.select("INBOX")
    client.store("1:*", "+FLAGS", "(\\Deleted)")
    client.expunge()
    client.logout()
    return server


@pytest.fixture
def lumen(workspace: Workspace, mailbox: Mailbox) -> Iterator[Workspace]:
    fetch_from(workspace, port=mailbox.port)
    with scope(workspace_id=workspace.pk):
        yield workspace


def fetch_from(workspace: Workspace, *, port: int, password: str = PASSWORD, folder: str = "INBOX") -> None:
    take_mail_at(
        workspace,
        at=NOON,
        imap_host="127.0.0.1",
        imap_port=port,
        imap_user=USER,
        imap_password=password,
        imap_folder=folder,
    )


def fetched(mailbox: Mailbox) -> int:
    return fetch_mail(at=NOON, trusted=[f"imap://127.0.0.1:{mailbox.port}"])


@pytest.mark.usefixtures("lumen")
def test_each_mail_is_kept_once_byte_for_byte_and_the_mailbox_is_left_as_it_was(mailbox: Mailbox) -> None:
    assert fetched(mailbox) == 0
    mailbox.put(written(number=1))
    mailbox.put(written(number=2))
    flags = mailbox.flags()
    assert fetched(mailbox) == 2
    assert fetched(mailbox) == 0
    mailbox.put(written(number=3))
    mailbox.put(written(number=1))
    assert fetched(mailbox) == 1

    kept = InboundMail.objects.order_by("pk")
    assert [bytes(row.raw) for row in kept] == [written(number=number) for number in (1, 2, 3)]
    assert set(kept.values_list("way", "state")) == {("imap", "waiting")}
    assert mailbox.flags()[:2] == flags
    assert b"Seen" not in b"".join(mailbox.flags())
    row = MailInSettings.objects.get()
    assert (row.fetched_at, row.fetch_problem) == (NOON, "")


@pytest.mark.usefixtures("lumen")
def test_a_mailbox_that_was_made_anew_is_read_from_its_beginning_and_nothing_is_kept_twice(mailbox: Mailbox) -> None:
    mailbox.put(written(number=1))
    fetched(mailbox)
    MailInSettings.objects.update(uid_validity=1, last_uid=99_999)
    mailbox.put(written(number=2))

    assert fetched(mailbox) == 1
    assert InboundMail.objects.count() == 2


@pytest.mark.usefixtures("lumen")
def test_of_a_mail_that_is_too_large_the_beginning_is_kept(mailbox: Mailbox) -> None:
    mailbox.put(written("x" * 36_100_000))

    assert fetched(mailbox) == 1
    row = InboundMail.objects.get()
    assert (row.is_cut, len(bytes(row.raw))) == (True, 65_536)


def test_what_fails_is_said_and_the_next_run_goes_on(workspace: Workspace, mailbox: Mailbox) -> None:
    said = []
    with scope(workspace_id=workspace.pk):
        for wrong in ({"password": "wrong"}, {"folder": "Elsewhere"}):
            fetch_from(workspace, port=mailbox.port, **wrong)
            assert fetched(mailbox) == 0
            said.append(MailInSettings.objects.get().fetch_problem)
        fetch_from(workspace, port=mailbox.port)
        mailbox.put(written())
        assert fetched(mailbox) == 1
        assert MailInSettings.objects.get().fetch_problem == ""
    assert said[0].startswith("The server refuses: ")
    assert said[1].startswith("The folder Elsewhere cannot be opened")


@pytest.mark.usefixtures("lumen")
def test_a_mailbox_in_our_own_network_is_fetched_only_where_the_operator_trusts_it() -> None:
    assert fetch_mail(at=NOON, trusted=[]) == 0

    problem = MailInSettings.objects.get().fetch_problem
    assert problem == "127.0.0.1 leads into a private network."
