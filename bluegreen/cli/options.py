"""The options that several commands share."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, update_wrapper
from inspect import Signature, signature
from pathlib import Path
from shlex import quote
from typing import Annotated, Concatenate

import typer

PairWords = Annotated[
    str, typer.Option("--pair", help="Two routers, A,B, or the name of a pair.", show_default=False)
]
MaybePair = Annotated[
    str | None, typer.Option("--pair", help="The pair whose last run is meant.", show_default=False)
]
RunName = Annotated[str | None, typer.Argument(metavar="[RUN]", help="Which run; else --pair.")]
Inventory = Annotated[
    Path | None, typer.Option("-i", "--inventory", metavar="FILE", help="Instead of hosts.yaml.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout: a document, or events.")]
StateDir = Annotated[
    Path | None, typer.Option("--state-dir", metavar="DIR", help="Where the journal lies.")
]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say more.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours, no live view.")]
Strategy = Annotated[str | None, typer.Option("--strategy", metavar="NAME", help="A playbook.")]
PlaybookFile = Annotated[
    str | None, typer.Option("--playbook", metavar="FILE", help="A playbook of your own.")
]
Target = Annotated[
    str | None,
    typer.Option("--to", metavar="RELEASE", help="14.3-RELEASE; else the newest patch level."),
]
Probes = Annotated[
    list[str] | None,
    typer.Option(
        "--probe",
        metavar="SPEC",
        help="Watch this too: icmp:HOST, tcp:HOST:PORT, flow:HOST:PORT or a URL, "
        "then [@PERIOD][,via=HOST]; repeatable.",
    ),
]
PlanOnly = Annotated[bool, typer.Option("--plan", help="Print it, change nothing.")]
Expected = Annotated[
    str | None, typer.Option("--expect", metavar="HASH", help="Refuse another plan than this.")
]
StaySwitched = Annotated[bool, typer.Option("--stay-switched", help="End with the peer serving.")]
BreakLock = Annotated[
    str | None,
    typer.Option(
        "--break-lock",
        metavar="RUN",
        help="Take the lock of a run that is dead and left nothing half-done.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing.")]
Faults = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="NAME[:WHAT][@STEP][#N]", help="Break it on purpose."),
]
Then = Annotated[
    list[str] | None,
    typer.Option(
        "--then",
        metavar="WORD",
        help="What is typed when the run has stopped: resume, rollback or repair; repeatable.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Same seed, same rehearsal.")]
Twin = Annotated[
    Path | None, typer.Option("--twin", metavar="FILE", help="Rehearse on recorded facts.")
]


class StoppedAtOnce(BaseException):
    """The second signal; no handler of errors, ours or a library's, may take it for one."""


@dataclass(frozen=True, slots=True)
class Common:
    """What every command is told."""

    inventory: Path | None = None
    json: bool = False
    state_dir: Path | None = None
    verbose: bool = False
    no_color: bool = False

    def places(self) -> str:
        """Return what must be typed again so that the same inventory and journal are meant."""
        named = (("-i", self.inventory), ("--state-dir", self.state_dir))
        return " ".join(f"{option} {quote(str(path))}" for option, path in named if path)

    def state(self) -> Path:
        """Return the directory of the journal, made if need be, for its owner alone."""
        from bluegreen.cli.state_dir import own_directory

        return own_directory(self.state_dir or _default_state(), partial(typer.echo, err=True))


def with_common(act: Callable[Concatenate[Common, ...], int]) -> Callable[..., None]:
    """Return what typer is to register for a command: its own words, then those of every command.

    Typer learns the words from the signature and hands each over by its name. The status that
    the command returns becomes that of the process.
    """

    def told(
        inventory: Inventory = None,
        json: Json = False,
        state_dir: StateDir = None,
        verbose: Verbose = False,
        no_color: NoColor = False,
        **own: object,
    ) -> None:
        raise typer.Exit(act(Common(inventory, json, state_dir, verbose, no_color), **own))

    _common, *own_words = signature(act).parameters.values()
    *shared_words, _own = signature(told).parameters.values()
    update_wrapper(told, act)
    vars(told)["__signature__"] = Signature([*own_words, *shared_words])
    return told


def _default_state() -> Path:
    """Return the place of the XDG base directory specification."""
    home = os.environ.get("XDG_STATE_HOME")
    return Path(home if home else Path.home() / ".local" / "state") / "bluegreen"
