"""`tallystick track` and `tallystick partner`: open a track, add partners to it, invite their people."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from django.db import IntegrityError
from rich.table import Table

from tallystick.cli.application import commands, console
from tallystick.cli.people import EmailArgument
from tallystick.cli.workspaces import WorkspaceOption, in_workspace
from tallystick.flows.partners import add_partner
from tallystick.kernel.periods import day_of
from tallystick.partners.invitations import invite_partner_person
from tallystick.partners.models import Partner, PartnerRole, PartnerType, Tier
from tallystick.platform.actors import Actor
from tallystick.platform.clock import now
from tallystick.platform.invitations import AlreadyMember
from tallystick.programmes.models import Motion
from tallystick.programmes.services import create_track

track_commands = typer.Typer(help="Open the tracks that partners are worked on.", no_args_is_help=True)
partner_commands = typer.Typer(help="Add partners and invite their people.", no_args_is_help=True)
commands.add_typer(track_commands, name="track")
commands.add_typer(partner_commands, name="partner")

TypeOption = Annotated[PartnerType, typer.Option(help="What kind of partner it is.")]


@track_commands.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Name of the track, such as Referral.")],
    *,
    type: TypeOption,
    motion: Annotated[Motion, typer.Option(help="How you sell with these partners.")],
    kpi: Annotated[str, typer.Option(help="The one figure the track answers for.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Open the one track of a partner type; publish its commission plan next."""
    with in_workspace(workspace):
        try:
            track = create_track(
                Actor.command("track create"), partner_type=type, motion=motion, name=name, kpi=kpi, at=now()
            )
        except IntegrityError:
            sys.exit(f"Partners of the type {type.label} have a track already.")
        console.print(f"Track {track.name} is open for partners of the type {type.label}.")


@partner_commands.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Name of the partner, as the CRM writes it.")],
    *,
    type: TypeOption,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day it joined and holds its tier from; today if left out."),
    ] = None,
    tier: Annotated[Tier | None, typer.Option(help="Tier it holds.")] = None,
    country: Annotated[str, typer.Option(help="Country, as two letters of ISO 3166.")] = "",
    domain: Annotated[str, typer.Option(help="Domain of its website.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Add an active partner organisation; invite its people next."""
    with in_workspace(workspace) as entered:
        instant = now()
        try:
            partner = add_partner(
                Actor.command("partner add"),
                name=name,
                type=type,
                tier=tier,
                country=country.upper(),
                domain=domain,
                on=since.date() if since else day_of(instant, zone=ZoneInfo(entered.time_zone)),
                at=instant,
            )
        except IntegrityError:
            sys.exit(f"There is a partner {name} already.")
        console.print(f"{partner.name} is added: {type.label}, active since {partner.joined_on}.")


@partner_commands.command("list")
def list_partners(*, workspace: WorkspaceOption = None) -> None:
    """List the partners of the workspace."""
    with in_workspace(workspace):
        table = Table("Partner", "Type", "Tier", "Lifecycle", "Joined", box=None)
        for partner in Partner.objects.order_by("name"):
            labels = partner.get_type_display(), partner.get_tier_display(), partner.get_lifecycle_display()
            table.add_row(partner.name, *labels, str(partner.joined_on or ""))
        console.print(table)


@partner_commands.command("invite")
def invite(
    email: EmailArgument,
    *,
    partner: Annotated[str, typer.Option(help="Name of the partner the person works for.")],
    role: Annotated[PartnerRole, typer.Option(help="What the person does there.")],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Invite someone who works for a partner to the portal by mail; without a mail server it is printed here."""
    with in_workspace(workspace):
        employer = Partner.objects.filter(name=partner).first()
        if employer is None:
            sys.exit(f"There is no partner {partner}. `tallystick partner list` shows the names.")
        try:
            invite_partner_person(
                Actor.command("partner invite"), partner=employer, email=email, name=name, role=role, at=now()
            )
        except AlreadyMember as error:
            sys.exit(str(error))
        console.print(f"{email} is invited to {partner} as {role.label}. The link is good for 14 days.")
