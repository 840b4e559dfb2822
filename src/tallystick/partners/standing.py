"""Territories and certificates of partners: kept by the partner manager, read by rules. Runs on the vendor's side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from tallystick.partners.models import Partner, PartnerCertificate, PartnerTerritory
from tallystick.platform.activity import record_activity
from tallystick.platform.actors import Actor

_LONGEST_PRODUCT: Final = 120
"""In lower case a letter may be two."""


class TerritoryKnown(ValueError):
    """Raised for a territory that the partner has already."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a partner may do and can do on a day.

    `certificates` counts those that are valid and is None where none was ever recorded; `is_certified` says whether
    one of them is for the product asked for. `anybody_certified` says whether the workspace keeps certificates at all.
    """

    territories: tuple[str, ...]
    certificates: int | None
    is_certified: bool | None
    anybody_certified: bool


def standing_of(partner_id: int, *, product_key: str, on: date) -> Standing:
    """Return how a partner stands on a day, with regard to a product where one is named. At most three queries."""
    territories = PartnerTerritory.objects.filter(_valid(on), partner_id=partner_id).order_by("country")
    held = list(PartnerCertificate.objects.filter(partner_id=partner_id))
    valid = [one for one in held if one.valid_until is None or one.valid_until >= on]
    return Standing(
        territories=tuple(territories.values_list("country", flat=True)),
        certificates=len(valid) if held else None,
        is_certified=any(one.product_key in ("", product_key) for one in valid) if held and product_key else None,
        anybody_certified=bool(held) or PartnerCertificate.objects.exists(),
    )


def standings(*, on: date) -> tuple[Mapping[int, frozenset[str]], Mapping[int, frozenset[str]]]:
    """Return the countries each partner may sell in and the names of the certificates its people hold, on a day.

    A partner without any is left out. Two queries.
    """
    countries: dict[int, set[str]] = defaultdict(set)
    names: dict[int, set[str]] = defaultdict(set)
    for partner_id, country in PartnerTerritory.objects.filter(_valid(on)).values_list("partner_id", "country"):
        countries[partner_id].add(country)
    for partner_id, name in PartnerCertificate.objects.filter(_valid(on)).values_list("partner_id", "name"):
        names[partner_id].add(name)
    return _frozen(countries), _frozen(names)


def product_key_of(product: str) -> str:
    """Return the key under which one product is meant, however its name is spelt: "ELN  Pro" is "eln pro"."""
    return " ".join(product.casefold().split())[:_LONGEST_PRODUCT]


@transaction.atomic
def add_territory(
    actor: Actor, *, partner_id: int, country: str, valid_until: date | None, at: datetime
) -> PartnerTerritory:
    """Give a partner a country to sell in. Raises `TerritoryKnown` and `Partner.DoesNotExist`."""
    partner = Partner.objects.get(pk=partner_id)
    try:
        with transaction.atomic():
            territory = PartnerTerritory.objects.create(
                workspace_id=partner.workspace_id, partner=partner, country=country, valid_until=valid_until
            )
    except IntegrityError as error:
        raise TerritoryKnown(f"{country} is a territory of {partner.name} already.") from error
    words = f"{country} became a territory of {partner.name}"
    until = valid_until.isoformat() if valid_until else None
    _record(actor, partner, verb="partner_territory_added", words=words, data=(country, until), at=at)
    return territory


@transaction.atomic
def remove_territory(actor: Actor, *, partner_id: int, territory_id: int, at: datetime) -> None:
    """Take a territory from a partner. Raises `PartnerTerritory.DoesNotExist`."""
    territories = PartnerTerritory.objects.select_related("partner").select_for_update(of=("self",))
    territory = territories.get(pk=territory_id, partner_id=partner_id)
    partner, country = territory.partner, territory.country
    territory.delete()
    words = f"{country} is no territory of {partner.name} any more"
    _record(actor, partner, verb="partner_territory_removed", words=words, data=(country, None), at=at)


@transaction.atomic
def add_certificate(
    actor: Actor, *, partner_id: int, name: str, holder: str, product: str, valid_until: date | None, at: datetime
) -> PartnerCertificate:
    """Note that a person of a partner is certified. Raises `Partner.DoesNotExist`."""
    partner = Partner.objects.get(pk=partner_id)
    certificate = PartnerCertificate.objects.create(
        workspace_id=partner.workspace_id,
        partner=partner,
        name=name.strip(),
        holder=holder.strip(),
        product_key=product_key_of(product),
        valid_until=valid_until,
    )
    # Who holds it stays out of the stream, which is for ever.
    words = f"{partner.name} holds the certificate {certificate.name}"
    until = valid_until.isoformat() if valid_until else None
    _record(actor, partner, verb="partner_certificate_added", words=words, data=(certificate.name, until), at=at)
    return certificate


@transaction.atomic
def remove_certificate(actor: Actor, *, partner_id: int, certificate_id: int, at: datetime) -> None:
    """Take a certificate off the record. Raises `PartnerCertificate.DoesNotExist`."""
    certificates = PartnerCertificate.objects.select_related("partner").select_for_update(of=("self",))
    certificate = certificates.get(pk=certificate_id, partner_id=partner_id)
    partner, name = certificate.partner, certificate.name
    certificate.delete()
    words = f"The certificate {name} of {partner.name} was taken off the record"
    _record(actor, partner, verb="partner_certificate_removed", words=words, data=(name, None), at=at)


def _frozen(found: Mapping[int, set[str]]) -> Mapping[int, frozenset[str]]:
    return {partner_id: frozenset(values) for partner_id, values in found.items()}


def _valid(on: date) -> Q:
    return Q(valid_until__isnull=True) | Q(valid_until__gte=on)


def _record(
    actor: Actor, partner: Partner, *, verb: str, words: str, data: tuple[str, str | None], at: datetime
) -> None:
    record_activity(
        actor,
        verb=verb,
        subject_kind="partner",
        subject_id=partner.pk,
        summary=words,
        data={"name": data[0], "valid_until": data[1]},
        partner_id=partner.pk,
        at=at,
    )
