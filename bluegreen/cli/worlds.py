"""The composition root: introduces engine and world to each other."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from bluegreen.errors import UsageError
from bluegreen.freebsd.paths import Paths
from bluegreen.model.design import Design
from bluegreen.model.facts import PairFacts
from bluegreen.model.pair import FloatingAddress, Jump, Pair, ProbeTarget, Router
from bluegreen.remote import open_stream, transport
from bluegreen.remote.clock import SystemClock
from bluegreen.remote.settings import Escalation, SshSettings
from bluegreen.sim.faults import Fault
from bluegreen.sim.world import SimWorld, View
from bluegreen.world import Probe, Provider, Transport, World


def live_world(pair: Pair, *, looks: bool = False) -> World:
    """Return the doors over SSH and to the provider; nothing is opened before the first question.

    Args:
        pair: The routers.
        looks: Nothing is going to be changed: who serves can be told without the provider's keys.

    Raises:
        UsageError: the credentials for the provider cannot be read.
    """
    clock = SystemClock()

    def door(router: Router) -> Transport:
        return transport(_settings(router))

    return World(
        kind="live",
        transports={router.name: door(router) for router in pair.routers},
        clock=clock,
        provider=_provider(pair.ipfo, clock.now_s, looks) if pair.ipfo else None,
        probe=live_probe(pair.probes) if pair.probes else None,
        remotes={remote.router.name: door(remote.router) for remote in pair.remotes} or None,
    )


def _provider(wanted: FloatingAddress, now_s: Callable[[], float], looks: bool) -> Provider:
    from bluegreen.providers.ovh import ClosedDoor, ovh_door

    try:
        return ovh_door(wanted, now_s)
    except UsageError as error:
        if looks:
            return ClosedDoor(error)
        raise


def live_probe(targets: Sequence[ProbeTarget]) -> Probe:
    """Return a probe of real targets, from here and over SSH from elsewhere.

    Raises:
        UsageError: a target is to be probed more often than can be.
        RefusedError: a name is unknown, or this user may not send ICMP.
    """
    from bluegreen.probe.live import make_probe

    return make_probe(targets, lambda host, script: open_stream(_settings(host), script))


def _settings(router: Router) -> SshSettings:
    return SshSettings(
        name=router.name,
        host=router.address,
        port=router.port,
        user=router.user,
        identity=_path(router.identity),
        known_hosts=_path(router.known_hosts),
        escalate=cast("Escalation", router.escalate),  # the inventory knows no other word
        jump=_jump(router.jump) if router.jump else None,
        jump_identity=_path(router.jump.identity) if router.jump else None,
        jump_known_hosts=_path(router.jump.known_hosts) if router.jump else None,
        connect_timeout_s=router.connect_timeout_s,
    )


def _path(written: str | None) -> Path | None:
    return Path(written) if written else None


def _jump(jump: Jump) -> str:
    user = f"{jump.user}@" if jump.user else ""
    port = f":{jump.port}" if jump.port else ""
    return f"{user}{jump.address}{port}"


def rehearsed_world(pair: Pair, seed: int = 0, faults: Sequence[Fault] = ()) -> SimWorld:
    """Return the pair that the inventory describes, simulated."""
    from bluegreen.sim.build import specs_from_rehearsal, start_of_rehearsal
    from bluegreen.sim.start import planted

    first, second = specs_from_rehearsal(pair)
    return SimWorld(
        (planted(first), planted(second)),
        seed,
        faults,
        start=start_of_rehearsal(pair),
        outside=View(ipfo=pair.ipfo),
        paths=_paths(pair),
    )


def twin_world(
    pair: Pair, facts: PairFacts, target: str | None, seed: int = 0, faults: Sequence[Fault] = ()
) -> SimWorld:
    """Return the pair as it was observed, simulated."""
    from bluegreen.sim.twin import specs_from_facts, start_of_facts

    return SimWorld(
        specs_from_facts(facts, target),
        seed,
        faults,
        start=replace(start_of_facts(facts), cables=_cables(pair)),
        outside=View(ipfo=pair.ipfo),
        paths=_paths(pair),
    )


def bare_world(pair: Pair, design: Design, seed: int = 0) -> SimWorld:
    """Return two simulated routers that have addresses, and nothing of the design yet."""
    from bluegreen.sim.bare import specs_from_design, start_of_bare

    specs, begins = specs_from_design(pair, design), start_of_bare(pair, design)
    return SimWorld(specs, seed, start=begins, paths=_paths(pair))


def _cables(pair: Pair) -> tuple[tuple[str, str], ...]:
    from bluegreen.sim.bare import cables_of

    return cables_of(pair, pair.design) if pair.design else ()


def _paths(pair: Pair) -> dict[str, Paths]:
    return {router.name: Paths(router.state_dir) for router in pair.routers}


def without_remotes(pair: Pair) -> Pair:
    """Return the pair as a simulated world can show it: nobody is at the far ends there, and no
    script sets the MAC of an interface."""
    ipfo = pair.ipfo if pair.ipfo and pair.ipfo.binding != "role" else None
    return replace(pair, remotes=(), ipfo=ipfo)
