"""Finds the CRM account a registration is about, and what the vendor's own team does there."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from django.db.models import BooleanField, ExpressionWrapper, Max, Min, Q, QuerySet
from django.db.models.functions import Lower, Trim

from tallystick.crm.models import Account, Opportunity, OpportunityStatus, SalesActivity
from tallystick.deals.rules.countries import spellings
from tallystick.kernel.names import DomainRefused, normalise_company_name, normalise_domain
from tallystick.partners.models import Partner, PartnerType
from tallystick.platform.database.bulk import any_key_of

MEETING = "meeting"
MOST_NAMESAKES: Final = 5
"""Who decides needs no more."""
NO_ACCOUNT: Final = 0
"""Stands for the account of a company the CRM does not know: 0 is nobody's."""
_KEY_ORDER: Final = ("source", "external_id")
_WRITTEN: Final = Lower(Trim("country"))


class MatchReason(StrEnum):
    """Why an account is taken to be the company of a claim."""

    DOMAIN = "same domain"
    NAME_AND_COUNTRY = "same name and country"
    NAME = "same name, and no other account has it"
    NAMESAKE = "same name; it may be the company"


@dataclass(frozen=True, slots=True)
class AccountMatch:
    """The account of a claim, with the reason."""

    account: Account
    reason: MatchReason


@dataclass(frozen=True, slots=True)
class DirectWork:
    """What the vendor's own team does at an account, and the day the last opportunity there was lost."""

    deal_opened_on: date | None
    last_met_on: date | None
    lost_on: date | None


def match_account(*, account_key: str, company: str, country: str) -> AccountMatch | None:
    """Find the account by domain, then by name and country, then by a name that only one account has.

    Of several the first in key order is taken, whatever the order in which they came. Two queries, one without a
    domain, whatever is found: their number tells nobody what is known.
    """
    accounts = Account.objects.order_by(*_KEY_ORDER)
    kind, _, value = account_key.partition(":")
    same_domain = accounts.filter(domain=value).first() if kind == "domain" else None
    # An account with a domain of its own is another company, however much the names agree.
    candidates = accounts.filter(normalised_name=normalise_company_name(company))
    if kind == "domain":
        candidates = candidates.filter(domain="")
    same_country, only = _in_country_or_alone(candidates, country)
    if same_domain is not None:
        return AccountMatch(same_domain, MatchReason.DOMAIN)
    if same_country is not None:
        return AccountMatch(same_country, MatchReason.NAME_AND_COUNTRY)
    if only is not None and not (country and only.country):
        return AccountMatch(only, MatchReason.NAME)
    return None


def find_matchable(claims: Iterable[tuple[int, str, str]]) -> list[int]:
    """Return the ids of those claims that `match_account` may find an account for: two queries, however many wait.

    A claim is its id, its account key and the name of its company. Whatever is left out has no account of its domain
    or name, so that after every import only the few are looked at that the CRM may have learned of.
    """
    waiting = [
        (key, domain if kind == "domain" else "", normalise_company_name(company))
        for key, (kind, _, domain), company in ((key, text.partition(":"), company) for key, text, company in claims)
    ]
    if not waiting:
        return []
    domains = {domain for _, domain, _ in waiting if domain}
    names = {name for _, _, name in waiting if name}
    accounts = Account.objects.order_by()
    known = set(accounts.filter(domain__in=any_key_of(domains)).values_list("domain", flat=True))
    named = set(accounts.filter(normalised_name__in=any_key_of(names)).values_list("normalised_name", flat=True))
    return sorted(key for key, domain, name in waiting if domain in known or name in named)


def _in_country_or_alone(accounts: QuerySet[Account], country: str) -> tuple[Account | None, Account | None]:
    """Return the first account of a country, and the one there is where there is just one. One query."""
    if not country:
        # Of a thousand that bear the name none is sorted.
        found = list(accounts.order_by()[:2])
        return None, found[0] if len(found) == 1 else None
    of_country = ExpressionWrapper(_is_of(country), output_field=BooleanField())
    there = list(accounts.alias(written=_WRITTEN).annotate(is_there=of_country).order_by("-is_there", *_KEY_ORDER)[:2])
    return there[0] if there and there[0].is_there else None, there[0] if len(there) == 1 else None


def _is_of(country: str, *, or_unknown: bool = False) -> Q:
    """Say that an account, whose country is `_WRITTEN`, is of a country, however that is spelt here and there."""
    return Q(written__in=[*spellings(country), *([""] if or_unknown else [])])


def distributor_of(named: str) -> Partner | None:
    """Return the distributor that a claim names by name or domain; no other partner is found. One query."""
    written = named.strip()
    if not written:
        return None
    by_name = Q(name__iexact=written)
    with suppress(DomainRefused):
        by_name |= Q(domain__iexact=normalise_domain(written))
    return Partner.objects.filter(by_name, type=PartnerType.DISTRIBUTOR).order_by("pk").first()


def find_namesakes(*, company: str, country: str, match: AccountMatch | None) -> list[Account]:
    """Return accounts that bear the name of a claim that matched none: each may be the company all the same.

    At most `MOST_NAMESAKES`, customers first. One query, also where nothing is asked. Another domain does not make it
    another company, since companies have several; another country does.
    """
    bearing = Account.objects.filter(normalised_name=normalise_company_name(company))
    if country:
        bearing = bearing.alias(written=_WRITTEN).filter(_is_of(country, or_unknown=True))
    found = list(bearing.only("name", "owner_name", "is_customer").order_by("-is_customer", "pk")[:MOST_NAMESAKES])
    return found if match is None else []


def direct_work(account: Account | None, *, on: date = date.max) -> DirectWork:
    """Return the opening of the oldest open opportunity no registration is linked to, the latest own meeting, losses.

    A meeting after the day `on` is planned and no work yet. Two queries, also where there is no account.
    """
    key = account.pk if account else NO_ACCOUNT
    own = Q(status=OpportunityStatus.OPEN, registrations__isnull=True)
    deals = Opportunity.objects.filter(account_id=key).aggregate(
        first=Min("opened_on", filter=own), lost=Max("close_on", filter=Q(status=OpportunityStatus.LOST))
    )
    meetings = SalesActivity.objects.filter(account_id=key, kind__iexact=MEETING, happened_on__lte=on)
    return DirectWork(deals["first"], meetings.aggregate(last=Max("happened_on"))["last"], deals["lost"])
