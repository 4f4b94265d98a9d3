"""Whatever a value holds, a router's shell runs the program that was meant, and nothing else.

Every builder, with hostile values in every place that an inventory, a router's answer or a file
can fill, rendered, and read by a real shell whose programs write down how they were called.
"""

import inspect
import re
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recording import NONCE, Call, Recorders, hostile

from bluegreen.freebsd import commands as builders
from bluegreen.freebsd import locking, ospf_costs
from bluegreen.freebsd.batch import observation
from bluegreen.freebsd.paths import Paths
from bluegreen.freebsd.rcconf import RcEdit
from bluegreen.freebsd.shell import asked_by, render
from bluegreen.freebsd.text import is_operand
from bluegreen.model.command import Command, Effect, Guard, Script
from bluegreen.model.facts import LocatedVhid
from bluegreen.model.network import CarpState, CarpVhid
from bluegreen.model.routing import OspfCost
from bluegreen.model.system import Lock
from bluegreen.probe.shipping import SCRIPT
from bluegreen.remote.ssh import WORDS
from bluegreen.remote.stream import words_of

PROGRAMS = """
    awk bectl birdc cat chmod cp daemon date df env find freebsd-update freebsd-version ifconfig ln
    mkdir mount mv netstat ospfctl pkg printenv program ps rm rmdir sed sh sha256 shutdown sysctl
    tee umount vtysh fsync
"""
Built = Command | tuple[Command, ...]
once_each = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def recorders(tmp_path_factory: pytest.TempPathFactory) -> Recorders:
    """Return programs under the name of every one that a builder can send."""
    made = Recorders(tmp_path_factory.mktemp("recorders"))
    made.programs(PROGRAMS.split())
    return made


# -- hostile values for each builder ---------------------------------------------


def operand(text: str) -> str:
    """Return what of a text may be sent as a name; what may not is refused before a builder."""
    name = "".join(filter(str.isprintable, text)).lstrip("-") or "name"
    assert is_operand(name)
    return name


absolute = hostile.map(lambda text: f"/{text}")
paths = st.builds(Paths, absolute)
names = hostile.map(operand)
peers = st.one_of(st.none(), hostile)
vhids = st.builds(
    LocatedVhid,
    names,
    st.builds(
        CarpVhid,
        st.integers(1, 255),
        st.just(CarpState.MASTER),
        st.just(1),
        st.integers(0, 254),
        peers,
        peers,
    ),
)
locks = st.builds(Lock, hostile, hostile, hostile, hostile)
edits = st.lists(st.builds(RcEdit, absolute, st.lists(hostile, max_size=2).map(tuple)), max_size=2)
files = st.lists(absolute, max_size=2)
skews = st.dictionaries(st.tuples(hostile, st.integers(1, 255)), st.integers(0, 254), max_size=2)
some = st.lists(hostile, max_size=2)
costs = st.lists(st.builds(OspfCost, hostile, st.integers(1, 65535), peers), max_size=2)
argvs = st.lists(hostile, max_size=3).map(lambda rest: ["program", *rest])
effects = st.sampled_from(Effect)

BUILDERS: dict[str, st.SearchStrategy[Built]] = {
    "set_advskew": st.builds(builders.set_advskew, vhids, st.integers(0, 254)),
    "set_advbase": st.builds(builders.set_advbase, vhids, st.integers(1, 255)),
    "advertise_now": st.builds(builders.advertise_now),
    "add_demotion": st.builds(builders.add_demotion, st.integers()),
    "take_lock": st.builds(locking.take_lock, paths, locks),
    "break_lock": st.builds(locking.break_lock, paths, locks, hostile),
    "beat": st.builds(locking.beat, paths, locks, hostile),
    "save_costs": st.builds(ospf_costs.save_costs, paths),
    "raise_costs": st.builds(ospf_costs.raise_costs, some, costs),
    "give_costs_back": st.builds(ospf_costs.give_costs_back, some, costs, paths),
    "forget_costs": st.builds(ospf_costs.forget_costs, paths),
    "write_record": st.builds(builders.write_record, paths, hostile, hostile),
    "note_reached": st.builds(builders.note_reached, paths, hostile),
    "read_record": st.builds(builders.read_record, paths),
    "release": st.builds(builders.release, paths, st.booleans()),
    "edit_config": st.builds(builders.edit_config, paths, edits, files),
    "restore_config": st.builds(builders.restore_config, paths, files),
    "forget_originals": st.builds(builders.forget_originals, paths, files),
    "hold_skews": st.builds(builders.hold_skews, paths, hostile, skews),
    "drop_hold": st.builds(builders.drop_hold, paths),
    "set_sysctl": st.builds(builders.set_sysctl, hostile, st.integers()),
    "note_lent": st.builds(
        builders.note_lent, paths, hostile, st.dictionaries(hostile, st.integers(), max_size=2)
    ),
    "forget_lent": st.builds(builders.forget_lent, paths),
    "start_job": st.builds(
        builders.start_job, paths, hostile, hostile, argvs, effects, st.booleans()
    ),
    "forget_job": st.builds(builders.forget_job, paths, hostile),
    "create_environment": st.builds(builders.create_environment, names),
    "activate_environment": st.builds(builders.activate_environment, names),
    "rename_environment": st.builds(builders.rename_environment, names, names),
    "destroy_environment": st.builds(builders.destroy_environment, names),
    "mark_boot": st.builds(builders.mark_boot, paths, hostile, hostile, st.booleans()),
    "reboot": st.builds(builders.reboot),
}
ARGVS: dict[str, st.SearchStrategy[tuple[str, ...]]] = {
    "fetch_update": st.builds(builders.fetch_update),
    "fetch_upgrade": st.builds(builders.fetch_upgrade, hostile, st.one_of(st.none(), hostile)),
    "install_update": st.builds(builders.install_update),
    "rollback_update": st.builds(builders.rollback_update),
}


def test_no_builder_is_left_out() -> None:
    made = {
        name
        for module in (builders, locking, ospf_costs)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith(("_", "is_", "parse_"))
    }

    assert made == BUILDERS.keys() | ARGVS.keys()


def meant(commands: tuple[Command, ...]) -> list[Call]:
    return [Call(command.argv, command.reads) for command in commands]


def as_tuple(built: Built) -> tuple[Command, ...]:
    return (built,) if isinstance(built, Command) else built


@pytest.mark.parametrize("builder", BUILDERS)
@once_each
@given(data=st.data())
def test_a_builder_runs_what_is_meant_and_nothing_else(
    recorders: Recorders, builder: str, data: st.DataObject
) -> None:
    commands = as_tuple(data.draw(BUILDERS[builder]))
    started = [c for c in commands if c.argv[0] == "daemon"]

    calls = recorders.run(Script(commands))

    ran = [Call(tuple(c.argv[c.argv.index("sh") :])) for c in started]  # what our daemon(8) runs
    assert calls == [*meant(commands), *ran]


@pytest.mark.parametrize("shell", [("bash", "--posix"), ("dash",), ("zsh", "--emulate", "sh")])
@once_each
@given(data=st.data())
def test_other_shells_that_may_be_sh_run_the_same(
    recorders: Recorders, shell: tuple[str, ...], data: st.DataObject
) -> None:
    found = shutil.which(shell[0])
    if found is None:
        pytest.skip(f"no {shell[0]} here")
    commands = as_tuple(data.draw(st.one_of(*BUILDERS.values())))
    unstarted = tuple(command for command in commands if command.argv[0] != "daemon")

    assert recorders.run(Script(unstarted), (found, *shell[1:])) == meant(unstarted)


@once_each
@given(argv=st.one_of(argvs, *ARGVS.values()), status=absolute, yes=st.booleans())
def test_a_job_runs_its_program_as_it_was_meant(
    tmp_path_factory: pytest.TempPathFactory, argv: list[str], status: str, yes: bool
) -> None:
    """The one place where a shell's own text is sent: it takes every value as an argument."""
    inner = Recorders(tmp_path_factory.getbasetemp())
    inner.programs(("env", "program", "tee", "mv", "yes"))
    wrapper = builders.JOB_YES if yes else builders.JOB
    script = Script((Command(("sh", "-c", wrapper, "job", status, *argv), 5, Effect.JOB),))

    calls = inner.run(script)

    feeding = [Call(("yes", "y"))] if yes else []
    assert [call for call in calls if call not in feeding] == [
        Call(tuple(argv)),
        Call(("tee", f"{status}.new"), "0\n"),
        Call(("mv", f"{status}.new", status)),
    ]


@once_each
@given(where=paths, daemon=st.sampled_from(["frr", "quagga", "bird", "openospfd", "none"]))
def test_the_questions_are_asked_as_they_are_meant(
    recorders: Recorders, where: Paths, daemon: str
) -> None:
    script = observation(where, (daemon,))

    assert recorders.run(script) == meant(script.commands)


@once_each
@given(path=absolute, run=hostile, marker=absolute, after=argvs)
def test_a_guard_looks_at_what_is_meant_and_runs_nothing_else(
    recorders: Recorders, path: str, run: str, marker: str, after: list[str]
) -> None:
    guard = Guard(masters=1, backups=1, lock=(path, run), marker=marker)
    script = Script((Command(tuple(after), 5, Effect.CONFIG),), guard)

    calls = recorders.run(script)

    assert [call.argv for call in calls[2:]] == [("cat", path), ("cat", marker)]
    assert [call.argv for call in calls] == list(asked_by(guard))


@once_each
@given(run=hostile.filter(lambda text: "\n" not in text), said=hostile)
def test_what_a_lock_says_is_compared_and_never_run(
    tmp_path_factory: pytest.TempPathFactory, run: str, said: str
) -> None:
    held = Recorders(tmp_path_factory.getbasetemp())
    held.programs(("program",))
    lock = held.directory / "lock"
    script = Script((Command(("program",), 5, Effect.CONFIG),), Guard(lock=(str(lock), run)))

    for text, holds in ((f"{said}\nrun={run}\n{said}", True), (f"run=other{said}", False)):
        lock.write_bytes(text.encode("utf-8", "surrogateescape"))
        ours = f"\nrun={run}\n" in f"\n{text.rstrip(chr(10))}\n"
        assert ours or not holds
        assert held.run(script) == ([Call(("program",))] if ours else [])


# -- the login shell -------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [*WORDS.values(), *(words_of(become, SCRIPT) for become in WORDS)]
)
def test_a_login_shell_is_given_our_own_words_alone(words: str) -> None:
    """Nothing of an inventory, a run or a router stands there: csh and sh read it alike."""
    assert re.fullmatch(
        r"exec (?:doas |sudo -n )?sh (?:-s -- \"\$SSH_CONNECTION\"|-c '[^'!\n]+')", words
    )


@pytest.mark.parametrize("login", ["sh", "bash", "csh", "tcsh", "zsh", "fish"])
@once_each
@given(data=st.data())
def test_any_login_shell_hands_the_script_to_sh(
    recorders: Recorders, login: str, data: st.DataObject
) -> None:
    found = shutil.which(login)
    if found is None:
        pytest.skip(f"no {login} here")
    commands = as_tuple(data.draw(st.one_of(*BUILDERS.values())))
    unstarted = tuple(command for command in commands if command.argv[0] != "daemon")

    calls = recorders.read(render(Script(unstarted), NONCE), (found, "-c", WORDS["none"]))

    assert calls == meant(unstarted)
