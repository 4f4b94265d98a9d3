"""The text that a router's sh runs, tried on this machine's /bin/sh."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bluegreen.errors import OutcomeUnknownError, UnreachableError
from bluegreen.freebsd.shell import read_answer, render
from bluegreen.model.command import Command, Effect, Guard, Output, Script

NONCE = "0123456789abcdef"

MASTER_AND_TWO_BACKUPS = """\
vmx0: flags=8943<UP,BROADCAST,RUNNING> metric 0 mtu 1500
\tinet 198.51.100.2 netmask 0xffffff00 broadcast 198.51.100.255
\tcarp: MASTER vhid 1 advbase 1 advskew 0
\tcarp: BACKUP vhid 2 advbase 1 advskew 100
\tcarp: BACKUP vhid 12 advbase 1 advskew 100
lagg0: flags=8843<UP,BROADCAST,RUNNING> metric 0 mtu 1500
\tlaggproto failover lagghash l2,l3,l4
\tlaggport: vmx1 flags=5<MASTER,ACTIVE>
\tdescription: carp: MASTER vhid 9
"""

words = st.binary(max_size=40).map(
    lambda raw: raw.replace(b"\0", b"").decode("utf-8", "surrogateescape")
)


def a_read(*argv: str, stdin: str = "") -> Command:
    return Command(argv, timeout_s=5, effect=Effect.READ, stdin=stdin)


def a_change(*argv: str) -> Command:
    return Command(argv, timeout_s=5, effect=Effect.CONFIG)


def sh(text: str, path: str = "/usr/bin:/bin", **env: str) -> tuple[int, str, str]:
    """Return exit status and both streams of a shell that reads ``text``."""
    done = subprocess.run(
        ["/bin/sh", "-s", "--", "192.0.2.9 4711 192.0.2.11 22"],
        input=text.encode("utf-8", "surrogateescape"),
        capture_output=True,
        check=False,
        timeout=20,
        env={"PATH": path, **env},
    )
    out, err = (stream.decode("utf-8", "surrogateescape") for stream in (done.stdout, done.stderr))
    return done.returncode, out, err


def answer_of(script: Script, path: str = "/usr/bin:/bin", **env: str) -> tuple[Output, ...]:
    _, out, err = sh(render(script, NONCE), path, **env)
    return read_answer(script, NONCE, out, err)


@pytest.fixture
def shims(tmp_path: Path) -> str:
    """Return a PATH on which ifconfig says what a router with three vhids says."""
    (tmp_path / "printed").write_text(MASTER_AND_TWO_BACKUPS)
    shim = tmp_path / "ifconfig"
    shim.write_text(f"#!/bin/sh\nexec cat {tmp_path}/printed\n")
    shim.chmod(0o755)
    return f"{tmp_path}:/usr/bin:/bin"


def test_each_command_answers_with_its_own_streams_and_status() -> None:
    script = Script(
        (a_read("sh", "-c", "echo out; echo err >&2; exit 3"), a_read("printf", "no newline")),
        keep_going=True,
    )

    answer = answer_of(script)

    assert answer == (Output("out\n", "err\n", 3), Output("no newline", "", 0))


def test_without_keep_going_the_first_failure_is_the_last_command(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    script = Script((a_change("true"), a_change("false"), a_change("touch", str(touched))))

    answer = answer_of(script)

    assert [output.code for output in answer] == [0, 1]
    assert not touched.exists()


def test_the_exit_status_of_the_shell_is_that_of_the_failure() -> None:
    script = Script((a_change("sh", "-c", "exit 7"), a_change("true")))

    assert sh(render(script, NONCE))[0] == 7


@pytest.mark.parametrize("word", ["if", "}", "exit", "mark", "a=b", "!", "#x", "*", "~", ""])
def test_a_program_named_like_a_word_of_the_shell_is_only_a_program(word: str) -> None:
    script = Script((a_read(word), a_read("echo", word)), keep_going=True)

    answer = answer_of(script)

    assert answer[0].code in {126, 127}
    assert answer[1] == Output(f"{word}\n")


def test_a_builtin_gives_way_to_the_program_on_path(tmp_path: Path) -> None:
    shim = tmp_path / "test"
    shim.write_text("#!/bin/sh\necho shim $*\n")
    shim.chmod(0o755)

    answer = answer_of(Script((a_read("test", "-e", "/nowhere"),)), path=f"{tmp_path}:/usr/bin")

    assert answer == (Output("shim -e /nowhere\n"),)


def test_a_command_that_reads_finds_nothing_to_read() -> None:
    answer = answer_of(Script((a_read("cat"), a_read("echo", "still here"))))

    assert answer == (Output(""), Output("still here\n"))


def test_the_environment_is_the_one_promised() -> None:
    names = ("LC_ALL", "SSH_CONNECTION", "PATH")

    answer = answer_of(Script((a_read("printenv", *names),)), path="/first:/usr/bin", LC_ALL="de")

    assert answer[0].stdout.splitlines() == [
        "C",
        "192.0.2.9 4711 192.0.2.11 22",
        "/first:/usr/bin:/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin",
    ]


def test_what_a_login_shell_prints_first_belongs_to_no_command() -> None:
    script = Script((a_read("echo", "answer"),))
    _, out, err = sh(render(script, NONCE))

    answer = read_answer(script, NONCE, "Welcome\n" + out, "We trust you\n" + err)

    assert answer == (Output("answer\n"),)


@settings(max_examples=60, deadline=None)
@given(argv=st.lists(words, max_size=4), stdin=words)
def test_every_word_and_byte_arrives_as_it_was_written(argv: list[str], stdin: str) -> None:
    script = Script((a_read("printf", "[%s]\\n", "", *argv), a_read("cat", stdin=stdin)))

    answer = answer_of(script)

    assert answer == (Output("".join(f"[{word}]\n" for word in ["", *argv])), Output(stdin))


@settings(max_examples=40, deadline=None)
@given(outputs=st.lists(st.tuples(words, words, st.integers(0, 125)), max_size=4))
def test_every_output_comes_back_as_it_was_printed(outputs: list[tuple[str, str, int]]) -> None:
    saying = 'printf %s "$1"; printf %s "$2" >&2; exit "$3"'
    commands = tuple(
        a_read("sh", "-c", saying, "sh", out, err, str(code)) for out, err, code in outputs
    )

    answer = answer_of(Script(commands, keep_going=True))

    assert answer == tuple(Output(*output) for output in outputs)


def test_a_long_stdin_is_neither_cut_nor_an_argument_too_long() -> None:
    text = "x'\\n" * 100_000

    answer = answer_of(Script((a_read("cat", stdin=text),)))

    assert answer == (Output(text),)


def test_a_program_that_leaves_its_stdin_unread_complains_of_nothing() -> None:
    answer = answer_of(Script((a_read("true", stdin="x" * 200_000),)))

    assert answer == (Output(""),)


def test_a_text_cut_off_at_any_byte_runs_nothing(shims: str, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    guard = Guard(masters=1, backups=2, marker=str(tmp_path / "printed"))
    script = Script((a_change("touch", str(touched)), a_change("echo", "é")), guard)
    text = render(script, NONCE).encode()

    for end in range(len(text)):
        cut = text[:end].decode("utf-8", "surrogateescape")
        assert sh(cut, shims)[1] == "", f"printed after {end} bytes"
        assert not touched.exists(), f"ran after {end} bytes"

    assert len(answer_of(script, shims)) == 2
    assert touched.exists()


@pytest.mark.parametrize(("masters", "backups"), [(1, 2), (1, None), (None, 2), (None, None)])
def test_a_guard_that_holds_leaves_no_trace(
    shims: str, masters: int | None, backups: int | None
) -> None:
    script = Script((a_change("echo", "done"),), Guard(masters=masters, backups=backups))

    assert answer_of(script, shims) == (Output("done\n"),)


def test_a_master_port_of_a_lagg_is_no_master(shims: str) -> None:
    script = Script((a_change("echo", "done"),), Guard(masters=2, backups=2))

    (output,) = answer_of(script, shims)

    assert output.code == 75
    assert output.stderr == "guard: vhids MASTER and BACKUP: 1 2, wanted 2 2\n"


def test_a_guard_that_does_not_hold_stops_everything(shims: str, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    script = Script(
        (a_change("touch", str(touched)),), Guard(masters=0, backups=12), keep_going=True
    )

    status, _, _ = sh(render(script, NONCE), shims)

    assert status == 75
    assert not touched.exists()


def test_a_router_that_cannot_be_asked_is_not_taken_for_idle(tmp_path: Path) -> None:
    (tmp_path / "ifconfig").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "ifconfig").chmod(0o755)
    script = Script((a_change("echo", "done"),), Guard(masters=0, backups=0))

    (output,) = answer_of(script, f"{tmp_path}:/usr/bin:/bin")

    assert output == Output("", "guard: ifconfig failed\n", 75)


def test_the_lock_must_name_our_run_on_a_line_of_its_own(tmp_path: Path) -> None:
    owner = tmp_path / "it's a lock"
    owner.write_text("owner=alice\nrun=r-10\nhost=bastion\n")
    ours = Script((a_change("echo", "done"),), Guard(lock=(str(owner), "r-10")))
    theirs = Script((a_change("echo", "done"),), Guard(lock=(str(owner), "r-1")))

    held, refused = answer_of(ours), answer_of(theirs)

    assert held == (Output("done\n"),)
    assert refused[0].code == 75
    assert "is not held by run r-1, it says: owner=alice" in refused[0].stderr


def test_a_missing_lock_and_a_missing_marker_are_both_named(tmp_path: Path) -> None:
    guard = Guard(lock=(f"{tmp_path}/lock", "r-1"), marker=f"{tmp_path}/marker")

    (output,) = answer_of(Script((a_change("echo", "done"),), guard))

    assert output.code == 75
    assert f"lock {tmp_path}/lock is not held by run r-1, it says: nothing" in output.stderr
    assert f"marker {tmp_path}/marker is gone" in output.stderr


def test_a_cut_answer_is_never_taken_for_a_whole_one() -> None:
    script = Script((a_read("echo", "one"), a_read("echo", "two")), keep_going=True)
    _, out, err = sh(render(script, NONCE))

    for end in range(len(out)):
        with pytest.raises(UnreachableError):
            read_answer(script, NONCE, out[:end], err)
    for end in range(len(err)):
        with pytest.raises(UnreachableError):
            read_answer(script, NONCE, out, err[:end])


def test_a_cut_answer_to_a_change_leaves_its_outcome_unknown() -> None:
    script = Script((a_change("echo", "one"), a_change("echo", "two")))
    _, out, err = sh(render(script, NONCE))

    with pytest.raises(OutcomeUnknownError, match=r"router-001: .*1 of 2 commands answered"):
        read_answer(script, NONCE, out[:-3], err, "router-001")


@pytest.mark.parametrize("argv", [(), ("echo", "nul\0")])
def test_a_command_that_no_shell_can_run_is_refused_while_rendering(argv: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"program|NUL"):
        render(Script((a_read(*argv),)), NONCE)
