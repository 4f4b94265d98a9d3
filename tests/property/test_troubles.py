"""Several faults at any moments, on pairs drawn at random: every end is one that people can use."""

from budget import examples
from hypothesis import event, given, note
from hypothesis import strategies as st
from networks import Network, networks
from troubles import stage_of

from bluegreen.sim.dice import scenario
from bluegreen.sim.explorer import played
from bluegreen.sim.scenario import Act, Scenario

COMMANDS = st.sampled_from(("upgrade", "failover"))


@examples(20)
@given(network=networks(), command=COMMANDS, seed=st.integers(0, 10**6))
def test_several_faults_break_no_invariant_on_any_pair(
    network: Network, command: str, seed: int
) -> None:
    made, table = stage_of(network, command)
    wanted = played(made, Scenario())
    struck = scenario(table, seed)
    note(" ".join(struck.words()))

    end = played(made, struck, wanted)

    event(end.outcome)
    assert wanted.violations == ()
    assert end.violations == ()


@examples(20)
@given(network=networks(), command=COMMANDS)
def test_a_finished_run_is_taken_back_whole_on_any_pair(network: Network, command: str) -> None:
    made, _ = stage_of(network, command)
    wanted = played(made, Scenario())

    end = played(made, Scenario(acts=(Act.ROLLBACK,)), wanted)

    event(end.outcome)
    assert end.violations == ()
    if wanted.outcome == "done":
        assert end.snapshot == made(Scenario())[0].snapshot()
