"""A reboot that can be proven, and the way back to the old system."""

import re

from bluegreen.freebsd.commands import (
    activate_environment,
    install_update,
    mark_boot,
    reboot,
    rename_environment,
    rollback_update,
)
from bluegreen.freebsd.paths import MARKER
from bluegreen.model.command import Effect
from bluegreen.model.facts import PairFacts, RouterFacts, Unknown
from bluegreen.model.roles import well
from bluegreen.model.system import JobState, UpdateOutcome
from bluegreen.model.verdict import YES, Verdict, all_of, holds, no
from bluegreen.policy.jobs import Task, launch, outcome
from bluegreen.policy.orders import order
from bluegreen.policy.setting import Setting
from bluegreen.policy.skews import Wanted, changes, fit, guard, hold_all, parked, resting
from bluegreen.policy.switching import yield_orders
from bluegreen.world import Order

INSTALL = "install-{}"
ROLLBACK = "rollback-{}"
HALF_WAY = (UpdateOutcome.REBOOT_THEN_INSTALL, UpdateOutcome.REBUILD_THEN_INSTALL)
JOBS_MAX = 5  # freebsd-update needs three installs at most (FACTS of freebsd-update.sh)


def resting_orders(
    pair: PairFacts, before: PairFacts, facts: RouterFacts, setting: Setting
) -> tuple[Order, ...]:
    """Let a router back its peer up; a peer that serves at what it booted with comes down first.

    After a power cut that both were in, both run at 240, and no skew is slower.
    """
    wanted = resting(pair, before, facts.name)
    peer = pair.seen(pair.peer_name(facts.name))
    if peer and not fit(wanted):
        tight = {w.vhid.group for w in wanted if w.advskew is None}
        at_rest = parked(pair, before, peer.name)
        lower = (w for w in at_rest if w.vhid.group in tight and w.vhid in peer.masters())
        return order(peer, setting, *changes(w for w in lower if _is_less(w)))
    return order(facts, setting, *changes(wanted))


def _is_less(wanted: Wanted) -> bool:
    """A peer that is demoted for a while is waited for; its skew is not what is in the way."""
    return wanted.advskew is not None and wanted.advskew < wanted.vhid.carp.advskew


FORWARD, BACK = "reboot", "revert"  # what a boot of ours is for


def reboot_orders(facts: RouterFacts, setting: Setting, purpose: str) -> tuple[Order, ...]:
    """Mark this boot and note it, then, only where the mark still lies, boot again."""
    boot, paths = facts.boot, setting.paths_of(facts.name)
    if new_boot(facts, setting, purpose):
        return ()
    noted = _noted(facts, setting, purpose)
    if noted is None or boot.marker != setting.run:
        note = f"{setting.run} {purpose} {boot.time_s:.0f}"
        marked = boot.marker == setting.run
        return order(facts, setting, *mark_boot(paths, setting.run, note, marked))
    lock = setting.held(facts.name)
    return (Order(facts.name, (reboot(),), guard(facts, lock, MARKER)),)


def _noted(facts: RouterFacts, setting: Setting, purpose: str) -> float | None:
    """Return the time of the boot that was to be ended for this purpose, s since the epoch."""
    words = (facts.boot.note or "").split()
    if words[:2] != [setting.run, purpose] or not re.fullmatch(r"[0-9]{1,12}", " ".join(words[2:])):
        return None
    return float(words[2])


def new_boot(facts: RouterFacts, setting: Setting, purpose: str) -> Verdict:
    """It booted since: the note is there, the mark is gone with its file system.

    The boot time is the second witness. It differs in either direction: a clock that
    is set moves it too, but leaves the mark where it is.
    """
    noted = _noted(facts, setting, purpose)
    if noted is None:
        return no(f"{facts.name}: it has not been told to boot yet")
    return all_of(
        [
            holds(
                facts.boot.marker is None, f"{facts.name}: the mark of the old boot is still there"
            ),
            holds(
                abs(facts.boot.time_s - noted) > 1,
                f"{facts.name}: booted at {facts.boot.time_s:.0f}, as before",
            ),
        ]
    )


def at_home(pair: PairFacts, name: str) -> Verdict:
    """It runs the boot environment that it ran at the start: the other one is the way back."""
    facts, was = pair.seen(name), pair.before.seen(name) if pair.before else None
    if not facts or not was or isinstance(facts.environments, Unknown):
        return no(f"{name}: which boot environment it runs could not be observed")
    now, then = facts.environment_now(), was.environment_now()
    return holds(now == then, f"{name}: booted {now}, wanted {then}")


def home_or_unseen(pair: PairFacts, name: str) -> Verdict:
    """It was not seen to run another boot environment; what could not be seen is no no here."""
    facts = pair.seen(name)
    if not facts or not pair.before or isinstance(facts.environments, Unknown):
        return YES
    return at_home(pair, name)


def strayed(pair: PairFacts, name: str) -> str | None:
    """Return what is said of a router that was seen to run another boot environment."""
    return str(home_or_unseen(pair, name)) or None


def last_install(facts: RouterFacts) -> tuple[int, UpdateOutcome | None]:
    """Return how many installs were started, and what the last came to."""
    number = 0
    while number < JOBS_MAX and facts.job(INSTALL.format(number + 1)):
        number += 1
    update = outcome(facts.job(INSTALL.format(number))) if number else None
    return number, update.outcome if update else None


def install_orders(facts: RouterFacts, setting: Setting, number: int) -> tuple[Order, ...]:
    task = Task(INSTALL.format(number), install_update(), Effect.DISRUPTIVE)
    return order(facts, setting, *launch(facts, setting.paths_of(facts.name), setting.run, task))


def install_running(facts: RouterFacts) -> bool:
    return any(
        job.state is JobState.RUNNING for job in facts.jobs if job.name.startswith("install-")
    )


def reverted(pair: PairFacts, before: PairFacts, name: str, setting: Setting) -> Verdict:
    """The router runs what it ran: version, kernel and boot environment, and is sound."""
    facts, was = pair.seen(name), before.seen(name)
    if not facts or not was:
        return no(f"{name}: could not be observed")
    environments = _names(facts)
    if _never_touched(facts, was):
        return hold_all(resting(pair, before, name))
    return all_of(
        [
            holds(not install_running(facts), f"{name}: an install is still running"),
            holds(
                facts.versions == was.versions,
                f"{name}: runs {facts.versions.running}, userland {facts.versions.userland}",
            ),
            holds(
                facts.environment_now() == was.environment_now(),
                f"{name}: boot environment is {facts.environment_now()}, "
                f"was {was.environment_now()}",
            ),
            *_next_boot(facts),
            hold_all(resting(pair, before, name)),
            holds(
                not environments or setting.environment not in environments,
                f"{name}: {setting.environment} has not taken its old name back",
            ),
            well(facts),
        ]
    )


def _never_touched(facts: RouterFacts, was: RouterFacts) -> bool:
    """No install was ever started, or what it did is gone with the lock's files."""
    same = facts.versions == was.versions and facts.environment_now() == was.environment_now()
    return facts.job(INSTALL.format(1)) is None and same and all_of(_next_boot(facts)).reasons == ()


def _next_boot(facts: RouterFacts) -> list[Verdict]:
    if isinstance(facts.environments, Unknown):
        return [no(f"{facts.name}: boot environments: {facts.environments.unknown}")]
    return [
        holds(e.next, f"{facts.name}: {e.name} runs, and the next boot would be another")
        for e in facts.environments
        if e.now
    ]


def revert_orders(
    pair: PairFacts, before: PairFacts, name: str, setting: Setting
) -> tuple[Order, ...]:
    """Return what takes a router one stage further back to its old system."""
    facts, was = pair.seen(name), before.seen(name)
    if not facts or not was or install_running(facts):
        return ()
    old = was.environment_now()
    back = facts.versions == was.versions and facts.environment_now() == old
    if _never_touched(facts, was) or (back and setting.environment not in _names(facts)):
        return resting_orders(pair, before, facts, setting)
    if facts.masters():  # its peer failed meanwhile, and it took over as it should
        return yield_orders(pair, before, name, setting)
    if old is None:
        return _revert_in_place(pair, facts, was, setting)
    return _revert_environment(pair, facts, old, setting)


def _boot_back(pair: PairFacts, facts: RouterFacts, setting: Setting) -> tuple[Order, ...]:
    """Boot the old system; once more where a boot for it ended elsewhere, before this attempt."""
    orders = reboot_orders(facts, setting, BACK)
    if orders or facts.uptime_s() <= pair.elapsed_s:
        return orders
    paths = setting.paths_of(facts.name)
    note = f"{setting.run} {BACK} {facts.boot.time_s:.0f}"
    return order(facts, setting, *mark_boot(paths, setting.run, note, marked=False))


def _names(facts: RouterFacts) -> tuple[str, ...]:
    if isinstance(facts.environments, Unknown):
        return ()
    return tuple(e.name for e in facts.environments)


def _revert_environment(
    pair: PairFacts, facts: RouterFacts, old: str, setting: Setting
) -> tuple[Order, ...]:
    kept, names = setting.environment, _names(facts)
    failed = f"{kept}-undone"
    if facts.environment_now() == kept:
        if not all_of(_next_boot(facts)):
            return order(facts, setting, activate_environment(kept))
        if old in names:
            return order(facts, setting, rename_environment(old, failed))
        return order(facts, setting, rename_environment(kept, old))
    home = kept if kept in names else old  # it has its old name back where it once ran again
    if home not in names or isinstance(facts.environments, Unknown):
        return ()
    if not any(e.name == home and e.next for e in facts.environments):
        return order(facts, setting, activate_environment(home))
    return _boot_back(pair, facts, setting)


def _revert_in_place(
    pair: PairFacts, facts: RouterFacts, was: RouterFacts, setting: Setting
) -> tuple[Order, ...]:
    """Without boot environments: freebsd-update takes back one set a call, then a reboot.

    It knows the way back only once the set is installed whole (install_setup_rollback,
    freebsd-update.sh): before that it would take back an older one.
    """
    if (facts.versions.kernel, facts.versions.userland) == (
        was.versions.kernel,
        was.versions.userland,
    ):
        return _boot_back(pair, facts, setting)
    if facts.versions.half_installed:
        number, came_to = last_install(facts)
        return install_orders(facts, setting, number + 1) if came_to in HALF_WAY else ()
    for number in range(1, JOBS_MAX):
        job = facts.job(ROLLBACK.format(number))
        if job and job.state is JobState.RUNNING:
            return ()
        if job is None:
            task = Task(ROLLBACK.format(number), rollback_update(), Effect.DISRUPTIVE)
            start = launch(facts, setting.paths_of(facts.name), setting.run, task)
            return order(facts, setting, *start)
    return ()
