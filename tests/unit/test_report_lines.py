"""What a pipe is told of a run."""

from datetime import UTC, datetime

from report_story import BLUE, BLUE_SERVES, RUN, Story, a_refusal, a_rollback, an_upgrade

from bluegreen.model.events import Event
from bluegreen.report.lines import Lines
from bluegreen.report.words import brief, clean, duration, named, public, shown


def told(events: tuple[Event, ...]) -> list[str]:
    lines: list[str] = []
    listener = Lines(lines.append)
    for event in events:
        listener(event)
    return lines


def test_an_upgrade_is_told_from_its_first_step_to_who_serves() -> None:
    lines = told(an_upgrade())

    assert lines[0].startswith("03:00:00  pair        run          run 20261122-0300-k3f9: upgrade")
    assert "03:00:01  pair        preflight    done in 0.80 s" in lines
    assert "03:02:06  router-001  drain        carp 0.04 s" in lines
    assert "03:02:01  pair        agree        holds, nothing had to be sent" in lines
    assert lines[-7].endswith("DONE: router-001 and router-002 upgraded to 14.2-RELEASE-p2")
    assert lines[-6].endswith("serves    router-001 serves vhid 2, 3")
    assert lines[-4].endswith("outage    198.51.100.230: 7512 sent, 1 lost, longest gap 18 ms")


def test_commands_are_told_as_they_are_sent_behind_what_the_router_checks() -> None:
    lines = told(an_upgrade())
    at = lines.index(
        "03:02:06  router-001  drain        $ ifconfig vmx1 vhid 2 advskew 200 peer 192.0.2.12"
    )

    assert lines[at - 2].endswith(f"only if: 2 MASTER, lock of run {RUN}")
    assert lines[at + 1].endswith("$ sysctl net.inet.carp.demotion=0")


def test_answers_are_told_only_where_something_went_wrong() -> None:
    well = told(tuple(Story().starts("drain@router-001").sends("true").hears(0, 0).events))
    badly = told(tuple(Story().starts("drain@router-001").hears(0, 1, said="no").events))
    guarded = told(tuple(Story().starts("drain@router-001").hears(75, said="moved").events))
    lost = told(tuple(Story().starts("drain@router-001").hears(in_doubt=True).events))

    assert len(well) == 2
    assert badly[-1].endswith("exit 1: no")
    assert guarded[-1].endswith("the router refused by itself (exit 75): moved")
    assert "the answer is lost, it may have been done" in lost[-1]


def test_a_rollback_names_its_reason_and_the_order_of_undoing() -> None:
    lines = told(a_rollback())
    turn = next(number for number, line in enumerate(lines) if "TAKING BACK" in line)

    assert "install@router-001: No space left on device" in lines[turn]
    assert lines[turn + 1].endswith("in this order: install@router-001, drain@router-001")
    assert any(line.endswith("router-001  install      undone in 1 min 30 s") for line in lines)
    assert any("ROLLED BACK: install@router-001: No space left" in line for line in lines)


def test_a_refusal_says_that_nothing_was_changed() -> None:
    lines = told(a_refusal())

    assert any("REFUSED, nothing was changed: preflight@pair: takeover" in line for line in lines)
    assert lines[-2].endswith("see `bluegreen check`, then start again")


def test_a_step_without_a_start_is_skipped_with_its_reason() -> None:
    story = Story().skipped("install@router-002", "nothing is staged on router-002")

    assert told(tuple(story.events))[0].endswith("skipped: nothing is staged on router-002")


def test_progress_of_a_job_is_told_once_a_minute_and_only_if_it_moves() -> None:
    story = Story().starts(f"stage@{BLUE}").sees("job", "Fetching 10")
    story.later(5).sees("job", "Fetching 11")
    story.later(60).sees("job", "Fetching 10").later(60).sees("job", "Fetching 99\n\n")

    lines = told(tuple(story.events))

    assert [line[35:] for line in lines[1:]] == ["log: Fetching 10", "log: Fetching 99"]


def test_the_checks_of_preflight_are_counted_and_layers_of_a_switch_are_told() -> None:
    story = Story().starts("preflight@pair").sees("layer", layer="carp", after_s=0.1)
    story.sees("layer", layer="clock", after_s=0.1).done(0.1, already=True)
    story.starts(f"converge@{BLUE}").sees("layer", layer="carp", after_s=0.1).done(0.1, True)

    lines = [line[35:] for line in told(tuple(story.events))]

    assert lines[1] == "all 2 checks say yes"
    assert lines[3:] == ["carp 0.10 s", "holds, nothing had to be sent"]


def test_who_serves_is_told_again_only_when_it_changed() -> None:
    story = Story().starts(f"drain@{BLUE}").sees("roles", serving=BLUE_SERVES)
    story.later(1).sees("roles", serving=BLUE_SERVES)

    assert len(told(tuple(story.events))) == 2


def test_what_a_file_is_made_of_is_never_told_beyond_one_line() -> None:
    writing = "tee /etc/x <<< 'ifconfig_vmx1=\"vhid 2\n pass hunter2\"\n'"
    story = Story().starts(f"lock@{BLUE}").sends(writing, effect="config")

    assert "hunter2" not in "\n".join(told(tuple(story.events)))
    assert shown(writing) == "tee /etc/x <<< (2 lines)"
    assert "hunter2" not in public(story.events[1]).model_dump_json()


def test_one_line_that_is_read_is_shown_without_its_line_break() -> None:
    assert shown("tee /run/mark <<< 'it'\"'\"'s on\n'") == "tee /run/mark <<< 'it'\"'\"'s on'"
    assert shown("tee /run/mark <<< one") == "tee /run/mark <<< one"


def test_a_command_is_shown_whole_and_told_in_brief() -> None:
    script = "awk '/carp:/ {\n print $2\n}' /var/run/x"
    long = "sh -c '" + "x" * 100 + "'"

    assert shown(script) == script
    assert brief(script) == "awk '/carp:/ {...' /var/run/x"
    assert brief(long) == "sh -c '" + "x" * 39 + "...'"
    assert brief(f"cp /a /var/{'x' * 90}") == f"cp /a /var/{'x' * 90}"


def test_a_router_cannot_steer_the_terminal() -> None:
    assert clean("ok\x1b[2J\r\n\tgone") == "ok [2J gone"
    assert shown("echo '\x1b[2J'") == "echo '\\x1b[2J'"


def test_durations_read_as_people_say_them() -> None:
    said = [duration(s) for s in (0.04, 0.999, 9.96, 59.6, 60, 723, 18_000, 90_000)]

    assert said == ["0.04 s", "1.0 s", "10 s", "1 min", "1 min", "12 min 3 s", "5 h", "1 d 1 h"]


def test_advice_names_the_run_so_that_it_can_be_typed() -> None:
    advice = named("`bluegreen resume` goes on; `bluegreen resume X` too", RUN)

    assert advice == f"`bluegreen resume {RUN}` goes on; `bluegreen resume X` too"


def test_a_resumed_run_knows_what_was_before() -> None:
    events = an_upgrade()
    lines: list[str] = []
    listener = Lines(lines.append, past=events[:-1])

    listener(events[-1])

    assert lines[0].endswith("DONE: router-001 and router-002 upgraded to 14.2-RELEASE-p2")
    assert events[0].at == datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
