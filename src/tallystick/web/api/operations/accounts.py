"""Accounts and contacts, as the CRM has them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from tallystick.crm.models import Account, Contact
from tallystick.platform.access import Permission
from tallystick.web.api.access import Whose, operation
from tallystick.web.api.paging import Page, PageAsked, one_by_one, one_page, sorted_by
from tallystick.web.api.values import Id, Told, words

router = Router(tags=["Accounts and contacts"])


class FactTold(Told):
    """A fact from the CRM or from billing: its id here, and its id in the system it comes from."""

    id: int
    source: Annotated[str, Field(description="The system it comes from.", examples=["hubspot"])]
    external_id: Annotated[str, Field(description="Its id there.", examples=["7741"])]
    learned_at: datetime


class AccountTold(FactTold):
    """A company that buys, or may."""

    name: Annotated[str, Field(examples=["Cellvia"])]
    website: Annotated[str, Field(examples=["https://www.cellvia.example"])]
    domain: Annotated[str, Field(examples=["cellvia.example"])]
    country: Annotated[str, Field(examples=["Germany"])]
    industry: Annotated[str, Field(examples=["Biotechnology"])]
    owner_name: Annotated[str, Field(examples=["Tom Albright"])]
    is_customer: bool

    @classmethod
    def of(cls, account: Account) -> Self:
        """Return an account as it is told."""
        return cls(
            id=account.pk,
            source=account.source,
            external_id=account.external_id,
            learned_at=account.learned_at,
            name=account.name,
            website=account.website,
            domain=account.domain,
            country=account.country,
            industry=account.industry,
            owner_name=account.owner_name,
            is_customer=account.is_customer,
        )


class AccountPage(Page[AccountTold]):
    """Accounts, a page at a time."""


class AccountsAsked(PageAsked):
    """What accounts are narrowed and ordered by."""

    search: Annotated[str, words(100), Field(description="A part of the name.")] = ""
    domain: Annotated[str, words(255), Field(description="The registrable domain, in lower case.")] = ""
    source: Annotated[str, words(40)] = ""
    external_id: Annotated[str, words(120)] = ""
    is_customer: bool | None = None
    sort: Literal["id", "-id", "name", "-name"] = "id"


@operation(router, "GET", "/accounts", AccountPage, whose=Whose.WORKSPACE, permission=Permission.SEE_DEALS)
def list_accounts(request: HttpRequest, asked: Query[AccountsAsked]) -> AccountPage:  # noqa: ARG001
    """List accounts.

    By `source` and `external_id` together it finds the one account of an outside system.
    """
    found = Account.objects.all()
    if asked.search:
        found = found.filter(name__icontains=asked.search)
    for column in ("domain", "source", "external_id"):
        if wanted := getattr(asked, column):
            found = found.filter(**{column: wanted})
    if asked.is_customer is not None:
        found = found.filter(is_customer=asked.is_customer)
    return AccountPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(AccountTold.of)))


@operation(router, "GET", "/accounts/{account_id}", AccountTold, whose=Whose.WORKSPACE, permission=Permission.SEE_DEALS)
def read_account(request: HttpRequest, account_id: Id) -> AccountTold:  # noqa: ARG001
    """Read an account."""
    return AccountTold.of(Account.objects.get(pk=account_id))


class ContactTold(FactTold):
    """A person at an account."""

    account_id: int | None
    name: Annotated[str, Field(examples=["Dr Ines Brandt"])]
    email: Annotated[str, Field(examples=["ines.brandt@cellvia.example"])]
    title: Annotated[str, Field(examples=["Head of Automation"])]

    @classmethod
    def of(cls, contact: Contact) -> Self:
        """Return a contact as it is told."""
        return cls(
            id=contact.pk,
            source=contact.source,
            external_id=contact.external_id,
            learned_at=contact.learned_at,
            account_id=contact.account_id,
            name=contact.name,
            email=contact.email,
            title=contact.title,
        )


class ContactPage(Page[ContactTold]):
    """Contacts, a page at a time."""


class ContactsAsked(PageAsked):
    """What contacts are narrowed and ordered by."""

    account_id: Id | None = None
    email: Annotated[str, words(254), Field(description="The whole address, in any case.")] = ""
    sort: Literal["id", "-id", "name", "-name"] = "id"


@operation(router, "GET", "/contacts", ContactPage, whose=Whose.WORKSPACE, permission=Permission.SEE_DEALS)
def list_contacts(request: HttpRequest, asked: Query[ContactsAsked]) -> ContactPage:  # noqa: ARG001
    """List contacts."""
    found = Contact.objects.all()
    if asked.account_id is not None:
        found = found.filter(account_id=asked.account_id)
    if asked.email:
        found = found.filter(email__iexact=asked.email)
    return ContactPage(**one_page(found, sorted_by(asked.sort), asked, one_by_one(ContactTold.of)))
