"""`rehearse --lab`: the whole run on a lab of the same shape, with real packets."""

import os
from dataclasses import replace

from bluegreen.cli.files import load_inventory
from bluegreen.cli.options import Common
from bluegreen.cli.output import tell
from bluegreen.cli.rehearsing import Rehearsed
from bluegreen.cli.running import Wish, start
from bluegreen.errors import UsageError
from bluegreen.lab.inventory import PAIR
from bluegreen.lab.lab import lab_of
from bluegreen.lab.site import VHIDS_MAX, Carriage, Options
from bluegreen.model.pair import Pair

LABEL = "real packets; our CARP daemon on Linux, not FreeBSD's kernel"


def rehearse_in_lab(common: Common, words: Rehearsed) -> int:
    """Make a lab, run there what was typed, take it away; exit as the run does."""
    _check(words)
    pair = load_inventory(common.inventory).pair(words.pair_words)
    options = options_of(pair)
    tell(f"rehearsing in a lab of {options.vhids} vhids ({LABEL})")
    with lab_of(options, f"r{os.getpid()}") as lab:
        there = replace(common, inventory=lab.inventory, state_dir=lab.directory / "state")
        wish = Wish(
            "upgrade",
            PAIR,
            words.playbook,
            words.target,
            plan_only=words.plan_only,
            expect=words.expect,
            yes=True,
            stay_switched=words.stay_switched,
            rehearsed=True,
        )
        return start(there, wish)


def options_of(pair: Pair) -> Options:
    """Return a lab of the shape that the inventory's rehearsal block describes.

    Names, skews, versions, how many vhids, how they advertise, and whether each
    router serves some: addresses and numbers are the lab's own.
    """
    shape = pair.rehearsal
    skews = shape.vhids[0].advskew
    return Options(
        routers=(pair.names[0], pair.names[1]),
        vhids=min(len(shape.vhids), VHIDS_MAX),
        skews=skews if skews[0] != skews[1] else Options().skews,
        carriage=_carriage(pair),
        tunnel="vip" if len(shape.vhids) > 1 else "none",
        active_active=len({vhid.master for vhid in shape.vhids}) > 1,
        kernel=shape.version,
        offered=shape.target,
    )


def _carriage(pair: Pair) -> Carriage:
    kinds = {vhid.unicast for vhid in pair.rehearsal.vhids}
    if len(kinds) > 1:
        return "mixed"
    return "unicast" if True in kinds else "multicast"


def _check(words: Rehearsed) -> None:
    """Refuse what only a simulation can do."""
    named = (
        ("--fault", bool(words.faults)),
        ("--then", bool(words.then)),
        ("--exhaustive", words.exhaustive),
        ("--to-the-end", words.to_the_end),
        ("--runs", words.runs != 0),
        ("--budget", words.budget_s is not None),
        ("--twin", words.twin is not None),
        ("--seed", words.seed != 0),
    )
    for option, given in named:
        if given:
            what = "a lab runs on real time and packets, without it"
            raise UsageError(what, f"--lab with {option}", "Leave one of them out.")
