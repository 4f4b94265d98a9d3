"""What a provisioning works on, from an inventory, or again from the beginning of a run."""

from dataclasses import replace

from bluegreen.carp.predict import slowest_drain
from bluegreen.cli.files import load_playbook
from bluegreen.cli.pinned import Subject
from bluegreen.cli.request import JOIN, Request
from bluegreen.cli.secrets import passwords_of, placeholders
from bluegreen.errors import UsageError
from bluegreen.model.design import Design
from bluegreen.model.events import RunStarted
from bluegreen.model.inventory import Inventory
from bluegreen.model.pair import Pair

SPARE = (
    239  # advskew of a spare: slower than what a drain raises to, and not yet 240, where all tie
)
REHEARSAL = "rehearsal"


def designed(pair: Pair) -> tuple[Pair, Design]:
    """Return the pair as this command works on it, and its design.

    The floating address and the far ends are left alone: they may have nothing to follow yet.

    Raises:
        UsageError: the inventory does not say what the pair is to be.
    """
    if pair.design is None:
        raise UsageError(
            f"the pair {pair.name} has no `provision:` block",
            "provision",
            "docs/how-to/provision.md shows one.",
        )
    return replace(pair, ipfo=None, remotes=(), outage_budget_s=None), pair.design


def joined_pair(
    inventory: Inventory, pair: Pair, design: Design, spare: str, serving: str, slowest: int = 0
) -> Pair:
    """Return the router that serves and the spare, with what the spare is to be.

    Raises:
        UsageError: the spare is no router of the inventory, or no skew is left for it.
    """
    two = inventory.pair(f"{serving},{spare}")
    vhids = []
    for vhid in design.vhids:
        skews = dict(vhid.advskew)
        highest = max([slowest, *(skews[name] for name in pair.names)])
        skew, drained = skews.get(spare, SPARE), slowest_drain(highest)
        if skew <= drained:
            raise UsageError(
                f"vhid {vhid.vhid}: advskew {skew} of {spare} is not above {drained}, which a run "
                f"raises one of {pair.name} to (they have {highest} at most): the spare would "
                "take the role in a switch",
                "--join",
                f"Give {spare} more, {SPARE} at most, or the pair less.",
            )
        names = dict(vhid.interfaces)
        same = {names[name] for name in pair.names}
        if spare not in names and len(same) > 1:
            raise UsageError(f"vhid {vhid.vhid}: no interface for {spare}", "--join")
        interface = names.get(spare) or next(iter(same))
        vhids.append(
            replace(
                vhid,
                interfaces=((serving, names[serving]), (spare, interface)),
                advskew=((serving, skews[serving]), (spare, skew)),
            )
        )
    return replace(
        pair,
        name=f"{pair.name}+{spare}",
        routers=two.routers,
        prefer=serving,
        probes=(),
        design=replace(design, vhids=tuple(vhids)),
    )


def subject_again(inventory: Inventory, started: RunStarted) -> Subject:
    """Return what a run works on that was begun before; passwords are read anew."""
    joins = next((o.removeprefix(JOIN) for o in started.options if o.startswith(JOIN)), None)
    if joins:
        pair, design = designed(inventory.pair(joins))
        pair = joined_pair(inventory, pair, design, started.green, started.blue)
    else:
        pair, design = designed(inventory.pair(",".join(started.routers)))
    return Subject(
        pair,
        load_playbook(started.playbook),
        passwords_of(design),
        (started.green, joins) if joins else None,
    )


def rehearsed(pair: Pair, design: Design) -> Request:
    """Return a request for routers that have nothing of the design yet."""
    return Request(
        command="provision",
        pair=pair,
        playbook=load_playbook("provision"),
        blue=pair.peer_of(pair.prefer or pair.names[0]).name,
        run=REHEARSAL,
        passwords=placeholders(design),
    )
