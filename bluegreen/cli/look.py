"""The first look at a live pair, and what refuses it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address

from bluegreen.cli.execute import dialect_of
from bluegreen.engine.observer import Observer
from bluegreen.engine.together import together
from bluegreen.engine.waiting import wait_until
from bluegreen.errors import BluegreenError, RefusedError, UsageError
from bluegreen.model.command import Output, Script, legible
from bluegreen.model.facts import PairFacts, Unknown, Unseen
from bluegreen.model.pair import Pair
from bluegreen.world import World

PATIENCE_S = 6.0  # a connection that was lost once is tried again
USAGE = UsageError.__name__
FINAL = ("HostKeyError", USAGE, "RefusedError", "ParseError")


def observer_of(pair: Pair, world: World) -> Observer:
    """Return who looks again and again: of a provider it asks all at its first look only."""
    return Observer(world, dialect_of(pair), pair.ipfo)


def look(pair: Pair, world: World, observer: Observer | None = None) -> PairFacts:
    """Return what is seen; reads are retried, a strange host key never is."""
    observer = observer or observer_of(pair, world)
    seen: list[PairFacts] = []

    def once() -> bool:
        seen.append(observer.look())
        return all(router.kind in FINAL for router in seen[-1].unseen())

    wait_until(world.clock, once, limit_s=PATIENCE_S, longest_s=2.0)
    return seen[-1]


def look_or_refuse(pair: Pair, world: World, observer: Observer | None = None) -> PairFacts:
    """Return facts of both routers.

    Raises:
        UsageError: a file of the settings cannot be used.
        RefusedError: a router cannot be observed.
    """
    return refuse_unseen(look(pair, world, observer))


def refuse_unseen(facts: PairFacts) -> PairFacts:
    """Return the facts if both routers were seen.

    Raises:
        UsageError: a file of the settings cannot be used.
        RefusedError: a router cannot be observed.
    """
    if unseen := facts.unseen():
        raise _refusal(unseen)
    return facts


def usable(facts: PairFacts) -> PairFacts:
    """Return the facts whatever was seen, unless our own settings are why something was not.

    Raises:
        UsageError: a file of the settings cannot be used.
    """
    if any(router.kind == USAGE for router in facts.unseen()):
        raise _refusal(facts.unseen())
    return facts


def asked(world: World, scripts: Mapping[str, Script]) -> dict[str, tuple[Output, ...] | Unknown]:
    """Return what each router answers to questions of its own; unknown, with why, where it fails.

    Args:
        world: The doors.
        scripts: By router; they only read.
    """

    def asking(router: str, script: Script) -> Callable[[], tuple[Output, ...] | Unknown]:
        def ask() -> tuple[Output, ...] | Unknown:
            try:
                return legible(world.transports[router].run(script))
            except BluegreenError as error:
                return Unknown(error.what)

        return ask

    asks = {router: asking(router, script) for router, script in scripts.items()}
    return together(asks, parallel=world.parallel)


def _refusal(unseen: tuple[Unseen, ...]) -> UsageError | RefusedError:
    kind = UsageError if any(u.kind == USAGE for u in unseen) else RefusedError
    what = "\n".join(f"{u.name}: {u.reason}" if len(unseen) > 1 else u.reason for u in unseen)
    moves = dict.fromkeys(u.next_move for u in unseen)
    advice = "\n        ".join(("Nothing was changed.", *filter(None, moves)))
    return kind(what, unseen[0].name if len(unseen) == 1 else "pair", advice)


@contextmanager
def probing(world: World) -> Iterator[None]:
    """Probe while the block lasts: a look asks whether the VIPs answer."""
    if world.probe is None:
        yield
        return
    world.probe.start()
    try:
        yield
    finally:
        world.probe.stop()


def not_probed(pair: Pair, facts: PairFacts) -> str | None:
    """Say which VIPs nobody watches; None: all are watched. Names are not looked up."""
    watched = {_plain(target.host) for target in pair.probes}
    vips = dict.fromkeys(_plain(a) for group in facts.groups() for a in group.addresses)
    missing = ", ".join(vip for vip in vips if vip not in watched)
    if not missing:
        return None
    return f"not probed: {missing}; an outage of theirs is neither measured nor waited out"


def _plain(address: str) -> str:
    """Return an address as it is compared: without its prefix length, written one way."""
    bare = address.partition("/")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return bare
