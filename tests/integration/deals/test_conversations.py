"""Conversations about deals: said once, read by whom they are for, taken back with a trace."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tallystick.deals.models import DealRegistration, Message, MessageSide, Thread
from tallystick.deals.queries import Conversation, conversation
from tallystick.deals.services import (
    About,
    Draft,
    NothingSaid,
    RetractionRefused,
    note_reading,
    post_message,
    retract_message,
    settle_question,
    write_internal_note,
)
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor, ActorKind
from tallystick.platform.files.media_types import FileRefused
from tallystick.platform.models import ActivityEntry, Person, StoredFile, Workspace
from tallystick.platform.tenancy import Scope, scope
from tests.factories import make_row
from tests.factories.people import make_member, make_partner, make_partner_person

FRIDAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Talk:
    """A partner's registration with one person on each side."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.partner = make_partner(workspace)
        self.rival = make_partner(workspace, "Rival")
        self.zoe = make_partner_person(self.partner, name="Zoe Lind").person
        self.anna = make_member(workspace, name="Anna Vogt").person
        with scope(workspace_id=workspace.pk):
            self.claim = make_row(DealRegistration, partner=self.partner, reference="DR-1", company="Cellvia")
        self.about = About(partner_id=self.partner.pk, title="DR-1 Cellvia", registration_id=self.claim.pk)

    def ask(self, text: str = "When do we hear?", *, key: str = "k1", at: datetime = FRIDAY) -> Message:
        with self.partner_side():
            draft = Draft(text=text, key=key, asks=True)
            return post_message(actor(self.zoe), about=self.about, side=MessageSide.PARTNER, draft=draft, at=at)

    def answer(self, text: str = "On Monday.", *, key: str = "k2", at: datetime = FRIDAY) -> Message:
        with scope(workspace_id=self.workspace.pk):
            draft = Draft(text=text, key=key)
            return post_message(actor(self.anna), about=self.about, side=MessageSide.VENDOR, draft=draft, at=at)

    def note(self, text: str = "They are slow payers.", *, key: str = "k3") -> Message:
        with scope(workspace_id=self.workspace.pk):
            upload = SimpleUploadedFile("credit.pdf", b"%PDF-1.7\ncredit check")
            draft = Draft(text=text, key=key, uploads=[upload])
            return write_internal_note(actor(self.anna), about=self.about, draft=draft, at=FRIDAY)

    def read(self, person: Person, *, at: datetime = FRIDAY) -> Conversation:
        found = conversation(
            partner_id=self.partner.pk, registration_id=self.claim.pk, opportunity_id=None, person_id=person.pk, at=at
        )
        assert found is not None
        return found

    def partner_side(self, partner: Partner | None = None) -> AbstractContextManager[Scope]:
        return scope(workspace_id=self.workspace.pk, partner_id=(partner or self.partner).pk)


def actor(person: Person) -> Actor:
    return Actor(kind=ActorKind.PERSON, label=str(person), person_id=person.pk)


@pytest.fixture
def talk(workspace: Workspace) -> Talk:
    return Talk(workspace)


def test_a_question_waits_until_the_vendor_says_something(talk: Talk) -> None:
    talk.ask()
    with scope(workspace_id=talk.workspace.pk):
        waiting = Thread.objects.get(waiting_since__isnull=False)
        assert (waiting.title, waiting.registration) == ("DR-1 Cellvia", talk.claim)
        assert waiting.answer_due_at == datetime(2026, 11, 23, 12, tzinfo=UTC)
    talk.answer()
    with scope(workspace_id=talk.workspace.pk):
        assert not Thread.objects.filter(waiting_since__isnull=False).exists()


def test_a_note_is_no_answer_and_no_partner_finds_it_or_its_file(talk: Talk) -> None:
    talk.ask()
    note = talk.note()
    with scope(workspace_id=talk.workspace.pk):
        assert Thread.objects.filter(waiting_since__isnull=False).count() == 1
        assert [entry.is_internal for entry in talk.read(talk.anna).entries] == [False, True]
        assert talk.read(talk.anna).entries[1].files[0].name == "credit.pdf"
    for partner in (talk.partner, talk.rival):
        with talk.partner_side(partner):
            assert not Message.objects.filter(pk=note.pk).exists()
            assert not StoredFile.objects.filter(name="credit.pdf").exists()
            assert not ActivityEntry.objects.filter(verb__in=["internal_note_written", "file_stored"]).exists()


def test_another_partner_finds_nothing_of_the_conversation(talk: Talk) -> None:
    asked = talk.ask()
    with talk.partner_side(talk.rival):
        assert not Thread.objects.exists()
        assert not Message.objects.exists()
        with pytest.raises(Message.DoesNotExist):
            retract_message(actor(talk.zoe), message_id=asked.pk, at=FRIDAY)


def test_a_form_sent_twice_is_one_message(talk: Talk) -> None:
    first, second = talk.ask(), talk.ask()
    assert first.pk == second.pk
    with scope(workspace_id=talk.workspace.pk):
        assert ActivityEntry.objects.filter(verb="message_posted").count() == 1


def test_a_message_needs_words_or_a_file(talk: Talk) -> None:
    with pytest.raises(NothingSaid):
        talk.ask("   ")
    with scope(workspace_id=talk.workspace.pk):
        assert not Message.objects.exists()


def test_a_refused_file_posts_nothing(talk: Talk) -> None:
    with talk.partner_side():
        draft = Draft(text="See this", key="k9", uploads=[SimpleUploadedFile("run.exe", b"MZ\x90\x00")])
        with pytest.raises(FileRefused):
            post_message(actor(talk.zoe), about=talk.about, side=MessageSide.PARTNER, draft=draft, at=FRIDAY)
        assert not Message.objects.exists()


def test_what_is_taken_back_leaves_a_trace_without_words_and_files(talk: Talk) -> None:
    with talk.partner_side():
        draft = Draft(text="Wrong deal", key="k1", asks=True, uploads=[SimpleUploadedFile("a.txt", b"a")])
        sent = post_message(actor(talk.zoe), about=talk.about, side=MessageSide.PARTNER, draft=draft, at=FRIDAY)
        retract_message(actor(talk.zoe), message_id=sent.pk, at=FRIDAY + timedelta(minutes=14))

        [entry] = talk.read(talk.zoe).entries
        assert (entry.body, entry.files, entry.retracted_at) == ("", (), FRIDAY + timedelta(minutes=14))
        assert not StoredFile.objects.filter(removed_at__isnull=True).exists()
    with scope(workspace_id=talk.workspace.pk):
        assert not Thread.objects.filter(waiting_since__isnull=False).exists()


@pytest.mark.parametrize(("who", "minutes"), [("author", 16), ("colleague", 1)])
def test_only_its_author_takes_a_message_back_and_only_for_a_while(talk: Talk, who: str, minutes: int) -> None:
    sent = talk.ask()
    colleague = make_partner_person(talk.partner, email="kim@zephyr.example").person
    by = actor(talk.zoe if who == "author" else colleague)
    with talk.partner_side():
        with pytest.raises(RetractionRefused):
            retract_message(by, message_id=sent.pk, at=FRIDAY + timedelta(minutes=minutes))
        assert talk.read(talk.zoe).entries[0].body == "When do we hear?"


def test_a_question_can_be_settled_without_an_answer(talk: Talk) -> None:
    asked = talk.ask()
    with scope(workspace_id=talk.workspace.pk):
        settle_question(actor(talk.anna), thread_id=asked.thread_id, at=FRIDAY + timedelta(minutes=5))
        assert not Thread.objects.filter(waiting_since__isnull=False).exists()


def test_what_others_said_is_unread_until_it_is_read(talk: Talk) -> None:
    asked = talk.ask()
    with scope(workspace_id=talk.workspace.pk):
        assert talk.read(talk.anna).unread == 1
        note_reading(thread_id=asked.thread_id, person_id=talk.anna.pk, partner_id=None, at=FRIDAY)
        assert talk.read(talk.anna).unread == 0
    with talk.partner_side():
        assert talk.read(talk.zoe).unread == 0


def test_the_stream_says_that_something_was_said_and_not_what(talk: Talk) -> None:
    talk.ask("A secret figure")
    with scope(workspace_id=talk.workspace.pk):
        entry = ActivityEntry.objects.get(verb="message_posted")
    assert entry.summary == "Zoe Lind asked about DR-1 Cellvia"
    assert entry.partner_id == talk.partner.pk
    assert "secret" not in entry.body
