"""What `bluegreen ipfo` does with its words."""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from bluegreen.cli.files import load_inventory
from bluegreen.cli.look import look
from bluegreen.cli.options import Common
from bluegreen.cli.output import say, tell
from bluegreen.cli.running import Wish, start
from bluegreen.cli.worlds import live_world
from bluegreen.engine.waiting import wait_until
from bluegreen.errors import (
    BluegreenError,
    NeedsHumanError,
    OutcomeUnknownError,
    RefusedError,
    StoppedError,
    UsageError,
)
from bluegreen.ipfo.calls import create
from bluegreen.ipfo.reader import Reader
from bluegreen.ipfo.replies import Rule, Task
from bluegreen.ipfo.rights import for_new_macs, least
from bluegreen.model.command import Script
from bluegreen.model.facts import Floating, PairFacts
from bluegreen.model.fields import is_address
from bluegreen.model.pair import FloatingAddress, Pair
from bluegreen.policy.floating import macs_of, server_of
from bluegreen.providers.keys import written
from bluegreen.providers.ovh import SignedApi, ovh_door, signed_api
from bluegreen.remote.clock import SystemClock
from bluegreen.report.ipfo import IpfoView, MacView, ipfo_json, render_ipfo

Value = TypeVar("Value")
REFUSED = 3
KINDS = ("ovh", "vmware")


@dataclass(frozen=True, slots=True)
class NewMac:
    """What was typed for a virtual MAC."""

    address: str
    kind: str
    machine: str


def show(common: Common, pair_words: str) -> int:
    """Say all that can be found out; exit 3 where something would keep it from being moved."""
    pair, wanted = _pair(common, pair_words)
    facts = look(pair, live_world(pair))
    view = _view(wanted, facts, signed_api(wanted))
    say((ipfo_json if common.json else render_ipfo)(view))
    return REFUSED if view.problems else 0


def _pair(common: Common, pair_words: str) -> tuple[Pair, FloatingAddress]:
    pair = load_inventory(common.inventory).pair(pair_words)
    if pair.ipfo is None:
        raise UsageError(
            f"{pair.name} has no `ipfo:` in the inventory", "--pair", "See docs: inventory, ipfo."
        )
    return pair, pair.ipfo


class _Asking:
    """Asks one thing after the other; what cannot be answered is noted, once."""

    def __init__(self, problems: Iterable[str]) -> None:
        self._problems = list(problems)
        self.failed = False

    def __call__(self, ask: Callable[[], Value], otherwise: Value) -> Value:
        try:
            return ask()
        except BluegreenError as error:
            self.failed = True
            self._problems.append(error.what)
            return otherwise

    def problems(self, more: Iterable[str] = ()) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self._problems, *more)))


def _view(wanted: FloatingAddress, facts: PairFacts, api: SignedApi) -> IpfoView:
    asking, reader = _Asking(f"{u.name}: {u.reason}" for u in facts.unseen()), Reader(api, wanted)
    key = asking(reader.credential, None)
    if key is None and asking.failed:  # whatever else is asked, the answer would be the same
        return IpfoView(wanted.address, wanted.binding, wanted.mode, asking.problems())
    macs = {} if wanted.services else macs_of(facts, wanted)
    views = tuple(
        MacView(router, mac, asking(partial(reader.held_by, mac), ()))
        for router, mac in macs.items()
    )
    holder = None if wanted.services else asking(partial(reader.holder, wanted.address), None)
    none: tuple[Task, ...] = ()
    service, tasks = asking(reader.routed_to, None), asking(reader.open_tasks, none)
    floating = facts.outside.floating
    known = floating if isinstance(floating, Floating) else None
    return IpfoView(
        wanted.address,
        wanted.binding,
        wanted.mode,
        asking.problems(known.problems if known else ()),
        serves=server_of(facts, wanted.address),
        router=known.router if known else None,
        settled=known.settled if known else False,
        detail=known.detail if known else "",
        service=service,
        holder=holder,
        macs=views,
        tasks=tuple(map(str, tasks)),
        key_status=key.status if key else "of a service account: its rights cannot be read",
        key_expires=key.expires if key else None,
        rules=tuple(map(str, key.rules)) if key else (),
    )


def move(common: Common, wish: Wish) -> int:
    """Make a run that has the address sent to its MASTER."""
    pair, wanted = _pair(common, wish.pair_words)
    if not wanted.moves:
        why = "mode: verify" if wanted.mode == "verify" else f"binding: {wanted.binding}"
        raise UsageError(
            f"{wanted.address} is moved by something else ({why})", pair.name, "Set mode: move."
        )
    return start(common, wish)


def grant(common: Common, pair_words: str, file: Path | None, new_macs: bool) -> int:
    """Print the rules, or have OVH make a key with them; the key goes into a file, unseen."""
    _, wanted = _pair(common, pair_words)
    rules = (*least(wanted), *(for_new_macs(wanted) if new_macs else ()))
    if file is None:
        asked = {"accessRules": [{"method": rule.method, "path": rule.path} for rule in rules]}
        say(json.dumps(asked, indent=2) if common.json else _told(rules))
        return 0
    if file.exists():
        raise UsageError(f"{file}: there is one already", "--request", "Name a new file.")
    api = signed_api(wanted)
    key = api.request_key(rules)
    written(api.keys(str(key.get("consumerKey") or "")), file)
    say(f"open     {key.get('validationUrl')}\nthen     credentials: {{file: {file}}}")
    return 0


def _told(rules: Iterable[Rule]) -> str:
    lines = "\n".join(f"  {rule}" for rule in rules)
    return (
        f"a key for this address must be allowed, and no more:\n{lines}\n"
        "`--request FILE` asks OVH for such a key; with an OAuth2 service account, the same "
        "actions are given by an IAM policy"
    )


def vmac(common: Common, pair_words: str, new: NewMac, yes: bool) -> int:
    """Make a virtual MAC, and wait until OVH has made it."""
    pair, wanted = _pair(common, pair_words)
    if new.kind not in KINDS:
        raise UsageError(f"`{new.kind}` is no type; ovh or vmware", "--type")
    if not is_address(new.address):
        raise UsageError(f"`{new.address}` is no IP address", "--address")
    if wanted.services:
        raise UsageError(f"{pair.name} has two servers (`services`)", "--pair", "Use the manager.")
    order = create(wanted.service, new.address, new.kind, new.machine)
    tell(f"$ {order}")
    _confirm(yes)
    clock, reader = SystemClock(), Reader(signed_api(wanted), wanted)
    door = ovh_door(wanted, clock.now_s)
    try:
        (done,) = door.run(Script((order,)))
    except OutcomeUnknownError:
        tell("its answer was lost: waiting for what came of it")
    else:
        if not done.ok:
            raise RefusedError(done.stderr.strip(), "ovh")
        tell(done.stdout.strip())
    made: list[str] = []

    def there() -> bool:
        found = _Asking(())(partial(reader.holder, new.address), None)
        made.extend([found] if found else [])
        return bool(made)

    if not wait_until(clock, there, limit_s=wanted.budget_s):
        raise NeedsHumanError(
            f"after {wanted.budget_s:.0f} s {new.address} has no virtual MAC; no router was "
            "touched, and the address is bound to what it was bound to",
            "ovh",
            f"`bluegreen ipfo show --pair {pair.name}` lists the tasks of the server: ask again "
            "once none is open, and OVH's support about one that stays.",
        )
    say(made[0])
    return 0


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to say yes", "terminal", "Add --yes.")
    tell("Go on? [y/N] ")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise StoppedError("nothing was changed", "ovh", "Start again when ready.")
