"""`tallystick workspace` and `tallystick person`: the first steps of an installation, and links to sign in with."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer
from django.db import IntegrityError
from rich.table import Table

from tallystick.cli.application import commands, console
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.flows.workspaces import first_workspace_url
from tallystick.kernel.currencies import UnknownCurrency
from tallystick.partners.own_account import remove_second_factors
from tallystick.partners.sign_in_links import OPERATOR_LIFETIME, demo_sign_in_link, sign_in_link
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.invitations import AlreadyMember, invite_person
from tallystick.platform.models import Person, Workspace, WorkspaceRole
from tallystick.platform.people import create_workspace
from tallystick.platform.second_factor import (
    MOST_GRACE_DAYS,
    SUGGESTED_GRACE_DAYS,
    holders_among,
    members_by_role,
    require_second_factor,
    second_factor_rules,
)

workspace_commands = typer.Typer(help="Create and list workspaces.", no_args_is_help=True)
person_commands = typer.Typer(help="Invite people and make links that sign them in.", no_args_is_help=True)
commands.add_typer(workspace_commands, name="workspace")
commands.add_typer(person_commands, name="person")

EmailArgument = Annotated[str, typer.Argument(help="E-mail address of the person.")]


@workspace_commands.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Name of the company.")],
    *,
    currency: Annotated[str, typer.Option(help="Reporting currency, ISO 4217.")] = "EUR",
    time_zone: Annotated[str, typer.Option(help="Time zone its dates are taken in, as an IANA name.")] = "UTC",
    slug: Annotated[str | None, typer.Option(help="Short name for commands; made from the name by default.")] = None,
) -> None:
    """Create an empty workspace; invite its first admin next."""
    short = slug or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    try:
        workspace = create_workspace(
            Actor.command("workspace create"), slug=short, name=name, currency=currency, time_zone=time_zone
        )
    except UnknownCurrency as error:
        sys.exit(str(error))
    except IntegrityError:
        sys.exit(f"There is a workspace “{short}” already. Choose another --slug.")
    console.print(f"Workspace {workspace.name} is there. Invite its first admin:")
    console.print(f"  tallystick person invite anna@example.com --role admin --workspace {workspace.slug}")


@workspace_commands.command("first-link")
def first_link() -> None:
    """Print the link that makes the first workspace and its admin in the browser: once, within a day."""
    if Workspace.objects.exists():
        sys.exit("There is a workspace already. Make another with `tallystick workspace create`.")
    console.print(first_workspace_url(at=now()), soft_wrap=True)


@workspace_commands.command("list")
def list_workspaces() -> None:
    """List the workspaces of this installation."""
    table = Table("Workspace", "Name", "Currency", "Time zone", "", box=None)
    for workspace in Workspace.objects.order_by("slug"):
        demo = "demo" if workspace.is_demo else ""
        table.add_row(workspace.slug, workspace.name, workspace.currency, workspace.time_zone, demo)
    console.print(table)


@person_commands.command("invite")
def invite(
    email: EmailArgument,
    *,
    role: Annotated[WorkspaceRole, typer.Option(help="What the person does.")],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Invite someone to a workspace by mail; without a mail server the mail is printed here."""
    with in_workspace(workspace) as entered:
        try:
            invite_person(Actor.command("person invite"), email=email, name=name, role=role, at=now())
        except AlreadyMember as error:
            sys.exit(f"{error} Make a link with `tallystick person link {email}`.")
        console.print(f"{email} is invited to {entered.name} as {role.label}. The link is good for 14 days.")


@person_commands.command("link")
def link(email: EmailArgument, *, workspace: WorkspaceOption = None) -> None:
    """Print a link that signs a person in: once and within a day, in a demo workspace as often as wanted."""
    person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        sys.exit(f"Nobody has the address {email}. Invite them with `tallystick person invite`.")
    if workspace is None:
        console.print(sign_in_link(person, at=now(), lifetime=OPERATOR_LIFETIME))
        return
    with in_workspace(workspace) as entered:
        if entered.is_demo:
            console.print(demo_sign_in_link(person, workspace=entered))
        else:
            console.print(sign_in_link(person, at=now(), lifetime=OPERATOR_LIFETIME, workspace=entered))


@person_commands.command("second-factor")
def second_factor(
    *,
    role: Annotated[list[WorkspaceRole] | None, typer.Option(help="A role of which it is asked; repeat it.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Ask nobody any more.")] = False,
    days: Annotated[
        int, typer.Option(min=0, max=MOST_GRACE_DAYS, help="Days people get to set one up.")
    ] = SUGGESTED_GRACE_DAYS,
    workspace: WorkspaceOption = None,
) -> None:
    """Show of which roles a second factor is asked and who lacks one, or ask just the roles given."""
    with in_workspace(workspace):
        if role or nobody:
            require_second_factor(
                Actor.command("person second-factor"), roles=[] if nobody else role or [], grace_days=days, at=now()
            )
        rules, members = second_factor_rules(), members_by_role()
        holders = holders_among(membership.person_id for people in members.values() for membership in people)
        table = Table("Role", "Asked since", "Days", "Still without", box=None)
        for each, people in members.items():
            without = ", ".join(str(member.person) for member in people if member.person_id not in holders)
            rule = rules.get(each)
            since, grace = (f"{rule.required_since:%Y-%m-%d}", str(rule.grace_days)) if rule else ("–", "–")
            table.add_row(str(each.label), since, grace, without or "–")
        console.print(table)


@person_commands.command("forget-factors")
def forget_factors(email: EmailArgument) -> None:
    """Remove the passkeys, app and recovery codes of somebody who lost them all; they hear of it by mail.

    Make sure first that it is really they who ask.
    """
    person = Person.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        sys.exit(f"Nobody has the address {email}.")
    if not remove_second_factors(Actor.command("person forget-factors"), person=person, at=now()):
        sys.exit(f"{email} has no second factor.")
    console.print(
        f"{email} signs in by a code in the mail again, and is led to set up a second factor where one is asked."
    )
