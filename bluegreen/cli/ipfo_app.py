"""`bluegreen ipfo`: its words."""

from pathlib import Path
from typing import Annotated

import typer

from bluegreen.cli import options as o

ipfo_app = typer.Typer(
    help="The public address that the provider, not CARP, sends to one of the routers.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@ipfo_app.command()
@o.with_common
def show(common: o.Common, pair: o.PairWords) -> int:
    """Show who has it, what is under way, and what the credential may do; change nothing."""
    from bluegreen.cli.ipfo import show as act

    return act(common, pair)


@ipfo_app.command()
@o.with_common
def move(
    common: o.Common,
    pair: o.PairWords,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ROUTER", help="Who serves; else whoever does.")
    ] = None,
    plan: o.PlanOnly = False,
    expect: o.Expected = None,
    yes: o.Yes = False,
) -> int:
    """Have it sent to the router that is MASTER of it; a run like any other."""
    from bluegreen.cli.ipfo import move as act
    from bluegreen.cli.running import Wish

    return act(common, Wish("ipfo", pair, "follow", None, plan, expect, yes, to=to))


@ipfo_app.command()
@o.with_common
def grant(
    common: o.Common,
    pair: o.PairWords,
    request: Annotated[
        Path | None,
        typer.Option(
            "--request", metavar="FILE", help="Ask OVH for the key, and write it to FILE (0600)."
        ),
    ] = None,
    create: Annotated[bool, typer.Option("--create", help="A key for `ipfo vmac`, too.")] = False,
) -> int:
    """Print the least that a key must be allowed to do, or request one; no secret is printed."""
    from bluegreen.cli.ipfo import grant as act

    return act(common, pair, request, create)


@ipfo_app.command()
@o.with_common
def vmac(
    common: o.Common,
    pair: o.PairWords,
    address: Annotated[
        str, typer.Option("--address", metavar="IP", help="Routed to the server, bound to no MAC.")
    ],
    kind: Annotated[
        str, typer.Option("--type", metavar="ovh|vmware", help="vmware for guests of ESXi.")
    ],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Of the machine, as OVH shows it.")
    ],
    yes: o.Yes = False,
) -> int:
    """Make a virtual MAC for an address of the pair's server."""
    from bluegreen.cli.ipfo import NewMac
    from bluegreen.cli.ipfo import vmac as act

    return act(common, pair, NewMac(address, kind, name), yes)
