"""Pairs drawn at random: refused with the cause, or upgraded without anybody noticing."""

from budget import examples
from hands import at_console
from hypothesis import event, given, note
from hypothesis import strategies as st
from judged import lost_probes, rolled_back_by_hand
from networks import Network, a_run_on, look_at, networks, obstacles
from runs import Story
from verdicts import wrong_with

from bluegreen.carp.predict import Speaker, will_take_over
from bluegreen.cli.request import choose_blue
from bluegreen.freebsd.commands import ADVSKEW_LIMIT, advertise_now, set_advskew
from bluegreen.model.facts import LocatedVhid, PairFacts
from bluegreen.model.network import CarpState
from bluegreen.sim.faults import FAULTS, Fault

PATIENT_S = 15.0  # three advertisements of the slowest vhid here, and more than that


@examples(45)
@given(network=networks())
def test_a_pair_is_refused_with_the_cause_or_upgraded_unnoticed(network: Network) -> None:
    causes = obstacles(network)
    story = a_run_on(network)

    finished = story.go()

    event(finished.outcome)
    assert list(wrong_with(story, finished)) == []
    if causes:
        assert (finished.outcome, finished.exit_code) == ("refused", 3), causes
        assert any(cause in finished.reason for cause in causes), (causes, finished.reason)
    else:
        assert (finished.outcome, finished.exit_code) == ("done", 0), finished.reason
        assert lost_probes(finished) == 0


@examples(45)
@given(network=networks(), strikes=st.sampled_from(sorted(FAULTS)))
def test_a_fault_ends_done_or_taken_back_or_with_what_to_do(network: Network, strikes: str) -> None:
    """The fault strikes where it is at its worst by default, on either router."""
    story = a_run_on(network, (Fault(strikes, FAULTS[strikes].step),))

    finished = story.go()

    event(f"{strikes}: {finished.outcome}")
    note(f"{finished.outcome}: {finished.reason} -> {finished.next_move}")
    assert finished.outcome in ("done", "rolled_back", "refused", "needs_human")
    assert list(wrong_with(story, finished)) == []
    if finished.outcome == "needs_human":
        _follows_the_advice(story)


def _follows_the_advice(story: Story) -> None:
    finished = rolled_back_by_hand(story, story.back())

    assert finished.outcome in ("rolled_back", "done"), finished.reason
    assert list(wrong_with(story, finished)) == []


@examples(60)
@given(network=networks(), skew=st.integers(0, ADVSKEW_LIMIT))
def test_the_model_predicts_what_the_pair_then_does(network: Network, skew: int) -> None:
    """Somebody at a console gives all that a router serves another skew, and advertises it."""
    world = network.world()
    before = look_at(world, network.pair)
    name = choose_blue(network.pair, before)
    shared = [pair for pair in _shared(before, name) if pair[0].carp.state is CarpState.MASTER]
    predicted = {
        mine.group: bool(
            will_take_over(_speaker(before, name, mine), _peer(before, name, its), skew)
        )
        for mine, its in shared
    }

    for mine, _ in shared:
        at_console(world, name, *set_advskew(mine, skew).argv)
    at_console(world, name, *advertise_now().argv)
    world.network.advance(world.now_s + PATIENT_S)

    after = look_at(world, network.pair)
    moved = {group: after.masters_of(group) == (after.peer_name(name),) for group in predicted}
    assert moved == predicted


def _shared(pair: PairFacts, name: str) -> list[tuple[LocatedVhid, LocatedVhid]]:
    mine, peer = pair.seen(name), pair.seen(pair.peer_name(name))
    assert mine is not None
    assert peer is not None
    return [(v, its) for v in mine.vhids if (its := peer.vhid(v.group))]


def _peer(pair: PairFacts, name: str, vhid: LocatedVhid) -> Speaker:
    return _speaker(pair, pair.peer_name(name), vhid)


def _speaker(pair: PairFacts, name: str, vhid: LocatedVhid) -> Speaker:
    router = pair.seen(name)
    assert router is not None
    assert router.carp is not None
    return Speaker(
        advbase=vhid.carp.advbase,
        advskew=vhid.carp.advskew,
        demotion=router.carp.demotion,
        preempt=router.carp.preempt,
        allow=router.carp.allow,
        state=vhid.carp.state,
        name=name,
    )
