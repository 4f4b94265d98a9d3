"""What stdout carries: text for people, JSON for programs."""

import json
import subprocess
import sys
from dataclasses import replace

from report_pair import VIP, a_pair, a_router
from report_story import (
    BLUE,
    BLUE_SERVES,
    GREEN,
    GREEN_SERVES,
    RUN,
    Story,
    a_refusal,
    a_rollback,
    an_upgrade,
    opening,
    switched,
)

from bluegreen.model.events import Event, RunFinished
from bluegreen.model.facts import Hold, PairFacts, Unknown, Unseen, VipAnswer
from bluegreen.model.network import CarpState
from bluegreen.model.state import fold
from bluegreen.model.system import Lock
from bluegreen.report.documents import (
    event_json,
    finish_json,
    runs_json,
    show_json,
    status_json,
)
from bluegreen.report.summary import (
    render_finish,
    render_runs,
    render_show,
    render_status,
    run_line,
)


def finish_of(events: tuple[Event, ...]) -> str:
    end = events[-1]
    assert isinstance(end, RunFinished)
    return render_finish(end, fold(events))


def test_the_verdict_says_who_serves_what_it_cost_what_is_left_and_what_to_type() -> None:
    assert finish_of(an_upgrade()).splitlines() == [
        "DONE: router-001 and router-002 upgraded to 14.2-RELEASE-p2",
        "  serves    router-001 serves vhid 2, 3",
        "  now       router-001: vhid 2@vmx1 MASTER advskew 0; kernel 14.2-RELEASE-p2",
        "  outage    198.51.100.230: 7512 sent, 1 lost, longest gap 18 ms",
        "  kept      router-001: boot environment bluegreen-k3f9",
        f"  next      nothing; `bluegreen show {RUN}` tells what was done",
        f"  run       {RUN}, 8 min 59 s, exit 0",
    ]


def test_a_run_that_found_both_up_to_date_says_that_no_role_moved() -> None:
    story = opening().skipped(f"drain@{BLUE}", "nothing is staged").ends("done", 0)

    said = finish_of(tuple(story.events))

    assert said.startswith("DONE: router-001 and router-002 are up to date; no role was moved")


def test_an_interrupted_run_names_the_commands_with_its_id_and_what_is_in_doubt() -> None:
    story = opening().starts(f"drain@{BLUE}").sends("ifconfig vmx1 vhid 2 advskew 200")
    story.ends("interrupted", 130, "stopped by a signal")

    lines = finish_of(tuple(story.events)).splitlines()

    assert lines[0] == "STOPPED, resumable: stopped by a signal"
    assert "  in doubt  command 3 of drain@router-001 was never answered" in lines[5]
    assert f"`bluegreen resume {RUN}` goes on, `bluegreen rollback {RUN}`" in lines[6]


def test_a_pair_held_by_another_run_is_told_as_locked() -> None:
    story = Story().begins().ends("refused", 5, "router-001 is held by run x")

    assert finish_of(tuple(story.events)).startswith("LOCKED, nothing was changed: router-001 is")


def test_a_switch_that_is_kept_names_the_way_back() -> None:
    story = switched(opening(), BLUE, GREEN).starts(f"hold@{BLUE}").done(0.1)
    story.ends("done", 0, serving=GREEN_SERVES)

    assert "`bluegreen restore --pair router-001,router-002`" in finish_of(tuple(story.events))


def test_a_run_is_shown_step_by_step_with_commands_layers_and_verdict() -> None:
    shown = render_show(an_upgrade(), fold(an_upgrade())).splitlines()
    at = shown.index("03:02:06  drain@router-001          done in 0.30 s")

    assert shown[0] == (
        f"run {RUN}: upgrade of router-001,router-002 to 14.2-RELEASE-p2, active-first"
    )
    assert (
        shown[at + 3] == "          router-001 $ ifconfig vmx1 vhid 2 advskew 200 peer 192.0.2.12"
    )
    assert shown[at + 6] == "          carp 0.04 s"
    assert "03:02:06  converge@router-002       done in 2.0 s" in shown
    assert "          tunnels 0.12 s, ospf 1.9 s" in shown
    assert shown[-7].startswith("DONE:")


def test_what_is_seen_after_a_step_is_done_still_belongs_to_it() -> None:
    story = Story().begins().starts("baseline@pair").done(0.2)
    story.sees("baseline", serving=BLUE_SERVES)

    shown = render_show(story.events, fold(story.events)).splitlines()

    assert shown[4] == "03:00:00  baseline@pair             done in 0.20 s"
    assert shown[5] == "          recorded; router-001 serves vhid 2, 3"


def test_a_rollback_is_shown_where_it_happened() -> None:
    shown = render_show(a_rollback(), fold(a_rollback()))

    assert "install@router-001        FAILED: freebsd-update ended with failed" in shown
    assert "rollback started\n          TAKING BACK what is not proven: install@" in shown
    assert "undo install@router-001   undone in 1 min 30 s" in shown
    assert "undo drain@router-001     it is as it was already" in shown


def test_a_run_without_an_end_is_shown_as_open_with_the_way_on() -> None:
    events = tuple(switched(opening(), BLUE, GREEN).starts(f"install@{BLUE}").events)

    shown = render_show(events, fold(events)).splitlines()

    assert shown[-2].startswith(f"run {RUN} (upgrade) is OPEN: no end is recorded, at install@")
    assert shown[-1].endswith(f"`bluegreen resume {RUN}` or `bluegreen rollback {RUN}`")


def test_runs_are_a_line_each_and_open_ones_name_the_way_on() -> None:
    open_run = tuple(opening().starts(f"drain@{BLUE}").events)
    rows = [row for e in (an_upgrade(), a_refusal(), open_run) if (row := run_line(e))]

    lines = render_runs(rows).splitlines()

    assert lines[0].split() == [
        RUN,
        "2026-11-22",
        "03:00",
        "upgrade",
        "done",
        *lines[0].split()[5:],
    ]
    assert "refused" in lines[1]
    assert lines[3].strip() == f"at drain@router-001; `bluegreen resume {RUN}` goes on"
    assert render_runs([]) == "no run is recorded"


def test_a_journal_without_a_beginning_is_no_run() -> None:
    assert run_line(an_upgrade()[1:]) is None


def test_status_says_first_who_serves_then_sets_both_side_by_side() -> None:
    lines = render_status(a_pair()).splitlines()

    assert lines[0] == "router-001 serves vhid 2, 3"
    assert " ".join(lines[3].split()) == "vhid 2 MASTER vmx1 skew 0 BACKUP vmx1 skew 100"
    assert lines[6].strip() == "192.0.2.1, 2001:db8::1"
    assert "OSPF        frr: 1 of 1 Full                 frr: 1 of 1 Full" in lines
    assert lines[-1] == f"probe       {VIP} answers, 0 of 10 lost"
    assert max(map(len, lines)) < 80


def test_status_warns_of_split_brain_before_anything_else() -> None:
    lines = render_status(a_pair(second=a_router("router-002"))).splitlines()

    assert lines[1] == f"!! BOTH are MASTER of vhid 2 ({VIP}): change nothing, find out why"


def test_status_warns_where_nobody_serves_and_what_is_demoted() -> None:
    first = a_router(state=CarpState.BACKUP, demotion=240)

    text = render_status(a_pair(first=first))

    assert f"!! NOBODY is MASTER of vhid 2 ({VIP})" in text
    assert "!! router-001: net.inet.carp.demotion is 240" in text
    assert "BACKUP vmx1 skew 0, says 240" in text


def test_what_could_not_be_observed_is_never_shown_as_none() -> None:
    pair = PairFacts(a_router(), Unseen("router-002", "no route to host", 0.0))

    lines = render_status(pair).splitlines()

    assert "router-002 could not be observed (no route to host)" in lines[0]
    assert "lock        none                             ?" in lines


def test_status_names_locks_holds_and_what_cannot_be_read() -> None:
    held = replace(
        a_router(),
        lock=Lock(RUN, "deploy", "bastion", "03:00", "03:07"),
        hold=Hold("r7", ()),
        ospf=Unknown("vtysh: not found"),
    )

    text = render_status(a_pair(first=held))

    assert f"lock        run {RUN}" in text
    assert "router-001: deploy@bastion since 03:00, last sign of life 03:07" in text
    assert "router-001: switched on purpose by run r7: `bluegreen restore`" in text
    assert "!! router-001: OSPF cannot be read: vtysh: not found" in text


def test_status_warns_only_of_a_vip_known_not_to_answer() -> None:
    pair = a_pair()
    unknown = replace(pair.outside, answers=(VipAnswer(VIP, 0, 0, 0.0, None),))
    silent = replace(pair.outside, answers=(VipAnswer(VIP, 9, 9, 900.0, False),))

    assert "!!" not in render_status(replace(pair, outside=unknown))
    assert f"!! {VIP} does not answer" in render_status(replace(pair, outside=silent))


def test_status_ends_with_a_run_that_is_open_and_keeps_quiet_of_ended_ones() -> None:
    events = tuple(switched(opening(), BLUE, GREEN).events)

    assert f"run {RUN} (upgrade) is OPEN" in render_status(a_pair(), fold(events))
    assert RUN not in render_status(a_pair(), fold(an_upgrade()))


def test_documents_hold_the_same_under_stable_keys() -> None:
    events = an_upgrade()
    end = events[-1]
    assert isinstance(end, RunFinished)
    line = run_line(events)
    assert line is not None

    finish = json.loads(finish_json(end))
    shown = json.loads(show_json(events, fold(events)))

    assert (finish["event"], finish["outcome"], finish["outages"][0]["lost"]) == (
        "run_finished",
        "done",
        1,
    )
    assert shown["run"] == json.loads(runs_json([line]))["runs"][0]
    assert len(shown["events"]) == len(events)
    assert shown["events"][0]["at"] == "2026-11-22T03:00:00Z"


def test_the_status_document_has_each_vhid_of_each_router() -> None:
    events = tuple(opening().events)

    status = json.loads(status_json(a_pair(), fold(events)))

    assert status["serving"] == BLUE_SERVES
    assert status["routers"][1]["vhids"][0] == {
        "vhid": 2,
        "interface": "vmx1",
        "addresses": [VIP],
        "state": "BACKUP",
        "advbase": 1,
        "advskew": 100,
        "effective_advskew": 100,
    }
    assert status["run"]["open"] is True


def test_no_document_holds_what_a_file_is_made_of() -> None:
    events = tuple(opening().events)

    assert "owner=deploy" not in show_json(events, fold(events))
    assert "(4 lines)" in event_json(events[4])


def test_plain_views_do_not_import_rich() -> None:
    script = (
        "import sys, bluegreen.report.lines, bluegreen.report.summary, bluegreen.report.plan, "
        "bluegreen.report.documents; sys.exit('rich' in sys.modules)"
    )

    ended = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)

    assert ended.returncode == 0
