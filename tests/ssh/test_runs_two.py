"""Two controllers at one pair, each a process of its own: on one machine, and on two."""

import re
import signal

from routers import FIRST, SECOND
from running import Ended, Hire, Moment, Product, Running, StartPair, run_of, shapes
from test_runs_held import served_by
from test_runs_recovered import silent_for_long

from bluegreen.lab.loopback import LoopbackPair
from bluegreen.model.events import EVENT, CommandSent, Event, LockTaken, RunStarted

pytest_plugins = ("pair", "product")

ROUNDS = 3
FAILOVER = ("failover", "--pair", "edge", "--yes", "--json")
WHOSE = re.compile(r"run (\S+) of \S+@\S+ \(pid (\d+)\)")


def told(ended: Ended) -> list[Event]:
    """Return the events that were printed, beside whatever else."""
    lines = ended.out.splitlines()
    return [EVENT.validate_json(line) for line in lines if line.startswith('{"at"')]


def race(*products: Product) -> tuple[Running, Ended, Ended]:
    """Start a switch on each at the same instant; return who went on, its end and the other's."""
    running = [product.start(*FAILOVER) for product in products]
    ended = [one.end() for one in running]
    assert sorted(end.code for end in ended) == [0, 5], [end.err for end in ended]
    first = ended[0].code == 0
    return running[0 if first else 1], *(ended if first else ended[::-1])


def assert_it_names(winner: Running, won: Ended, lost: Ended) -> None:
    """The loser says who holds the pair, and has sent nothing but what takes a lock."""
    named = WHOSE.search(lost.err)
    assert named, lost.err
    assert named.groups() == (run_of(tuple(told(won))), str(winner.process.pid))
    assert "last sign of life" in lost.err
    sent = {(event.step or "")[:5] for event in told(lost) if isinstance(event, CommandSent)}
    assert sent <= {"lock@"}


def rounds(pair: LoopbackPair, *products: Product) -> None:
    before = shapes(pair)
    for _ in range(ROUNDS):
        winner, won, lost = race(*products)
        assert_it_names(winner, won, lost)
        assert served_by(pair) == {FIRST: (), SECOND: (2, 3)}
        assert products[0].run("restore", "--pair", "edge", "--yes").code == 0
        assert shapes(pair) == before


def test_of_two_that_begin_at_one_instant_on_one_machine_exactly_one_proceeds(
    start_pair: StartPair, hire: Hire, ssh_pair: LoopbackPair
) -> None:
    product = hire(ssh_pair.inventory)

    rounds(ssh_pair, product, product)


def test_of_two_that_begin_at_one_instant_on_two_machines_exactly_one_proceeds(
    hire: Hire, ssh_pair: LoopbackPair
) -> None:
    rounds(ssh_pair, hire(ssh_pair.inventory), hire(ssh_pair.inventory))


# -- a lock that is broken ---------------------------------------------------------


def left_locked(product: Product) -> str:
    """Have a run end with both locks in its hands and nothing else; return its name."""
    ended = product.upgrade("--pause-after", f"lock@{SECOND}").end()
    assert ended.code == 130
    return run_of(ended.events)


REFUSED = (
    (("--break-lock", "RUN"), 2, "nobody is there to say yes"),
    (("--break-lock", "R9", "--yes"), 5, "is held by run RUN of "),
    (("--break-lock", "", "--yes"), 2, "it names no run"),
    (("--yes",), 5, "finishes it or undoes it from here"),
)


def test_a_lock_is_broken_by_its_name_and_by_somebody_s_word_alone(
    hire: Hire, ssh_pair: LoopbackPair
) -> None:
    run, other = left_locked(hire(ssh_pair.inventory)), hire(ssh_pair.inventory)
    silent_for_long(ssh_pair)
    left = shapes(ssh_pair)

    for words, code, why in REFUSED:
        typed = [word.replace("RUN", run) for word in words]
        refused = other.run("failover", "--pair", "edge", *typed)

        assert (refused.code, why.replace("RUN", run) in refused.err) == (code, True), refused.err
    assert shapes(ssh_pair) == left


def test_a_lock_that_is_broken_is_told_of_and_kept_in_the_journal(
    hire: Hire, ssh_pair: LoopbackPair
) -> None:
    run = left_locked(hire(ssh_pair.inventory))
    silent_for_long(ssh_pair)

    ended = (
        hire(ssh_pair.inventory)
        .upgrade("--break-lock", run, "--pause-after", f"lock@{SECOND}")
        .end()
    )

    started, *events = told(ended)
    taken = [event.broken or "" for event in events if isinstance(event, LockTaken)]
    assert ended.code == 130
    assert isinstance(started, RunStarted)
    assert started.options == (f"break-lock={run}",)
    assert [f"is held by run {run} of " in broken for broken in taken] == [True, True]
    assert f"{FIRST} is held by run {run} of " in ended.err
    assert "its lock is taken" in ended.err


def test_a_run_that_wakes_up_without_its_lock_stops_and_says_who_has_it(
    hire: Hire, ssh_pair: LoopbackPair
) -> None:
    sleeper, other = hire(ssh_pair.inventory).upgrade(), hire(ssh_pair.inventory)
    run = sleeper.reach(Moment("lock_taken", f"lock@{SECOND}")).run
    sleeper.signal(signal.SIGSTOP)
    silent_for_long(ssh_pair)
    taken = other.upgrade("--break-lock", run, "--pause-after", "baseline@pair").end()
    assert taken.code == 130
    left = shapes(ssh_pair)

    sleeper.signal(signal.SIGCONT)
    ended = sleeper.end()

    assert ended.code == 4
    assert f"is held by run {run_of(tuple(told(taken)))} of " in ended.finished.reason
    assert f"`bluegreen resume {run} " in ended.finished.next_move
    assert shapes(ssh_pair) == left


# -- a run that is recovered while its machine sleeps ----------------------------------


def test_a_machine_that_wakes_up_in_the_middle_of_a_recovery_leaves_the_run_to_it(
    hire: Hire, ssh_pair: LoopbackPair
) -> None:
    before = shapes(ssh_pair)
    sleeper, other = hire(ssh_pair.inventory).start(*FAILOVER), hire(ssh_pair.inventory)
    run = sleeper.reach(Moment("answered", f"drain@{FIRST}")).run
    sleeper.signal(signal.SIGSTOP)
    silent_for_long(ssh_pair)
    recovery = other.start("recover", "--pair", "edge", "--undo", "--yes", "--json")
    recovery.reach(Moment("lock_taken", f"lock@{SECOND}"))

    sleeper.signal(signal.SIGCONT)
    ended, recovered = sleeper.end(), recovery.end()

    assert (ended.code, recovered.code) == (4, 0)
    assert f"run {run} " in ended.finished.reason
    assert shapes(ssh_pair) == before
