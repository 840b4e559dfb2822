"""Rows that attribution tests stand on, by the figures that matter."""

from datetime import UTC, date, datetime, time

from tallystick.attribution.models import Decision
from tallystick.attribution.rules.facts import TouchKind
from tallystick.attribution.services.touches import NewTouch
from tallystick.crm.models import Account, Opportunity, SalesActivity
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor, ActorKind
from tests.factories import make_row

ACTOR = Actor(kind=ActorKind.PERSON, label="Ines Moreau")
NOON = time(12)
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def make_partner(name: str = "Corvid") -> Partner:
    return make_row(Partner, name=name)


def make_account(key: str = "A1") -> Account:
    return make_row(Account, source="crm", external_id=key, name=f"Account {key}")


def make_opportunity(
    account: Account | None,
    *,
    key: str = "O1",
    opened: str | None = "2026-03-05",
    closed: str | None = None,
    named: str = "",
    known: str = "2026-03-05",
) -> Opportunity:
    opportunity = make_row(
        Opportunity,
        source="crm",
        external_id=key,
        account=account,
        opened_on=day(opened) if opened else None,
        status="won" if closed else "open",
        close_on=day(closed) if closed else None,
        partner_named=named,
        amount_minor=1_000_000,
        currency="EUR",
    )
    Opportunity.objects.filter(pk=opportunity.pk).update(learned_at=datetime.combine(day(known), NOON, tzinfo=UTC))
    return opportunity


def make_meeting(account: Account, *, on: str) -> SalesActivity:
    return make_row(SalesActivity, account=account, kind="Meeting", happened_on=day(on))


def new_touch(
    partner: Partner,
    account: Account,
    *,
    kind: TouchKind = TouchKind.LEAD_ACCEPTED,
    on: str = "2026-02-01",
    learned: str | None = None,
    key: str = "T1",
    opportunity: Opportunity | None = None,
) -> NewTouch:
    return NewTouch(
        partner_id=partner.pk,
        account_id=account.pk,
        kind=kind,
        happened_on=day(on),
        learned_on=day(learned or on),
        source="portal",
        external_id=key,
        opportunity_id=opportunity.pk if opportunity else None,
    )


def current(opportunity: Opportunity) -> Decision:
    return Decision.objects.get(opportunity=opportunity, is_current=True)
