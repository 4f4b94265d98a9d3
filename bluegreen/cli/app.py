"""The command line: parse words, call one function, return a code."""

from pathlib import Path
from typing import Annotated

import typer

from bluegreen.cli import options as o
from bluegreen.cli.ipfo_app import ipfo_app
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
app.add_typer(ipfo_app, name="ipfo")
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


def _budget_s(words: str | None) -> float | None:
    if words is None:
        return None
    from bluegreen.errors import UsageError
    from bluegreen.model.duration import parse_duration

    try:
        return parse_duration(words)
    except ValueError as error:
        raise UsageError(str(error), "--budget", "Write it as 60s or 5m.") from None


@app.command()
@o.with_common
def upgrade(
    common: o.Common,
    pair: o.PairWords,
    to: o.Target = None,
    strategy: o.Strategy = None,
    playbook: o.PlaybookFile = None,
    plan: o.PlanOnly = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Simulate; connect nowhere.")
    ] = False,
    expect: o.Expected = None,
    yes: o.Yes = False,
    pause_after: Annotated[
        str | None, typer.Option("--pause-after", metavar="STEP", help="Stop there, resumable.")
    ] = None,
    stay_switched: o.StaySwitched = False,
    probe: o.Probes = None,
    break_lock: o.BreakLock = None,
) -> int:
    """Get both routers onto a new system, one after the other, while the other one serves."""
    chosen, target = _playbook(strategy, playbook), _target(to)
    if rehearse:
        from bluegreen.cli.rehearsing import Rehearsed, rehearse_words

        words = Rehearsed(pair, chosen, target, pause_after, stay_switched, plan, expect)
        return rehearse_words(common, words)
    from bluegreen.cli.running import Wish, start

    wish = Wish("upgrade", pair, chosen, target, plan, expect, yes, pause_after, stay_switched)
    return start(common, wish.probed_too(probe).breaking(break_lock))


@app.command()
@o.with_common
def resume(
    common: o.Common,
    run: o.RunName = None,
    pair: o.MaybePair = None,
    probe: o.Probes = None,
    break_lock: o.BreakLock = None,
    yes: o.Yes = False,
) -> int:
    """Go on with a run that was interrupted, from what the routers show now."""
    from bluegreen.cli.again import Again, go_on

    return go_on(common, run, pair, Again(False, tuple(probe or ()), break_lock, yes))


@app.command()
@o.with_common
def rollback(
    common: o.Common,
    run: o.RunName = None,
    pair: o.MaybePair = None,
    probe: o.Probes = None,
    break_lock: o.BreakLock = None,
    yes: o.Yes = False,
) -> int:
    """Take a run back: old systems, old skews, old roles, each only while idle."""
    from bluegreen.cli.again import Again, go_on

    return go_on(common, run, pair, Again(True, tuple(probe or ()), break_lock, yes))


@app.command()
@o.with_common
def recover(
    common: o.Common,
    pair: o.PairWords,
    run: o.RunName = None,
    finish: Annotated[bool, typer.Option("--finish", help="Go on with the run.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take everything back.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Say what lies there, no more.")] = False,
    yes: o.Yes = False,
    probe: o.Probes = None,
) -> int:
    """Finish or undo a run whose journal is lost, from what lies on the routers."""
    from bluegreen.cli.recovering import Wanted
    from bluegreen.cli.recovering import recover as act

    return act(common, Wanted(pair, run, finish, undo, yes, plan, tuple(probe or ())))


@app.command()
@o.with_common
def failover(
    common: o.Common,
    pair: o.PairWords,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ROUTER", help="Who is to serve.")
    ] = None,
    plan: o.PlanOnly = False,
    expect: o.Expected = None,
    yes: o.Yes = False,
    probe: o.Probes = None,
    break_lock: o.BreakLock = None,
) -> int:
    """Switch on purpose, and stay there until `restore`."""
    from bluegreen.cli.running import Wish, start

    wish = Wish("failover", pair, "failover", None, plan, expect, yes, to=to)
    return start(common, wish.probed_too(probe).breaking(break_lock))


@app.command()
@o.with_common
def restore(
    common: o.Common,
    pair: o.PairWords,
    plan: o.PlanOnly = False,
    yes: o.Yes = False,
    probe: o.Probes = None,
    break_lock: o.BreakLock = None,
) -> int:
    """Give back what a failover or --stay-switched holds; the roles follow."""
    from bluegreen.cli.running import Wish, start

    wish = Wish("restore", pair, "restore", None, plan, None, yes)
    return start(common, wish.probed_too(probe).breaking(break_lock))


@app.command()
@o.with_common
def provision(
    common: o.Common,
    pair: o.PairWords,
    plan: o.PlanOnly = False,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="On two bare routers, simulated; connect nowhere.")
    ] = False,
    join: Annotated[
        str | None, typer.Option("--join", metavar="ROUTER", help="Add it to the pair as a spare.")
    ] = None,
    expect: o.Expected = None,
    yes: o.Yes = False,
) -> int:
    """Make two routers the pair that the inventory describes; what is right already stays."""
    from bluegreen.cli.provision import Words
    from bluegreen.cli.provision import provision as act

    return act(common, Words(pair, join, plan, rehearse, expect, yes))


@app.command()
@o.with_common
def status(
    common: o.Common,
    pair: o.PairWords,
    watch: Annotated[bool, typer.Option("--watch", help="Again and again.")] = False,
) -> int:
    """Show who serves, and where a run stands."""
    from bluegreen.cli.inspect import status as act

    return act(common, pair, watch)


@app.command()
@o.with_common
def check(
    common: o.Common,
    pair: o.PairWords,
    to: o.Target = None,
    active: Annotated[
        bool,
        typer.Option("--active", help="Have the routers ask VIPs and mirrors, too."),
    ] = False,
    print_privileges: Annotated[
        bool, typer.Option("--print-privileges", help="List what a plan may run, and as whom.")
    ] = False,
    gre: Annotated[
        bool, typer.Option("--gre", help="Whether a BACKUP sends from a VIP (FreeBSD bug 166462).")
    ] = False,
) -> int:
    """Say what is wrong with a pair, what shows it, and the way out; change nothing."""
    if gre:
        from bluegreen.cli.gre import check_gre

        return check_gre(common, pair)
    from bluegreen.cli.checking import Wanted
    from bluegreen.cli.checking import check as act

    return act(common, Wanted(pair, _target(to), print_privileges, active))


@app.command()
@o.with_common
def rehearse(
    common: o.Common,
    pair: o.PairWords,
    to: o.Target = None,
    strategy: o.Strategy = None,
    playbook: o.PlaybookFile = None,
    fault: o.Faults = None,
    then: o.Then = None,
    exhaustive: Annotated[
        bool,
        typer.Option(
            "--exhaustive", help="Explore: crashes, lost answers and dead routers at every point."
        ),
    ] = False,
    to_the_end: Annotated[
        bool,
        typer.Option(
            "--to-the-end", help="Explore each to its own end, also where another stood the same."
        ),
    ] = False,
    several: Annotated[
        int, typer.Option("--runs", metavar="N", min=0, help="Explore N runs with 2 to 4 faults.")
    ] = 0,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="TIME", help="Explore no longer than that.")
    ] = None,
    seed: o.Seed = 0,
    twin: o.Twin = None,
    stay_switched: o.StaySwitched = False,
    plan: Annotated[bool, typer.Option("--plan", help="Print the plan instead.")] = False,
    lab: Annotated[
        bool, typer.Option("--lab", help="With real packets, on this Linux machine, as root.")
    ] = False,
) -> int:
    """Upgrade a simulated pair by the same code, breaking it on purpose if you like."""
    from bluegreen.cli.rehearsing import Rehearsed, rehearse_words

    words = Rehearsed(
        pair,
        _playbook(strategy, playbook),
        _target(to),
        stay_switched=stay_switched,
        plan_only=plan,
        faults=tuple(fault or ()),
        then=tuple(then or ()),
        exhaustive=exhaustive,
        to_the_end=to_the_end,
        runs=several,
        budget_s=_budget_s(budget),
        seed=seed,
        twin=twin,
    )
    if lab:
        from bluegreen.cli.lab_rehearsal import rehearse_in_lab

        return rehearse_in_lab(common, words)
    return rehearse_words(common, words)


@app.command()
@o.with_common
def facts(common: o.Common, pair: o.PairWords) -> int:
    """Print what both routers say, as JSON: what `rehearse --twin` rehearses on."""
    from bluegreen.cli.inspect import facts as act

    return act(common, pair)


@app.command()
@o.with_common
def runs(common: o.Common, pair: o.MaybePair = None) -> int:
    """List the runs of this machine's journal."""
    from bluegreen.cli.inspect import runs as act

    return act(common, pair)


@app.command()
@o.with_common
def show(
    common: o.Common,
    run: o.RunName = None,
    pair: o.MaybePair = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as events come.")] = False,
) -> int:
    """Show one run: what was done, in which order, and how it ended."""
    from bluegreen.cli.inspect import show as act

    return act(common, run, pair, follow)


@app.command()
@o.with_common
def parse(
    _: o.Common,
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="ifconfig, ospf, freebsd-update, ...")
    ],
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Else stdin.")] = None,
) -> int:
    """Read any router output, and print it as JSON."""
    from bluegreen.cli.output import say
    from bluegreen.cli.parse import parse as act

    say(act(kind, file))
    return 0


@app.command()
@o.with_common
def schema(
    _: o.Common,
    kind: Annotated[str, typer.Argument(metavar="[playbook|inventory]")] = "inventory",
) -> int:
    """Print the JSON schema of hosts.yaml or of a playbook."""
    from bluegreen.cli.output import say
    from bluegreen.cli.parse import schema as act

    say(act(kind))
    return 0


@app.command()
@o.with_common
def version(_: o.Common) -> int:
    """Print the version."""
    from bluegreen import __version__
    from bluegreen.cli.output import say

    say(__version__)
    return 0
