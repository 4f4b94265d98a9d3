"""Flows with state: what an account that only looks is told of them."""

from dataclasses import replace

from facts import BLUE, GREEN, a_router

from bluegreen.emulator.carpcounters import Counters as Counted
from bluegreen.emulator.carpcounters import render_carp, render_pfsync, render_states
from bluegreen.freebsd.exam import read_exam
from bluegreen.model.command import Output
from bluegreen.model.exam import RouterExam
from bluegreen.model.facts import RouterFacts
from bluegreen.model.finding import Finding, Severity
from bluegreen.model.network import Interface, Pfsync
from bluegreen.policy.states import states

DENIED = Output("", "pfctl: /dev/pf: Permission denied\n", 1)


def synced(name: str) -> RouterFacts:
    router = a_router(name)
    pfsync = Interface("pfsync0", ("UP", "RUNNING"), pfsync=Pfsync("vmx0", None, True, 1400))
    return replace(router, interfaces=(*router.interfaces, pfsync))


def exam(name: str, table: Output, log: str = "") -> RouterExam:
    said = {
        **dict.fromkeys(("carp", "carp again"), Output(render_carp(Counted()))),
        "pfsync": Output(render_pfsync({"ipackets": 1, "opackets": 1})),
        "pfsync again": Output(render_pfsync({"ipackets": 5, "opackets": 5})),
        "states": table,
        "log": Output(log),
        "passwords": Output(""),
    }
    return read_exam(name, said, 5)


def found(blue: RouterExam, green: RouterExam) -> tuple[Finding, ...]:
    exams = {BLUE: blue, GREEN: green}
    return tuple(states((synced(BLUE), synced(GREEN)), exams))


def test_tables_that_are_close_are_no_finding() -> None:
    assert found(*(exam(n, Output(render_states(4000 + 9))) for n in (BLUE, GREEN))) == ()


def test_an_account_that_may_not_open_dev_pf_is_told_what_it_takes() -> None:
    unknown = found(exam(BLUE, DENIED), exam(GREEN, Output(render_states(4000))))

    [finding] = unknown
    assert (finding.name, finding.severity) == ("states", Severity.UNKNOWN)
    assert "ask as root" in finding.fix[0].do


def test_few_states_say_nothing() -> None:
    assert found(exam(BLUE, Output(render_states(0))), exam(GREEN, Output(render_states(90)))) == ()


def test_a_bulk_update_that_failed_and_one_since_that_did_not_is_no_finding() -> None:
    log = (
        "carp: demoted by -240 to 0 (pfsync bulk fail)\n"
        "carp: demoted by 240 to 240 (pfsync bulk start)\n"
        "carp: demoted by -240 to 0 (pfsync bulk done)\n"
    )
    table = Output(render_states(4000))

    assert found(exam(BLUE, table, log), exam(GREEN, table)) == ()
    first = log.splitlines()[0]
    assert [f.name for f in found(exam(BLUE, table, first), exam(GREEN, table))] == [
        "pfsync-bulk-failed"
    ]
