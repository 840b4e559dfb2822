"""The companies that buy, or may: accounts with plausible names, their contacts, and the price list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from tallystick.demo.cast import data
from tallystick.demo.chance import Chance
from tallystick.demo.facts import Account, Contact, Product
from tallystick.kernel.names import normalise_company_name

FIRST_LIST_DAYS = 1120
"""The CRM was filled with most prospects before the three years begin; the others were added as they were met."""


def make_accounts(anchor: date) -> tuple[Account, ...]:
    """Return the accounts, those named on the screens first."""
    market, chance = data("market"), Chance("accounts")
    named = [tuple(entry) for entry in market["named_accounts"]]
    taken = {name.split()[0] for name, _, _ in named}
    stems = [stem for stem in chance.shuffled(market["stems"].split()) if stem not in taken]
    endings = {(ending, industry): weight for ending, industry, weight in market["endings"]}
    regions = {region: entry["weight"] for region, entry in market["regions"].items()}
    made: dict[str, tuple[str, str, str]] = {name: (name, industry, region) for name, industry, region in named}
    turn = 0
    while len(made) < market["account_count"]:
        ending, industry = chance.weighted(endings)
        name = f"{stems[turn % len(stems)]} {ending}"
        made.setdefault(name, (name, industry, chance.weighted(regions)))
        turn += 1
    return tuple(_account(number, entry, anchor) for number, entry in enumerate(made.values(), start=1))


def _account(number: int, entry: tuple[str, str, str], anchor: date) -> Account:
    name, industry, region = entry
    market, chance = data("market"), Chance("account", number)
    met_later = number > 10 and chance.percent(30)
    domain = name.lower().replace(" ", "-") + ".example"
    return Account(
        key=f"001LL{number:05d}",
        seen_on=anchor - timedelta(days=chance.between(200, 1000) if met_later else FIRST_LIST_DAYS),
        name=name,
        normalised_name=normalise_company_name(name),
        website=f"https://www.{domain}",
        domain=domain,
        country=chance.weighted(market["regions"][region]["countries"]),
        industry=industry,
        owner_name=market["owners"][region],
        region=region,
    )


def make_contacts(accounts: Sequence[Account]) -> tuple[Contact, ...]:
    """Return two or three people per account."""
    market = data("market")
    first_names, last_names = market["first_names"].split(), market["last_names"].split()
    made = []
    for account in accounts:
        chance = Chance("contacts", account.key)
        titles = chance.shuffled(market["titles"])
        for number in range(chance.between(1, 3)):
            name = f"{chance.pick(first_names)} {chance.pick(last_names)}"
            made.append(
                Contact(
                    key=f"003{account.key[3:]}{number}",
                    seen_on=account.seen_on,
                    account=account.key,
                    account_named=account.key,
                    name=name,
                    email=f"{name.lower().replace(' ', '.')}@{account.domain}",
                    title=titles[number],
                )
            )
    return tuple(made)


def make_products(anchor: date) -> tuple[Product, ...]:
    """Return the price list, in pounds."""
    return tuple(
        Product(
            key=key,
            seen_on=anchor - timedelta(days=FIRST_LIST_DAYS),
            name=name,
            normalised_name=normalise_company_name(name),
            family=family,
            list_price_minor=None if price is None else price * 100,
            currency="GBP",
        )
        for key, name, family, price in data("market")["products"]
    )
