"""Every invariant has a defect that breaks it, and the explorer calls it by its name."""

from dataclasses import replace
from pathlib import Path

import pytest
from planted import Late, Mutant, Planted, explored, rewriting, steps

from bluegreen.emulator.spec import EXAMPLE_KEY
from bluegreen.engine import performer
from bluegreen.engine.runner import Runner
from bluegreen.freebsd.commands import reboot
from bluegreen.model.command import Command, Effect, Script
from bluegreen.model.events import RunFinished
from bluegreen.model.facts import PairFacts
from bluegreen.model.verdict import YES, no
from bluegreen.sim.explorer import Found, Trunk
from bluegreen.sim.record import Broken
from bluegreen.sim.scenario import Scenario
from bluegreen.world import Order, Step

RUN = Trunk("the run", Scenario(), at=frozenset({"nowhere"}))
CRASHES = Trunk("the run", Scenario(), at=frozenset({"environment"}), blows=False)


def on(name: str, **answers: object) -> Planted:
    """Return a program in which one step answers otherwise."""
    return Planted(plan=steps(lambda s: Mutant(s, **answers) if s.name == name else s))


def without(*names: str) -> Planted:
    return Planted(plan=steps(lambda step: None if step.name in names else step))


def unguarded(script: Script) -> Script:
    return Script(script.commands)


def caught(found: Found, broken: Broken) -> bool:
    return broken.value in found.broken


@pytest.fixture
def _permissive(monkeypatch: pytest.MonkeyPatch) -> None:
    """The interlock says yes to everything."""
    monkeypatch.setattr(performer, "permit", lambda *_: YES)


def test_the_sound_program_breaks_nothing() -> None:
    assert explored(RUN).bad == []


def test_a_step_that_takes_a_link_down_leaves_addresses_unserved() -> None:
    def downing(script: Script) -> Script:
        drains = any(c.effect is Effect.CARP for c in script.commands)
        down = Command(("ifconfig", "vmx1", "down"), 5.0, Effect.CARP)
        return replace(script, commands=(down, *script.commands)) if drains else script

    found = explored(RUN, Planted(doors=rewriting(downing)))

    assert caught(found, Broken.UNSERVED)


def test_a_skew_that_is_set_without_its_peer_makes_two_masters() -> None:
    def multicast(script: Script) -> Script:
        """Forget the unicast peer, as ifconfig of 14.x does where it is not named again."""
        commands = (
            replace(c, argv=c.argv[: c.argv.index("peer")]) if "peer" in c.argv else c
            for c in script.commands
        )
        return replace(script, commands=tuple(commands))

    found = explored(RUN, Planted(doors=rewriting(multicast)))

    assert caught(found, Broken.TWO_MASTERS)


@pytest.mark.usefixtures("_permissive")
def test_an_interlock_that_permits_all_reboots_both() -> None:
    def both(step: Step) -> Step:
        def commands(pair: PairFacts) -> tuple[Order, ...]:
            return tuple(Order(name, (reboot(),)) for name in reversed(pair.names))

        return Mutant(step, commands=commands) if step.name == "reboot" else step

    found = explored(RUN, Planted(plan=steps(both)))

    assert caught(found, Broken.BOTH_WORKED_ON)
    assert caught(found, Broken.BOTH_DOWN)


@pytest.mark.usefixtures("_permissive")
def test_without_drain_interlock_and_guard_a_router_that_serves_is_disrupted() -> None:
    def hasty(step: Step) -> Step | None:
        if step.name in ("drain", "converge", "yield", "alone"):
            return None
        hurried = step.name in ("install", "reboot")
        return Mutant(step, ready=lambda _: YES) if hurried else step

    found = explored(RUN, Planted(plan=steps(hasty), doors=rewriting(unguarded)))

    assert caught(found, Broken.NOT_IDLE)


def test_an_order_that_is_journalled_after_it_was_sent_is_seen() -> None:
    assert caught(explored(RUN, Planted(journal=Late)), Broken.NOT_JOURNALLED)


@pytest.mark.usefixtures("_permissive")
def test_a_run_that_holds_no_lock_is_seen() -> None:
    planted = replace(without("lock", "unlock"), doors=rewriting(unguarded))

    assert caught(explored(RUN, planted), Broken.NOT_LOCKED)


def test_a_password_in_an_argument_list_is_seen() -> None:
    def telling(script: Script) -> Script:
        said = Command(("echo", EXAMPLE_KEY), 5.0, Effect.CONFIG)
        return replace(script, commands=(*script.commands, said))

    assert caught(explored(RUN, Planted(doors=rewriting(telling))), Broken.SECRET_TOLD)


class Hasty(Runner):
    """Takes a run that is resumed for one that is over."""

    def _go(self) -> RunFinished:
        return super()._go() if self._recorder.state.baseline is None else self._finish("done")


def test_a_resume_that_leaves_out_the_rest_comes_to_another_end() -> None:
    found = explored(CRASHES, Planted(runner=Hasty))

    assert caught(found, Broken.OTHER_END)


def test_an_undo_that_does_nothing_is_not_as_before() -> None:
    idle = on("persist", undo=lambda *_: (), undone=lambda *_: YES)

    found = explored(CRASHES, idle)

    assert caught(found, Broken.NOT_AS_BEFORE)


def test_an_unlock_that_believes_to_be_done_leaves_something_behind() -> None:
    found = explored(RUN, on("unlock", done=lambda _: YES))

    assert caught(found, Broken.LEFT_BEHIND)


def test_a_run_that_goes_neither_on_nor_back_is_seen() -> None:
    def stuck(step: Step) -> Step:
        answers = {"done": lambda _: no("never"), "undone": lambda *_: no("never")}
        return Mutant(step, **answers) if step.name == "environment" else step

    found = explored(RUN, Planted(plan=steps(stuck)))

    assert caught(found, Broken.NEVER_ENDS)


def test_a_program_that_breaks_is_a_finding_and_not_the_end_of_the_exploration() -> None:
    def breaking(step: Step) -> Step:
        return Mutant(step, ready=lambda _: 1 / 0) if step.name == "persist" else step

    assert caught(explored(RUN, Planted(plan=steps(breaking))), Broken.DEFECT)


def test_every_invariant_has_a_defect_of_its_own_here() -> None:
    """A name that is added must be broken on purpose, too."""
    text = Path(__file__).read_text(encoding="utf-8")

    assert {broken.name for broken in Broken if f"Broken.{broken.name}" not in text} == set()
