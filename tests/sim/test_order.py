"""The order of things on the wire, judged from the machines' own state."""

from itertools import pairwise

import pytest
from judged import disruptions, masters_at
from pairs import BLUE, GREEN, MINOR, STRATEGIES
from runs import Sent, Story, a_story

from bluegreen.freebsd.commands import DEMOTION
from bluegreen.freebsd.paths import MARKER
from bluegreen.model.command import Effect
from bluegreen.model.events import CommandSent

KINDS = ("edge", "active-active", "gre")
FLUSH = f"sysctl {DEMOTION}=0"


@pytest.fixture(scope="module")
def told() -> dict[tuple[str, str], Story]:
    """Return whole runs, one for each kind of pair and strategy."""
    stories = {(kind, s): a_story(kind, s) for kind in KINDS for s in STRATEGIES}
    stories["minor", "active-first"] = a_story("minor", target=MINOR)
    stories["minor", "idle-first"] = a_story("minor", "idle-first", target=MINOR)
    for story in stories.values():
        assert story.go().outcome == "done"
    return stories


@pytest.fixture(params=[(kind, s) for kind in (*KINDS, "minor") for s in STRATEGIES])
def story(request: pytest.FixtureRequest, told: dict[tuple[str, str], Story]) -> Story:
    return told[request.param]


def carp_scripts(story: Story) -> list[Sent]:
    """Return what changes vhids; a sysctl that is lent on the way moves no role."""
    return [one for one in story.sent() if any("ifconfig" in str(c) for c in one.carp)]


def at_of(story: Story, router: str, words: str) -> float:
    return next(at for at, name, c in story.commands(router) if words in str(c))


def test_nothing_disruptive_reaches_a_router_that_serves(story: Story) -> None:
    sent = disruptions(story)

    assert {one.router for one in sent} == {BLUE, GREEN}
    assert [masters_at(story, one.router, one.at_s) for one in sent] == [0] * len(sent)


def test_the_peer_serves_everything_while_a_router_is_worked_on(story: Story) -> None:
    vhids = len(story.world.machines[0].carp.vhids())
    peers = {BLUE: GREEN, GREEN: BLUE}

    served = [masters_at(story, peers[one.router], one.at_s) for one in disruptions(story)]

    assert served == [vhids] * len(served)


def test_a_drain_ends_with_one_flush_and_nothing_else_has_one(story: Story) -> None:
    for one in carp_scripts(story):
        texts = [str(command) for command in one.carp]
        serves = masters_at(story, one.router, one.at_s) > 0
        assert texts.count(FLUSH) == (1 if serves else 0)
        assert not serves or texts[-1] == FLUSH


def test_demotion_is_never_added_to(story: Story) -> None:
    written = [str(c) for _, _, c in story.commands() if f"{DEMOTION}=" in str(c)]

    assert set(written) == {FLUSH}


def test_a_value_that_is_already_set_is_not_written_again(story: Story) -> None:
    known = {
        (router.name, v.interface, v.vhid): v.advskew
        for router in story.before
        for v in router.vhids
    }
    booted = {r: [o.at_s for o in story.sent() if o.boots and o.router == r] for r in (BLUE, GREEN)}
    pending = {router: list(times) for router, times in booted.items()}

    for at_s, router, command in story.commands():
        if command.argv[0] != "ifconfig":
            continue
        if pending[router] and pending[router][0] < at_s:
            pending[router].pop(0)
            known |= {key: 240 for key in known if key[0] == router}
        key = (router, command.argv[1], int(command.argv[3]))
        assert known[key] != int(command.argv[5])
        known[key] = int(command.argv[5])


def test_an_advskew_is_always_below_the_one_where_nobody_moves(story: Story) -> None:
    skews = [int(c.argv[5]) for _, _, c in story.commands() if c.argv[0] == "ifconfig"]

    assert skews
    assert max(skews) < 240


def test_a_skew_of_240_lies_on_disk_before_each_boot(story: Story) -> None:
    for router in (BLUE, GREEN):
        persisted, boot = at_of(story, router, "advskew 240"), at_of(story, router, "shutdown")
        assert persisted < boot


def test_every_disruptive_script_has_the_router_check_itself(story: Story) -> None:
    vhids = len(story.world.machines[0].carp.vhids())

    for one in disruptions(story):
        guard = one.script.guard
        assert guard is not None
        assert (guard.masters, guard.backups) == (0, vhids)
        assert guard.lock == ("/var/log/bluegreen/lock", "R1")
        assert guard.marker == (MARKER if one.boots else None)


def test_every_change_carries_our_lock_once_it_is_taken(story: Story) -> None:
    taking = [one for one in story.sent() if one.script.guard is None]

    assert [one.router for one in taking] == [BLUE, GREEN]
    assert all(
        any("link" in text and "/var/log/bluegreen/lock.R1" in text for text in one.texts)
        for one in taking
    )


def test_every_change_stands_in_the_journal_right_before_it_is_made(story: Story) -> None:
    announced = [e for e in story.events if isinstance(e, CommandSent) and e.effect != "read"]

    assert story.unjournalled == []
    assert [e.router for e in announced] == [one.router for one in story.sent()]


def test_the_second_router_is_touched_once_the_first_is_proven_and_serves(story: Story) -> None:
    first, second = (
        [BLUE, GREEN] if story.request.playbook.name == "active-first" else [GREEN, BLUE]
    )
    events = [(e.event, e.step) for e in story.events]
    order = [one.router for one in disruptions(story)]

    proven = events.index(("step_done", f"prove@{first}"))
    serves = events.index(("step_done", f"converge@{first}"), proven)
    begins = events.index(("step_started", f"persist@{second}"))

    assert order == sorted(order, key=[first, second].index)
    assert proven < serves < begins


def test_skews_are_given_back_before_the_configuration_and_that_before_the_locks(
    story: Story,
) -> None:
    closing = [step.partition("@")[0] for step in story.steps()][-6:]

    assert closing == ["restore", "unpersist", "unpersist", "postflight", "unlock", "unlock"]


def test_an_observation_is_one_exec_a_router_and_always_the_same_questions(story: Story) -> None:
    """What is asked once, as an order, is no observation: packets through tunnels."""
    wire = story.world.traffic.wire
    looks = [(name, script) for _, name, script in wire if script.reads_only and script.keep_going]

    asked = [name for name, _ in looks]
    in_turn = sum(one != other for one, other in pairwise(asked))

    assert len({script for _, script in looks}) == 1
    assert in_turn > 0.8 * len(asked)  # but for those that a router slept through


def test_unicast_peers_are_named_in_every_change_of_a_vhid(
    told: dict[tuple[str, str], Story],
) -> None:
    peers = {BLUE: ("peer", "192.0.2.12"), GREEN: ("peer", "192.0.2.11")}
    story = told["edge", "active-first"]

    changes = [
        (r, c) for _, r, c in story.commands() if c.argv[0] == "ifconfig" and c.argv[3] == "2"
    ]

    assert len(changes) >= 5
    assert all(command.argv[-2:] == peers[router] for router, command in changes)


def test_effects_tell_the_truth(story: Story) -> None:
    for _, _, command in story.commands():
        text = str(command)
        if "shutdown" in text or "freebsd-update --not-running-from-cron install" in text:
            assert command.effect is Effect.DISRUPTIVE
        if command.argv[0] == "ifconfig" or DEMOTION in text:
            assert command.effect is Effect.CARP
