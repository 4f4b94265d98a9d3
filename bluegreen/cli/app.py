"""The command line: parse words, call one function, return a code."""

from pathlib import Path
from typing import Annotated

import typer

from bluegreen.cli import options as o
from bluegreen.cli.lab_app import lab_app

app = typer.Typer(
    name="bluegreen",
    help="Upgrade a pair of FreeBSD routers that share addresses with CARP, "
    "without the network noticing.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 done, 1 rolled back, 2 usage, 3 refused before any change, "
    "4 needs a human, 5 locked, 130 interrupted and resumable.",
)
app.add_typer(lab_app, name="lab")
DEFAULT = "active-first"


def _playbook(strategy: str | None, file: str | None) -> str:
    if strategy and file:
        from bluegreen.errors import UsageError

        raise UsageError(
            "both were given, and they name different things", "--strategy, --playbook"
        )
    if file and "/" not in file and not file.endswith((".yaml", ".yml")):
        return f"./{file}"
    return file or strategy or DEFAULT


def _target(words: str | None) -> str | None:
    """Return the release as its own type spells it, or refuse the words."""
    if words is None:
        return None
    from bluegreen.errors import ParseError, UsageError
    from bluegreen.model.release import parse_release

    try:
        return str(parse_release(words))
    except ParseError as error:
        raise UsageError(error.what, "--to", "Write it as 14.3-RELEASE.") from None


@app.command()
def upgrade(
    pair: o.PairWords,
    to: o.Target = None,
    strategy: o.Strategy = None,
    playbook: o.PlaybookFile = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print it, change nothing.")] = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Simulate; connect nowhere.")
    ] = False,
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="HASH", help="Refuse another plan than this.")
    ] = None,
    yes: o.Yes = False,
    pause_after: Annotated[
        str | None, typer.Option("--pause-after", metavar="STEP", help="Stop there, resumable.")
    ] = None,
    stay_switched: Annotated[
        bool, typer.Option("--stay-switched", help="End with the peer serving.")
    ] = False,
    probe: o.Probes = None,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Get both routers onto a new system, one after the other, while the other one serves."""
    common = o.Common(inventory, json, state_dir, verbose, no_color)
    chosen, target = _playbook(strategy, playbook), _target(to)
    if rehearse:
        from bluegreen.cli.rehearsing import Rehearsed, rehearse_words

        words = Rehearsed(pair, chosen, target, pause_after, stay_switched, plan, expect)
        raise typer.Exit(rehearse_words(common, words))
    from bluegreen.cli.running import Wish, start

    wish = Wish("upgrade", pair, chosen, target, plan, expect, yes, pause_after, stay_switched)
    raise typer.Exit(start(common, wish.probed_too(probe)))


@app.command()
def resume(
    run: o.RunName = None,
    pair: o.MaybePair = None,
    probe: o.Probes = None,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Go on with a run that was interrupted, from what the routers show now."""
    from bluegreen.cli.running import go_on

    common = o.Common(inventory, json, state_dir, verbose, no_color)
    raise typer.Exit(go_on(common, run, pair, back=False, probes=probe or ()))


@app.command()
def rollback(
    run: o.RunName = None,
    pair: o.MaybePair = None,
    probe: o.Probes = None,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Take a run back: old systems, old skews, old roles, each only while idle."""
    from bluegreen.cli.running import go_on

    common = o.Common(inventory, json, state_dir, verbose, no_color)
    raise typer.Exit(go_on(common, run, pair, back=True, probes=probe or ()))


@app.command()
def failover(
    pair: o.PairWords,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ROUTER", help="Who is to serve.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print it, change nothing.")] = False,
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="HASH", help="Refuse another plan than this.")
    ] = None,
    yes: o.Yes = False,
    probe: o.Probes = None,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Switch on purpose, and stay there until `restore`."""
    from bluegreen.cli.running import Wish, start

    common = o.Common(inventory, json, state_dir, verbose, no_color)
    wish = Wish("failover", pair, "failover", None, plan, expect, yes, to=to)
    raise typer.Exit(start(common, wish.probed_too(probe)))


@app.command()
def restore(
    pair: o.PairWords,
    plan: Annotated[bool, typer.Option("--plan", help="Print it, change nothing.")] = False,
    yes: o.Yes = False,
    probe: o.Probes = None,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Give back what a failover or --stay-switched holds; the roles follow."""
    from bluegreen.cli.running import Wish, start

    common = o.Common(inventory, json, state_dir, verbose, no_color)
    wish = Wish("restore", pair, "restore", None, plan, None, yes)
    raise typer.Exit(start(common, wish.probed_too(probe)))


@app.command()
def status(
    pair: o.PairWords,
    watch: Annotated[bool, typer.Option("--watch", help="Again and again.")] = False,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Show who serves, and where a run stands."""
    from bluegreen.cli.inspect import status as act

    raise typer.Exit(act(o.Common(inventory, json, state_dir, verbose, no_color), pair, watch))


@app.command()
def check(
    pair: o.PairWords,
    to: o.Target = None,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Run every preflight check, and change nothing."""
    from bluegreen.cli.inspect import check as act

    common = o.Common(inventory, json, state_dir, verbose, no_color)
    raise typer.Exit(act(common, pair, _target(to)))


@app.command()
def rehearse(
    pair: o.PairWords,
    to: o.Target = None,
    strategy: o.Strategy = None,
    playbook: o.PlaybookFile = None,
    fault: o.Faults = None,
    exhaustive: Annotated[
        bool, typer.Option("--exhaustive", help="Kill the controller at every point, resume.")
    ] = False,
    seed: o.Seed = 0,
    twin: o.Twin = None,
    stay_switched: Annotated[
        bool, typer.Option("--stay-switched", help="End with the peer serving.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Print the plan instead.")] = False,
    lab: Annotated[
        bool, typer.Option("--lab", help="With real packets, on this Linux machine, as root.")
    ] = False,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Upgrade a simulated pair by the same code, breaking it on purpose if you like."""
    from bluegreen.cli.rehearsing import Rehearsed, rehearse_words

    common = o.Common(inventory, json, state_dir, verbose, no_color)
    words = Rehearsed(
        pair,
        _playbook(strategy, playbook),
        _target(to),
        stay_switched=stay_switched,
        plan_only=plan,
        faults=tuple(fault or ()),
        exhaustive=exhaustive,
        seed=seed,
        twin=twin,
    )
    if lab:
        from bluegreen.cli.lab_rehearsal import rehearse_in_lab

        raise typer.Exit(rehearse_in_lab(common, words))
    raise typer.Exit(rehearse_words(common, words))


@app.command()
def facts(
    pair: o.PairWords,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Print what both routers say, as JSON: what `rehearse --twin` rehearses on."""
    from bluegreen.cli.inspect import facts as act

    raise typer.Exit(act(o.Common(inventory, json, state_dir, verbose, no_color), pair))


@app.command()
def runs(
    pair: o.MaybePair = None,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """List the runs of this machine's journal."""
    from bluegreen.cli.inspect import runs as act

    raise typer.Exit(act(o.Common(inventory, json, state_dir, verbose, no_color), pair))


@app.command()
def show(
    run: o.RunName = None,
    pair: o.MaybePair = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as events come.")] = False,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Show one run: what was done, in which order, and how it ended."""
    from bluegreen.cli.inspect import show as act

    common = o.Common(inventory, json, state_dir, verbose, no_color)
    raise typer.Exit(act(common, run, pair, follow))


@app.command()
def parse(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="ifconfig, ospf, freebsd-update, ...")
    ],
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Else stdin.")] = None,
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Read any router output, and print it as JSON."""
    from bluegreen.cli.output import say
    from bluegreen.cli.parse import parse as act

    say(act(kind, file))


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(metavar="[playbook|inventory]")] = "inventory",
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Print the JSON schema of hosts.yaml or of a playbook."""
    from bluegreen.cli.output import say
    from bluegreen.cli.parse import schema as act

    say(act(kind))


@app.command()
def version(
    inventory: o.Inventory = None,
    json: o.Json = False,
    state_dir: o.StateDir = None,
    verbose: o.Verbose = False,
    no_color: o.NoColor = False,
) -> None:
    """Print the version."""
    from bluegreen import __version__
    from bluegreen.cli.output import say

    say(__version__)
