"""Who is told what of the activity stream, and that nobody is told twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail

from tallystick.deals.services import approve_registration
from tallystick.flows.notifications import stream
from tallystick.platform.models import Delivery, Notice, NoticeCursor, Workspace
from tallystick.platform.notifications.choices import Reader, choose
from tallystick.platform.notifications.rules import Channel, Reach
from tallystick.platform.tenancy import scope
from tests.factories.people import make_partner, make_partner_person
from tests.integration.flows.notifications.world import MONDAY, Cast, actor_of, make_cast, register, titles_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(workspace: Workspace) -> Iterator[Cast]:
    people = make_cast(workspace)
    with scope(workspace_id=workspace.pk):
        stream.take_up(at=MONDAY - timedelta(days=300))
        Notice.objects.all().delete()
        yield people


def test_a_registration_is_told_to_who_decides_and_to_who_made_it(cast: Cast) -> None:
    registration = register(cast, "Cellvia")
    stream.take_up(at=MONDAY)

    told = "Cellvia: registered by Zephyr Informatics, decide by 25 Nov 2026, 10:00 CET"
    assert titles_of(cast.manager, workspace=cast.workspace) == [told]
    assert titles_of(cast.admin, workspace=cast.workspace) == [told]
    assert titles_of(cast.finance, workspace=cast.workspace) == []
    assert titles_of(cast.seller, workspace=cast.workspace, partner=cast.partner) == [
        "Cellvia: registered, answer by 25 Nov 2026, 10:00 CET"
    ]
    assert titles_of(cast.colleague, workspace=cast.workspace, partner=cast.partner) == []
    assert Notice.objects.get(person=cast.manager).label == f"Deal {registration.reference}"


def test_a_decision_is_mailed_to_the_seller_and_stays_silent_for_who_made_it(cast: Cast) -> None:
    registration = register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    approve_registration(actor_of(cast.manager), registration_id=registration.pk, at=MONDAY)
    stream.take_up(at=MONDAY)

    assert titles_of(cast.seller, workspace=cast.workspace, partner=cast.partner)[1:] == [
        "Cellvia: approved, protected to 21 Feb"
    ]
    assert len(titles_of(cast.manager, workspace=cast.workspace)) == 1
    waiting = Delivery.objects.filter(person=cast.seller)
    assert [(delivery.topic, delivery.state) for delivery in waiting] == [
        (f"deal_registration:{registration.pk}", "queued")
    ]


def test_an_entry_that_is_taken_up_again_tells_nobody_twice(cast: Cast) -> None:
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    before = Notice.objects.count(), Delivery.objects.count()
    NoticeCursor.objects.update(position=0)
    stream.take_up(at=MONDAY)
    assert (Notice.objects.count(), Delivery.objects.count()) == before


def test_what_is_old_news_when_it_is_taken_up_sends_no_mail(cast: Cast) -> None:
    register(cast, "Cellvia", at=MONDAY - timedelta(days=3))
    register(cast, "Northgate", at=MONDAY - timedelta(days=31), seed=1)
    stream.take_up(at=MONDAY)
    assert len(titles_of(cast.manager, workspace=cast.workspace)) == 1
    assert Delivery.objects.count() == 0


def test_a_choice_of_one_s_own_counts_before_the_role_s_default(cast: Cast) -> None:
    choose(Reader(cast.finance.pk), kind="registrations", channel=Channel.INBOX, reach=Reach.ALL)
    choose(Reader(cast.admin.pk), kind="registrations", channel=Channel.INBOX, reach=Reach.OFF)
    choose(Reader(cast.admin.pk), kind="registrations", channel=Channel.DIGEST, reach=Reach.OFF)
    register(cast, "Cellvia")
    stream.take_up(at=MONDAY)
    assert len(titles_of(cast.finance, workspace=cast.workspace)) == 1
    assert not Notice.objects.filter(person=cast.admin).exists()


def test_another_partner_is_told_nothing(cast: Cast) -> None:
    rival = make_partner(cast.workspace, "Rival")
    spy = make_partner_person(rival, email="spy@rival.example").person
    registration = register(cast, "Cellvia")
    approve_registration(actor_of(cast.manager), registration_id=registration.pk, at=MONDAY)
    stream.take_up(at=MONDAY)

    assert titles_of(spy, workspace=cast.workspace, partner=rival) == []
    with scope(workspace_id=cast.workspace.pk, partner_id=rival.pk):
        assert Notice.objects.count() == 0
        assert Delivery.objects.count() == 0
    assert mail.outbox == []
