"""FreeBSD's answers become facts, or say why not; a failed question is never an empty answer."""

from dataclasses import replace

import pytest
from emulated import A_ROUTER, EPOCH_S, VIP, Router, a_master, a_ufs_router
from facts import RUN, STATE

from bluegreen.emulator.spec import EXAMPLE_KEY
from bluegreen.errors import ParseError
from bluegreen.freebsd.batch import questions
from bluegreen.freebsd.commands import edit_config
from bluegreen.freebsd.locking import take_lock
from bluegreen.freebsd.paths import Paths
from bluegreen.freebsd.rcconf import persist_edits
from bluegreen.model.codec import write_facts
from bluegreen.model.command import Output
from bluegreen.model.facts import Boot, Outside, PairFacts, RouterFacts, SshPath, Unknown
from bluegreen.model.network import CarpState
from bluegreen.model.system import Lock, Versions
from bluegreen.observation import FreeBsd

NAME, ADDRESS = "router-001", "203.0.113.110"
CARP_CONF = "/etc/rc.conf.d/netif/carp"
DIALECT = FreeBsd({NAME: Paths()})
NAMES = tuple(questions(Paths(), ("frr", "bird", "openospfd")))
FAILED = Output("", "Input/output error\n", 1)


def answers(router: Router) -> dict[str, Output]:
    said = (router.run(*c.argv, stdin=c.stdin) for c in DIALECT.questions(NAME).commands)
    return dict(zip(NAMES, said, strict=True))


def read(said: dict[str, Output]) -> RouterFacts:
    outputs = tuple(said[name] for name in NAMES)
    return DIALECT.read(NAME, outputs, 12.5, EPOCH_S, ADDRESS)


def read_with(name: str, output: Output, router: Router | None = None) -> RouterFacts:
    """Read a router, one of whose answers is another."""
    return read({**answers(router or a_master()), name: output})


def test_one_exec_asks_everything_and_goes_on_whatever_fails() -> None:
    script = DIALECT.questions(NAME)

    assert script.keep_going
    assert script.reads_only
    assert script.guard is None


def test_a_router_is_read_as_it_is() -> None:
    facts = read(answers(a_master()))

    assert (facts.name, facts.began_s, facts.management) == (NAME, 12.5, ADDRESS)
    assert [(str(v), v.carp.state, v.carp.addresses) for v in facts.vhids] == [
        ("2@vmx1", CarpState.MASTER, (VIP,))
    ]
    assert facts.versions == Versions("14.2-RELEASE-p1", "14.2-RELEASE-p1", "14.2-RELEASE-p1")
    assert facts.boot == Boot(EPOCH_S - 86400, None)
    assert facts.clock_s == pytest.approx(EPOCH_S + 10, abs=1)
    assert facts.environment_now() == "default"
    assert (facts.lock, facts.hold, facts.jobs, facts.kept) == (None, None, (), ())
    assert facts.ssh == SshPath("192.0.2.1", "192.0.2.11")
    assert (facts.securelevel, facts.pkgbase) == (-1, False)


@pytest.mark.parametrize(
    "name", ["ifconfig", "sysctl", "versions", "date", "processes", "processes again"]
)
def test_without_what_every_decision_rests_on_there_are_no_facts(name: str) -> None:
    with pytest.raises(ParseError, match=rf"{name}: exit 1: Input/output error"):
        read_with(name, FAILED)


@pytest.mark.parametrize("name", ["ifconfig", "sysctl", "versions", "processes"])
def test_half_an_answer_of_a_program_that_failed_is_none(name: str) -> None:
    said = answers(a_master())
    half = Output(said[name].stdout, "Input/output error\n", 1)

    with pytest.raises(ParseError, match=rf"{name}: exit 1: Input/output error"):
        read({**said, name: half})


@pytest.mark.parametrize("name", ["ifconfig", "versions", "date"])
def test_a_program_that_prints_nothing_is_not_believed(name: str) -> None:
    with pytest.raises(ParseError, match=f"{name}: exit 0: it printed nothing"):
        read_with(name, Output(""))


def test_a_date_that_is_no_number_is_refused() -> None:
    with pytest.raises(ParseError, match="date: not a number"):
        read_with("date", Output("Thu Jan  1 00:00:00 UTC 2026\n"))


def test_what_is_not_decisive_is_unknown_with_its_reason() -> None:
    failed = dict.fromkeys(("environments", "routes", "packages", "spaces"), FAILED)

    facts = read({**answers(a_master()), **failed})

    reason = Unknown("Input/output error")
    assert facts.environments == reason
    assert facts.routes == reason
    assert facts.packages == reason
    assert facts.spaces == reason


def test_an_answer_that_cannot_be_parsed_is_unknown_not_empty() -> None:
    facts = read_with("environments", Output("not\ta\tlist\n"))

    assert isinstance(facts.environments, Unknown)


def test_no_boot_environments_is_an_answer_of_its_own() -> None:
    assert read(answers(Router(a_ufs_router()))).environments == ()
    assert read_with("environments", Output("", "exec: bectl: not found", 127)).environments == ()


def test_carp_that_is_not_loaded_is_none() -> None:
    facts = read(answers(Router(replace(A_ROUTER, carp_loaded=False, vhids=()))))

    assert facts.carp is None


def test_no_routing_daemon_is_none_and_one_that_fails_is_unknown() -> None:
    silent = {f"frr.{n}": Output("", "vtysh: not found", 127) for n in range(4)}

    assert read({**answers(a_master()), **silent}).ospf is None
    assert read_with("frr.0", Output("", "failed to connect to any daemons.", 1)).ospf == Unknown(
        "frr: failed to connect to any daemons."
    )


def test_a_daemon_whose_words_are_not_understood_is_unknown() -> None:
    assert isinstance(read_with("frr.0", Output("{}}")).ospf, Unknown)


def test_our_lock_is_read_back() -> None:
    router = a_master()
    router.do(take_lock(Paths(), Lock(RUN, "ops", "bastion", "now")))

    facts = read(answers(router))

    assert facts.lock == Lock(RUN, "ops", "bastion", "now")
    assert facts.kept == (f"{STATE}/lock",)


def test_our_files_that_cannot_be_read_are_not_taken_for_none() -> None:
    failed = Output("", f"find: {STATE}: x\n", 1)

    with pytest.raises(ParseError, match=f"state: exit 1: find: {STATE}: x"):
        read({**answers(a_master()), "state": failed, "kept": failed})


def test_a_file_that_went_while_ours_were_read_is_no_answer() -> None:
    cut = Output("", f"awk: can't open file {STATE}/jobs/stage/status.new\n", 2)

    with pytest.raises(ParseError, match="state: exit 2: awk: can't open file"):
        read_with("state", cut)


def test_passwords_are_in_no_fact_and_in_no_originals_that_are_read() -> None:
    router = a_master()
    before = read(answers(router))
    assert not isinstance(before.rc, Unknown)
    edits = persist_edits(before.rc, {("vmx1", 2): 240})
    router.do(edit_config(Paths(), edits))
    assert EXAMPLE_KEY in router.run("cat", CARP_CONF).stdout

    facts = read(answers(router))

    text = write_facts(PairFacts(facts, replace(facts, name="router-002"), Outside()))
    assert f"{STATE}/originals/etc__rc.conf.d__netif__carp" in facts.kept
    assert "pass ***" in text
    assert EXAMPLE_KEY not in text


def test_a_file_is_known_by_the_digest_of_what_it_really_holds() -> None:
    one = read(answers(a_master()))
    vhids = tuple(replace(v, password=EXAMPLE_KEY[::-1]) for v in A_ROUTER.vhids)
    other = read(answers(a_master(replace(A_ROUTER, vhids=vhids))))

    assert not isinstance(one.rc, Unknown)
    assert not isinstance(other.rc, Unknown)
    assert one.rc[-1].lines == other.rc[-1].lines
    assert one.rc[-1].digest != other.rc[-1].digest


def test_a_configuration_without_its_digest_is_unknown() -> None:
    facts = read_with("digests", FAILED)

    assert isinstance(facts.rc, Unknown)


def test_a_remote_end_that_does_not_answer_well_has_unknown_routes() -> None:
    assert DIALECT.read_remote("windriver", (FAILED,)).routes == Unknown("Input/output error")


def test_a_daemon_that_is_named_is_the_only_one_asked() -> None:
    named = FreeBsd({NAME: Paths()}, "bird")

    programs = {command.argv[0] for command in named.questions(NAME).commands}

    assert "birdc" in programs
    assert not {"vtysh", "ospfctl"} & programs


@pytest.mark.parametrize("level", ["MAÎTRE", "", "9" * 5000])
def test_a_securelevel_that_is_no_number_is_refused(level: str) -> None:
    said = answers(a_master())["sysctl"].stdout
    spoilt = said.replace("kern.securelevel: -1", f"kern.securelevel: {level}")

    with pytest.raises(ParseError, match=r"kern\.securelevel"):
        read_with("sysctl", Output(spoilt))


@pytest.mark.parametrize("date", ["nan\n", "inf\n", "1e9\n", "-5\n", f"{'9' * 400}\n"])
def test_a_time_of_day_that_date_does_not_print_is_refused(date: str) -> None:
    with pytest.raises(ParseError, match="date: not a number"):
        read_with("date", Output(date))


def test_an_answer_that_ends_within_a_line_was_not_heard_out() -> None:
    said = answers(a_master())

    with pytest.raises(ParseError, match="ends within a line"):
        read({**said, "ifconfig": Output(said["ifconfig"].stdout.removesuffix("\n"))})


def test_files_of_which_only_some_were_printed_are_not_known() -> None:
    facts = read_with("rc", Output(""))

    assert isinstance(facts.rc, Unknown)
    assert "was not printed" in facts.rc.unknown


def test_an_interface_that_is_listed_twice_is_two_answers_in_one() -> None:
    said = answers(a_master())["ifconfig"].stdout

    with pytest.raises(ParseError, match="listed twice"):
        read_with("ifconfig", Output(said + said))


# -- a user who may not read everything ---------------------------------------------

HIDDEN = Output("", "find: /var/log/bluegreen/: Permission denied\n", 1)


def test_files_of_ours_that_this_user_may_not_read_are_unknown_and_not_absent() -> None:
    facts = read({**answers(a_master()), "state": HIDDEN, "kept": HIDDEN})

    assert facts.hidden == Unknown("find: /var/log/bluegreen/: Permission denied")
    assert (facts.lock, facts.jobs, facts.kept) == (None, (), ())
    assert [str(v) for v in facts.vhids] == ["2@vmx1"]


def test_files_of_ours_that_are_read_are_not_hidden() -> None:
    assert read(answers(a_master())).hidden is None


@pytest.mark.parametrize("name", ["rc", "digests"])
def test_an_rc_conf_that_this_user_may_not_read_is_unknown_with_the_reason(name: str) -> None:
    """One that is not printed beside others would be taken for one that sets up no vhid."""
    said = answers(a_master())
    denied = f"awk: can't open file {CARP_CONF}: Permission denied"

    facts = read({**said, name: Output(said[name].stdout, f"{denied}\n", 1)})

    assert facts.rc == Unknown(denied)


def test_an_rc_conf_local_that_is_absent_is_no_reason() -> None:
    assert not isinstance(read(answers(a_master())).rc, Unknown)
