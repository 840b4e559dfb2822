"""What no link leads to: states that a page is brought into, the steps of a wizard, mails, and pages of errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from playwright.sync_api import Page, expect

from stage import ROOT

SAMPLE = ROOT / "src" / "tallystick" / "crm" / "samples" / "opportunities.csv"
BETWEEN_MAILS = re.compile(r"^-{79}$", re.MULTILINE)
"""What stands after each mail where mails are printed, because no server is set up to send them."""
ERRORS = ("403", "404", "500")


@dataclass(frozen=True, slots=True)
class Scene:
    """A page brought into a state by a person's hand; `act` starts on the page and ends in the state."""

    name: str
    path: str
    act: Callable[[Page], None]


def _search(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.locator("#palette [role=combobox]").press_sequentially("co")
    expect(page.locator("#palette-options a").first).to_be_visible()


def _keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keyboard-help")).to_be_visible()


def _navigation(page: Page) -> None:
    button = page.locator(".menu-button")
    if button.is_visible():
        button.click()


def _account(page: Page) -> None:
    page.locator("[popovertarget=account]").click()
    expect(page.locator("#account")).to_be_visible()


def _rows(page: Page) -> None:
    for at in range(2):
        page.locator('tbody [name="row"]').nth(at).check()
    expect(page.locator(".bulk-bar")).to_be_visible()


def _view(page: Page) -> None:
    page.locator("[popovertarget=view-menu]").click()
    expect(page.locator("#view-menu")).to_be_visible()


def _filter(page: Page) -> None:
    page.locator(".filters .chip[popovertarget]").first.click()
    expect(page.locator(".filter-menu:popover-open")).to_be_visible()


def _columns(page: Page) -> None:
    page.locator(".filters-end [popovertarget]").last.click()
    expect(page.locator(".filter-menu:popover-open")).to_be_visible()


def _edit(page: Page) -> None:
    page.locator("tbody [data-edit]").first.click()
    expect(page.locator(".edit-form").first).to_be_visible()


def _sheet(page: Page) -> None:
    page.locator("tbody [data-sheet-link]").first.click()
    expect(page.locator("dialog.sheet")).to_be_visible()


def _put_off(page: Page) -> None:
    page.locator(".inbox-actions [data-sheet-link]").last.click()
    expect(page.locator("dialog.sheet #put-off")).to_be_visible()


def _refused_field(page: Page) -> None:
    page.locator("main form button[type=submit]").last.click()
    expect(page.locator(".field-error").first).to_be_visible()


def _on_paper(page: Page) -> None:
    page.emulate_media(media="print")


CONSOLE = (
    Scene("palette-open", "/overview/", _search),
    Scene("keyboard-help", "/overview/", _keys),
    Scene("navigation", "/overview/", _navigation),
    Scene("account-menu", "/overview/", _account),
    Scene("rows-selected", "/partners/", _rows),
    Scene("view-menu", "/deals/", _view),
    Scene("filter-menu", "/deals/", _filter),
    Scene("columns-menu", "/deals/", _columns),
    Scene("edited-in-place", "/deals/", _edit),
    Scene("deal-sheet", "/deals/", _sheet),
    Scene("put-off", "/inbox/", _put_off),
    Scene("invitation-refused", "/settings/people/", _refused_field),
    Scene("nothing-found", "/partners/?q=zzzz", lambda _page: None),
    Scene("nothing-put-off", "/inbox/?show=snoozed", lambda _page: None),
    Scene("overview-on-paper", "/overview/", _on_paper),
)
PORTAL = (
    Scene("palette-open", "/portal/", _search),
    Scene("account-menu", "/portal/", _account),
    Scene("claim-refused", "/portal/register/", _refused_field),
    Scene("nothing-found", "/portal/deals/?q=zzzz", lambda _page: None),
    Scene("programme-on-paper", "/portal/programme/", _on_paper),
)


def wizard_steps(page: Page, *, address: str) -> list[str]:
    """Upload a sample and walk through the wizard; return the addresses of its steps. Nothing is loaded."""
    page.goto(f"{address}/imports/new/")
    page.locator("input[type=file]").set_input_files(SAMPLE)
    page.get_by_role("button", name="Read the files").click()
    page.wait_for_url(re.compile(r"/imports/new/[^/]+/$"))
    columns = page.url
    page.get_by_role("button", name="Check the rows").click()
    page.wait_for_url(re.compile(r"/check/$"))
    return [step.removeprefix(address) for step in (columns, page.url)]


def register_deal(page: Page, *, address: str) -> None:
    """Register a deal as a partner, for the mail that asks the vendor to decide."""
    page.goto(f"{address}/portal/register/")
    for label, typed in (
        ("Company", "Harrier Biosciences"),
        ("Website", "harrier-biosciences.example"),
        ("Your contact there", "Ruth Hale"),
        ("Rough annual value", "60,000"),
    ):
        page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="Register deal").click()
    page.get_by_role("heading", name="Deal registered").wait_for()


def approve_first(page: Page, *, address: str) -> None:
    """Approve the first registration that waits, for the mail that its partner gets."""
    page.goto(f"{address}/inbox/?show=everyone")
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    expect(page.get_by_role("status").filter(has_text="approved").first).to_be_visible()


def mails(printed: str) -> Mapping[str, str]:
    """Return the mails that a worker printed as HTML, one of each kind, by the words of their subjects."""
    found: dict[str, str] = {}
    for part in BETWEEN_MAILS.split(printed):
        start = part.find("Content-Type: multipart/alternative")
        if start < 0:
            continue
        message = message_from_bytes(part[start:].encode(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("html",))
        kind = re.sub(r"\d+|\[.*?\]|[^:]*?: ", "", str(message["Subject"]))
        if body is not None:
            found.setdefault(re.sub(r"\W+", "-", kind.lower()).strip("-")[:60], body.get_content())
    return found


def links_in(letters: Mapping[str, str], *, address: str) -> list[str]:
    """Return where the mails lead without signing in, one address of each kind: acting on a deal, unsubscribing."""
    links = re.findall(rf'href="{re.escape(address)}(/mail/[^"]+)"', "".join(letters.values()))
    return list({link.split("/")[2]: link for link in links}.values())


def error_pages() -> Mapping[str, str]:
    """Return the pages of errors as they are answered; the process works in the installation (`Stage.enter`)."""
    from django.template.loader import render_to_string

    return {f"error-{number}": render_to_string(f"{number}.html") for number in ERRORS}


def show(page: Page, html: str, *, address: str, name: str) -> str:
    """Have an address answer with a text, so that its style sheets and pictures come from the server; return it."""
    path = f"{address}/shown/{name}/"
    page.route(path, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    return path
