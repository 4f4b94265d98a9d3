"""`bluegreen provision`: from the inventory to a working pair, by the same runner as everything."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bluegreen.cli.files import load_inventory, load_playbook
from bluegreen.cli.locking import refuse_foreign_lock
from bluegreen.cli.look import look_or_refuse
from bluegreen.cli.options import Common
from bluegreen.cli.output import Stageplay, Stopper, say, shown, verdict
from bluegreen.cli.planning import plan_of, plan_on_twin
from bluegreen.cli.provision_request import designed, joined_pair, rehearsed
from bluegreen.cli.rehearsal import ended, perform
from bluegreen.cli.request import Request, choose_blue, host, new_run, owner
from bluegreen.cli.running import Wish, asks_nobody, carry_out, close, confirm, show_plan
from bluegreen.cli.secrets import passwords_of, placeholders
from bluegreen.cli.worlds import bare_world, live_world
from bluegreen.errors import RefusedError, UsageError
from bluegreen.model.design import Design
from bluegreen.model.facts import PairFacts
from bluegreen.model.hidden import Secret
from bluegreen.model.inventory import Inventory
from bluegreen.model.pair import Pair
from bluegreen.model.verdict import Verdict, all_of
from bluegreen.policy.masking import masked
from bluegreen.policy.provisionable import provisionable
from bluegreen.sim.world import SimWorld

STEPS = frozenset({"files", "kernel", "vhids", "tunnels", "daemons", "provisioned"})


@dataclass(frozen=True, slots=True)
class Words:
    """What was typed."""

    pair: str
    join: str | None = None
    plan_only: bool = False
    rehearse: bool = False
    expect: str | None = None
    yes: bool = False


def provision(common: Common, words: Words) -> int:
    """Make two routers what the inventory says, or say that they are."""
    inventory = load_inventory(common.inventory)
    pair, design = designed(inventory.pair(words.pair))
    if words.rehearse:
        return _rehearse(common, words, pair, design)
    wish = Wish(
        "provision", words.pair, "provision", None, words.plan_only, words.expect, words.yes
    )
    asks_nobody(wish)
    passwords = passwords_of(design)
    joined = pair
    if words.join:
        joined = _joined(inventory, pair, design, words.join)
    world = live_world(joined)
    try:
        facts = look_or_refuse(joined, world)
        request = _request(common, words, joined, facts, passwords)
        if not words.plan_only:
            refuse_foreign_lock(common, facts)
        if _nothing_to_do(request, facts):
            say(f"{' and '.join(_changed(request))}: as the inventory says; nothing to do")
            return 0
        _refuse_obstacles(request, facts)
        in_plan = replace(request, passwords=placeholders(design))
        planned = plan_on_twin(in_plan, masked(facts, request.setting()))
        if words.expect and planned.hash != words.expect:
            what = f"the plan is {planned.hash} now, not {words.expect}: something has changed"
            raise RefusedError(what, pair.name, "Read the plan again: --plan.")
        if words.plan_only:
            return show_plan(common, in_plan, planned)
        confirm(wish, request, planned)
        return carry_out(common, wish, request, world, planned)
    finally:
        close(world)


def _request(
    common: Common,
    words: Words,
    pair: Pair,
    facts: PairFacts,
    passwords: Mapping[int, Secret],
) -> Request:
    now = datetime.now().astimezone()
    return Request(
        command="provision",
        pair=pair,
        playbook=load_playbook("join" if words.join else "provision"),
        blue=_blue(pair, facts, words.join),
        run=new_run(now),
        since=now.isoformat(timespec="seconds"),
        owner=owner(),
        host=host(),
        pid=os.getpid(),
        places=common.places(),
        inventory_file=str((common.inventory or Path("hosts.yaml")).absolute()),
        passwords=passwords,
        joins=(words.join, words.pair) if words.join else None,
    )


def _blue(pair: Pair, facts: PairFacts, spare: str | None) -> str:
    """Return who is changed last: who serves; where nobody does, who is not preferred."""
    if spare:
        return pair.peer_of(spare).name
    both = facts.both()
    if both and any(router.masters() for router in both):
        return choose_blue(pair, facts)
    return pair.peer_of(pair.prefer or pair.names[0]).name


def _changed(request: Request) -> tuple[str, ...]:
    return (request.joins[0],) if request.joins else request.pair.names


def _nothing_to_do(request: Request, facts: PairFacts) -> Verdict:
    steps = [p.step for p in request.plan.steps if p.step.name in STEPS]
    return all_of(step.done(facts) for step in steps)


def _refuse_obstacles(request: Request, facts: PairFacts) -> None:
    """Refuse at once, with every reason: a run would only find them again.

    Raises:
        RefusedError: the pair cannot be changed as it is.
    """
    checks = provisionable(facts, request.setting())
    reasons = [f"{name}: {reason}" for name, verdict in checks for reason in verdict.reasons]
    if reasons:
        advice = "Nothing was changed. Mend what is named, then start again."
        raise RefusedError("\n".join(reasons), request.pair.name, advice)


# -- a spare ----------------------------------------------------------------------


def _joined(inventory: Inventory, pair: Pair, design: Design, spare: str) -> Pair:
    """Look at the pair, and return who serves there together with the router that joins."""
    if spare in pair.names:
        raise UsageError(f"{spare} is one of {pair.name}", "--join")
    world = live_world(pair)
    try:
        facts = look_or_refuse(pair, world)
    finally:
        close(world)
    running = [v.carp.advskew for r in facts.both() or () for v in r.vhids]
    return joined_pair(
        inventory, pair, design, spare, choose_blue(pair, facts), max(running or [0])
    )


# -- rehearsal --------------------------------------------------------------------


def _rehearse(common: Common, words: Words, pair: Pair, design: Design) -> int:
    """Provision two bare routers that are simulated; no password is read."""
    if words.join:
        raise UsageError("a spare is rehearsed with --plan, on what its pair is now", "--join")
    request = rehearsed(pair, design)
    world: SimWorld = bare_world(pair, design)
    if words.plan_only:
        return show_plan(common, request, plan_of(request, world))
    play = Stageplay(request.plan, world.doors(), live=False)
    with shown(common, play) as listeners, Stopper() as stopper:
        state = perform(world, request, listeners, stop=stopper)
    return verdict(common, ended(state), state, rehearsed=True)
