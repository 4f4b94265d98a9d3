"""What a run of ours left on a router, read back."""

import pytest
from facts import RUN, STATE

from bluegreen.errors import ParseError
from bluegreen.freebsd.state import END, State, parse_state
from bluegreen.model.facts import Hold
from bluegreen.model.system import NAMELESS, Job, JobState, Lock

LOCK_FILE = f"==> {STATE}/lock\nrun={RUN}\nowner=ops\nhost=bastion\nsince=2026-01-01T00:00:00Z\n"
JOB = f"{STATE}/jobs/stage"


def read(printed: str, *processes: str) -> State:
    """Return what is read where each file that was printed is listed, too."""
    listed = "".join(
        line.removeprefix("==> ") + "\n" for line in printed.splitlines() if line.startswith("==> ")
    )
    whole = f"{printed}{END}\n" if printed else ""
    return parse_state(STATE, whole, listed, frozenset(processes))


def test_nothing_printed_and_nothing_listed_is_nothing_left() -> None:
    assert read("") == State(None, None, (), ())


def test_a_lock_names_its_run_and_its_owner() -> None:
    assert read(LOCK_FILE).lock == Lock(RUN, "ops", "bastion", "2026-01-01T00:00:00Z")


def test_a_lock_shows_the_last_sign_of_life() -> None:
    beat = f"==> {STATE}/heartbeat\n2026-01-01T00:00:05Z\n"

    lock = read(LOCK_FILE + beat).lock

    assert lock is not None
    assert lock.heartbeat == "2026-01-01T00:00:05Z"


def test_a_sign_of_life_of_a_run_that_held_the_router_before_says_nothing_of_this_one() -> None:
    beat = f"==> {STATE}/heartbeat\n2026-01-01T00:00:05Z\nrun=another\nowner=eve\n"

    assert read(LOCK_FILE + beat).lock == Lock(RUN, "ops", "bastion", "2026-01-01T00:00:00Z")


def test_a_sign_of_life_alone_is_no_lock() -> None:
    assert read(f"==> {STATE}/heartbeat\n2026-01-01T00:00:05Z\n").lock is None


@pytest.mark.parametrize("text", ["", "run=\n", "owner=ops\n", "garbage\n"])
def test_a_lock_that_names_no_run_holds_the_router_all_the_same(text: str) -> None:
    lock = read(f"==> {STATE}/lock\n{text}").lock

    assert lock is not None
    assert lock.run == NAMELESS


def test_an_empty_lock_that_awk_prints_nothing_of_holds_it_too() -> None:
    lock = parse_state(STATE, f"{END}\n", f"{STATE}/lock\n", frozenset()).lock

    assert lock == Lock(NAMELESS, "?", "?", "?")


def test_who_resumed_a_run_elsewhere_stands_in_its_sign_of_life() -> None:
    beat = f"==> {STATE}/heartbeat\n2026-01-01T09:00:05Z\nowner=eve\nhost=laptop\npid=77\n"

    lock = read(LOCK_FILE + beat).lock

    assert lock == Lock(
        RUN, "eve", "laptop", "2026-01-01T00:00:00Z", heartbeat="2026-01-01T09:00:05Z", pid=77
    )


def test_an_empty_hold_that_awk_prints_nothing_of_is_refused() -> None:
    with pytest.raises(ParseError, match="a hold is there and cannot be read"):
        parse_state(STATE, f"{END}\n", f"{STATE}/hold\n", frozenset())


def test_a_lock_of_another_directory_is_not_ours() -> None:
    assert parse_state("/srv/bluegreen", f"{LOCK_FILE}{END}\n", "", frozenset()).lock is None


def test_a_hold_gives_interface_vhid_and_skew() -> None:
    held = read(f"==> {STATE}/hold\nrun={RUN}\nvmx0 2 100\nvmx1 3 0\n").hold

    assert held == Hold(RUN, (("vmx0", 2, 100), ("vmx1", 3, 0)))


@pytest.mark.parametrize("line", ["vmx0 2", "vmx0 2 fast", "vmx0 2 100 7"])
def test_a_hold_that_cannot_be_read_as_a_whole_is_refused(line: str) -> None:
    with pytest.raises(ParseError, match="a hold is there and cannot be read"):
        read(f"==> {STATE}/hold\nrun={RUN}\n{line}\n")


def test_a_job_runs_while_its_process_is_alive() -> None:
    jobs = read(f"==> {JOB}/run\n{RUN}\n==> {JOB}/pid\n4711\n", "1", "4711").jobs

    assert jobs == (Job("stage", RUN, JobState.RUNNING),)


def test_a_job_without_process_and_without_status_is_lost() -> None:
    jobs = read(f"==> {JOB}/run\n{RUN}\n==> {JOB}/pid\n4711\n", "1", "471").jobs

    assert jobs == (Job("stage", RUN, JobState.LOST),)


def test_an_exit_status_ends_a_job_whoever_has_its_pid_now() -> None:
    printed = (
        f"==> {JOB}/run\n{RUN}\n==> {JOB}/pid\n4711\n==> {JOB}/status\n3\n"
        f"==> {JOB}/log\nfirst line\nlast line\n"
    )

    assert read(printed, "4711").jobs == (
        Job("stage", RUN, JobState.ENDED, 3, "first line\nlast line"),
    )


def test_a_job_whose_place_was_made_and_that_never_began_is_unstarted() -> None:
    assert read(f"==> {JOB}/run\n{RUN}\n").jobs == (Job("stage", RUN, JobState.UNSTARTED),)


def test_jobs_come_in_the_order_of_their_names() -> None:
    second, first = f"{STATE}/jobs/stage/run", f"{STATE}/jobs/install-1/run"

    jobs = read(f"==> {second}\n{RUN}\n==> {first}\n{RUN}\n").jobs

    assert [job.name for job in jobs] == ["install-1", "stage"]


def test_every_file_of_ours_is_listed() -> None:
    original = f"{STATE}/originals/etc__rc.conf"

    assert parse_state(STATE, "", f"{original}\n", frozenset()).kept == (original,)


def test_the_note_of_a_boot_is_read_back() -> None:
    assert read(f"==> {STATE}/boot\n{RUN} reboot 1800000000\n").note == f"{RUN} reboot 1800000000"
    assert read("").note is None


@pytest.mark.parametrize("status", ["²", "9" * 5000, "0x0", "-1"])
def test_an_exit_status_that_is_no_number_is_none(status: str) -> None:
    files = f"==> {JOB}/pid\n1201\n==> {JOB}/status\n{status}\n"

    assert read(files).jobs == (Job("stage", "?", JobState.LOST, None, ""),)


@pytest.mark.parametrize("row", ["vmx1 2 255", "vmx1 2 ²", "vmx1 0 0", f"vmx1 2 {'9' * 5000}"])
def test_a_hold_with_what_ifconfig_would_not_take_is_refused(row: str) -> None:
    with pytest.raises(ParseError, match="a hold is there and cannot be read"):
        read(f"==> {STATE}/hold\nrun={RUN}\n{row}\n")


def test_half_of_an_answer_is_none() -> None:
    """A job whose number is in the other half would look unstarted, and be started anew."""
    files = f"==> {JOB}/log\nFetching...\n==> {JOB}/pid\n1201\n==> {JOB}/run\n{RUN}\n"

    with pytest.raises(ParseError, match="was not printed to its end"):
        parse_state(STATE, files.partition("==> " + JOB + "/pid")[0], f"{JOB}/pid\n", frozenset())


def test_a_job_that_is_printed_and_not_listed_is_half_of_an_answer() -> None:
    with pytest.raises(ParseError, match="was printed and is not listed"):
        parse_state(STATE, f"==> {JOB}/run\n{RUN}\n{END}\n", "", frozenset())


def test_two_answers_in_one_are_refused() -> None:
    with pytest.raises(ParseError, match="printed twice"):
        read(LOCK_FILE + LOCK_FILE)


def test_a_process_without_a_number_is_not_taken_for_a_lost_one() -> None:
    with pytest.raises(ParseError, match="has no number"):
        read(f"==> {JOB}/pid\n1201 1201\n")
