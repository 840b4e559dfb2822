"""`tallystick conflicts`: cases in which claims to a deal stand against each other: listed, shown, ruled, appealed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Final

import typer
from rich.table import Table

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.deals.engagement import rules_in_force
from tallystick.deals.models import Conflict, ConflictClaim, ConflictRuling, ConflictState, DealRegistration
from tallystick.deals.rules.conflicts.ruling import WHOLE_PPM, ConflictRefused
from tallystick.deals.rules.conflicts.terms import ConflictTerms
from tallystick.deals.services.conflicts import NewRuling, appeal_ruling, dispute_decision
from tallystick.flows.conflicts import Pay, effect_of, rule
from tallystick.partners.models import Partner
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now

conflict_commands = typer.Typer(
    help="List and show cases of claims that stand against each other, rule and appeal them.", no_args_is_help=True
)
commands.add_typer(conflict_commands, name="conflicts")

OURS: Final = "our own team"
_MOST_DIGITS: Final = 18

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="The case, like CF-17.")]
UpholdOption = Annotated[str | None, typer.Option(help="The partner whose claim stands.", metavar="PARTNER")]
ShareOption = Annotated[
    list[str] | None,
    typer.Option(help="A partner and its part in percent, once a claim that stands.", metavar="PARTNER=PERCENT"),
]
RejectOption = Annotated[bool, typer.Option("--reject", help="No partner's claim stands.")]


@conflict_commands.command("list")
def list_conflicts(
    *,
    state: Annotated[ConflictState | None, typer.Option(help="Only cases that stand so.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many cases at most.")] = 50,
    workspace: WorkspaceOption = None,
) -> None:
    """List the cases, the latest first."""
    with in_workspace(workspace):
        found = Conflict.objects.order_by("-pk")
        if state is not None:
            found = found.filter(state=state)
        table = Table("Case", "Company", "Why", "Stands", "Ruling due", box=None)
        for case in found[:limit]:
            kind, stands = str(case.get_kind_display()), str(case.get_state_display())
            table.add_row(case.reference, case.company, kind, stands, f"{case.due_at:%Y-%m-%d %H:%M}")
        console.print(table)


@conflict_commands.command("show")
def show(case: CaseArgument, *, workspace: WorkspaceOption = None) -> None:
    """Show a case: its claims side by side, what the rules say of them, and what was ruled."""
    with in_workspace(workspace), _explained():
        found = _case(case)
        claims = _claims(found)
        console.print(f"{found.reference} {found.company}: {found.get_kind_display()}. {found.get_state_display()}.")
        if found.words:
            console.print(f"“{found.words}”", markup=False)
        table = Table("Claim", "Rests on", "Registration", "Since", "Held it", box=None)
        for claim in claims:
            made = claim.registration.reference if claim.registration else ""
            since = f"{claim.happened_at:%Y-%m-%d %H:%M}" if claim.happened_at else "not known"
            held = "yes" if claim.held_account else "no"
            table.add_row(_name(claim), str(claim.get_kind_display()), made, since, held)
        console.print(table)
        _print_weighing(claims)
        for ruling in ConflictRuling.objects.filter(conflict=found).order_by("number"):
            _print_ruling(ruling, claims)
        appeal = getattr(found, "appeal", None)
        if appeal is not None:
            console.print(f"Appealed by {appeal.appealed_by_label}: “{appeal.words}”", markup=False)
        elif found.state == ConflictState.RULED:
            console.print(f"It can be appealed until {found.appeal_until}.")


@conflict_commands.command("effect")
def effect(
    case: CaseArgument,
    *,
    uphold: UpholdOption = None,
    share: ShareOption = None,
    reject: RejectOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what a ruling would do to the pay of each claimant; nothing is changed."""
    with in_workspace(workspace), _explained():
        found = _case(case)
        parts = _parts(_claims(found), uphold=uphold, share=share or (), reject=reject)
        table = Table("Partner", "Today", "By this ruling", box=None)
        for change in effect_of(found, parts=parts, at=now()):
            table.add_row(change.partner.name, _pay(change.today), _pay(change.ruled))
        console.print(table)


@conflict_commands.command("rule")
def rule_case(
    case: CaseArgument,
    *,
    uphold: UpholdOption = None,
    share: ShareOption = None,
    reject: RejectOption = False,
    by: Annotated[str, typer.Option("--rule", help="The rule of engagement that decides, by its id.")],
    reason: Annotated[str, typer.Option(help="Why, in words that both sides read; it names no other partner.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Rule a case; protection, attribution and pay follow. After an appeal a person rules, in the console.

    A case that was ruled is not ruled again: `appeal` has another person look at it.
    """
    with in_workspace(workspace), _explained():
        found = _case(case)
        parts = _parts(_claims(found), uphold=uphold, share=share or (), reject=reject)
        number = ConflictRuling.objects.filter(conflict=found).count() + 1
        ruling = NewRuling(number=number, parts=parts, rule=by, reason=reason)
        made = rule(Actor.command("conflicts rule"), conflict_id=found.pk, ruling=ruling, at=now())
        _print_ruling(made, _claims(found))
        found.refresh_from_db()
        console.print(f"It can be appealed until {found.appeal_until}.")


@conflict_commands.command("open")
def open_case(
    registration: Annotated[str, typer.Argument(help="Reference of the registration, like DR-7KQ2M9.")],
    *,
    words: Annotated[str, typer.Option(help="What is wrong with its decision.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Open a case about the decision on a registration; one that is open about it already is shown."""
    with in_workspace(workspace), _explained():
        claim = DealRegistration.objects.filter(reference=registration).first()
        if claim is None:
            raise ConflictRefused(f"There is no registration {registration}.")
        actor = Actor.command("conflicts open")
        opened = dispute_decision(actor, registration_id=claim.pk, words=words, at=now())
        console.print(f"{opened.reference} {opened.company} waits for a ruling until {opened.due_at:%Y-%m-%d %H:%M}.")


@conflict_commands.command("appeal")
def appeal_case(
    case: CaseArgument,
    *,
    words: Annotated[str, typer.Option(help="What the ruling overlooked.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Appeal a ruling for your own team, once a case; another person decides then, in the console."""
    with in_workspace(workspace), _explained():
        found = _case(case)
        appeal_ruling(Actor.command("conflicts appeal"), conflict_id=found.pk, partner_id=None, words=words, at=now())
        console.print(f"The ruling on {found.reference} {found.company} is appealed: another person decides.")


@contextmanager
def _explained() -> Iterator[None]:
    """Turn a refusal into a sentence and exit code 1."""
    try:
        yield
    except ConflictRefused as refusal:
        sys.exit(str(refusal))


def _case(reference: str) -> Conflict:
    number = reference.upper().removeprefix("CF-")
    known = number.isdecimal() and len(number) <= _MOST_DIGITS
    found = Conflict.objects.select_related("appeal").filter(pk=number).first() if known else None
    if found is None:
        raise ConflictRefused(f"There is no case {reference}; `tallystick conflicts list` shows those there are.")
    return found


def _claims(case: Conflict) -> list[ConflictClaim]:
    claims = ConflictClaim.objects.filter(conflict=case).select_related("partner", "registration")
    return list(claims.order_by("happened_at", "pk"))


def _name(claim: ConflictClaim) -> str:
    return claim.partner.name if claim.partner else OURS


def _parts(
    claims: Sequence[ConflictClaim], *, uphold: str | None, share: Sequence[str], reject: bool
) -> list[tuple[int, int]]:
    """Return what a ruling gives to whom, in parts per million. Raises `ConflictRefused` for none, and for several."""
    if sum((uphold is not None, bool(share), reject)) != 1:
        raise ConflictRefused("Say what is ruled: --uphold, --share or --reject, and one of them alone.")
    if uphold is not None:
        return [(_claimant(claims, uphold).pk, WHOLE_PPM)]
    return [_part(claims, part) for part in share]


def _part(claims: Sequence[ConflictClaim], said: str) -> tuple[int, int]:
    name, sign, percent = said.rpartition("=")
    try:
        ppm = Decimal(percent.strip().removesuffix("%").strip()) * WHOLE_PPM / 100
    except InvalidOperation:
        ppm = Decimal("NaN")
    if not sign or not ppm.is_finite() or not 0 < ppm <= WHOLE_PPM or ppm != ppm.to_integral_value():
        raise ConflictRefused(f"“{said}” is no part. Write it like --share 'Zephyr Informatics=70'.")
    return _claimant(claims, name).pk, int(ppm)


def _claimant(claims: Sequence[ConflictClaim], name: str) -> Partner:
    partners = [claim.partner for claim in claims if claim.partner]
    wanted = name.strip().casefold()
    found = next((partner for partner in partners if partner.name.casefold() == wanted), None)
    if found is None:
        there = ", ".join(partner.name for partner in partners) or "no partner"
        raise ConflictRefused(f"“{name.strip()}” has no claim in the case. Who has: {there}.")
    return found


def _print_weighing(claims: Sequence[ConflictClaim]) -> None:
    # Inside: the words of the screens are no business of the other commands.
    from tallystick.web.conflicts import weighed

    names: dict[int | None, str] = {claim.partner_id: claim.partner.name for claim in claims if claim.partner}
    days = rules_in_force().engagement.section(ConflictTerms).direct_days
    advice = weighed(claims, direct_days=days, names=names)
    for step in advice.steps:
        console.print(f"{step.rule}: {step.sentence}", markup=False)
    if advice.favoured is None:
        console.print("The rules favour no claim.")
    else:
        whose = names.get(int(advice.favoured[1:]), "") if advice.favoured.startswith("p") else OURS
        console.print(f"The rules favour {whose}, by {advice.rule}.")


def _print_ruling(ruling: ConflictRuling, claims: Sequence[ConflictClaim]) -> None:
    names = {claim.partner_id: claim.partner.name for claim in claims if claim.partner}
    parts = ", ".join(f"{names.get(partner, partner)} {_percent(ppm)}" for partner, ppm in ruling.parts)
    console.print(
        f"Ruling {ruling.number} by {ruling.ruled_by_label}, {ruling.ruled_at:%Y-%m-%d %H:%M}: "
        f"{parts or 'no partner’s claim stands'}. By {ruling.rule}, {ruling.rules_reference}: “{ruling.reason}”",
        markup=False,
    )


def _percent(ppm: int) -> str:
    share = Fraction(ppm * 100, WHOLE_PPM)
    return f"{Decimal(share.numerator) / Decimal(share.denominator):f} %"


def _pay(pay: Pay) -> str:
    amounts = [f"{pay.expected} expected"] if pay.expected is not None else []
    amounts += [f"{earned} earned" for earned in pay.earned]
    return ", ".join(amounts) or "nothing"
