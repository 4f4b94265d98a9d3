"""`bluegreen lab`: its words."""

from typing import Annotated

import typer

from bluegreen.cli import options as o

lab_app = typer.Typer(
    help="A pair of routers with real packets, in network namespaces of this Linux machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Option("--name", metavar="NAME", help="More than one at a time.")]


@lab_app.command()
@o.with_common
def up(
    common: o.Common,
    name: Name = "lab",
    vhids: Annotated[int, typer.Option("--vhids", min=1, max=8, help="How many.")] = 2,
    skews: Annotated[
        str, typer.Option("--skews", metavar="A,B", help="advskew of the two routers.")
    ] = "0,100",
    carp: Annotated[
        str, typer.Option("--carp", metavar="unicast|multicast|mixed", help="How they advertise.")
    ] = "mixed",
    active_active: Annotated[
        bool, typer.Option("--active-active", help="Each router is MASTER of some vhids.")
    ] = False,
    tunnel: Annotated[
        str, typer.Option("--tunnel", metavar="vip|real|none", help="Where GRE ends.")
    ] = "vip",
    bug166462: Annotated[
        bool, typer.Option("--bug166462", help="A BACKUP encapsulates with the VIP as source.")
    ] = False,
    ipsec: Annotated[
        bool, typer.Option("--ipsec", help="strongSwan encrypts what the tunnels send.")
    ] = False,
    remotes: Annotated[int, typer.Option("--remotes", min=1, max=3, help="How many far ends.")] = 1,
    bare: Annotated[
        bool, typer.Option("--bare", help="Routers as `provision` finds them: plain addresses.")
    ] = False,
    spare: Annotated[
        bool, typer.Option("--spare", help="A third bare router; with --bare --carp multicast.")
    ] = False,
    ipfo: Annotated[
        bool, typer.Option("--ipfo", help="OVH's API, and a hook on bare routers that asks it.")
    ] = False,
    boot: Annotated[
        float, typer.Option("--boot", metavar="SECONDS", min=1.0, help="How long a boot takes.")
    ] = 8.0,
    install: Annotated[
        float, typer.Option("--install", metavar="SECONDS", min=0.5, help="And an installation.")
    ] = 2.0,
) -> int:
    """Make it; needs root. What is left of one that died goes first."""
    from bluegreen.cli.lab import Wanted, make

    wanted = Wanted(
        vhids,
        skews,
        carp,
        active_active,
        tunnel,
        bug166462,
        ipsec,
        remotes,
        bare,
        spare,
        ipfo,
        boot,
        install,
    )
    return make(common, name, wanted)


@lab_app.command()
@o.with_common
def down(common: o.Common, name: Name = "lab") -> int:
    """Take it away: namespaces, mounts, processes and files."""
    from bluegreen.cli.lab import take_away

    return take_away(common, name)


@lab_app.command()
@o.with_common
def status(common: o.Common, name: Name = "lab") -> int:
    """Show whether it is up, how its machines are reached, and who is MASTER."""
    from bluegreen.cli.lab import tell_status

    return tell_status(common, name)


@lab_app.command()
@o.with_common
def ipfo(
    common: o.Common,
    pair: o.MaybePair = None,
    mac: Annotated[
        list[str] | None,
        typer.Option("--mac", metavar="ROUTER=MAC", help="Else `macs:`; as ifconfig has it."),
    ] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any.")] = 0,
    pace: Annotated[
        float, typer.Option("--pace", metavar="SECONDS", min=0.1, help="What a task takes.")
    ] = 30.0,
    mishap: Annotated[
        list[str] | None, typer.Option("--mishap", metavar="NAME", help="Break it; repeatable.")
    ] = None,
) -> int:
    """Emulate OVH's API on loopback until Ctrl-C; needs no root and no lab."""
    from bluegreen.cli.lab_ipfo import Wanted, serve

    return serve(common, Wanted(pair, tuple(mac or ()), port, pace, tuple(mishap or ())))


@lab_app.command(context_settings={"ignore_unknown_options": True})
@o.with_common
def shell(
    _: o.Common,
    router: Annotated[str, typer.Argument(metavar="ROUTER", help="Or client, or remote.")],
    command: Annotated[list[str] | None, typer.Argument(metavar="[COMMAND]...")] = None,
    name: Name = "lab",
) -> int:
    """Log in to a machine of it, or run a command there."""
    from bluegreen.cli.lab import log_in

    return log_in(name, router, command or [])
