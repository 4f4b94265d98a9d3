"""Connections that end too early: what is known then, and that nothing runs twice."""

import os
import select
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Connect, change, read
from sshd import Sshd

from bluegreen.errors import BluegreenError, OutcomeUnknownError, UnreachableError
from bluegreen.model.command import Command, Effect, Output, Script
from bluegreen.remote.connection import open_line
from bluegreen.remote.exchange import start
from bluegreen.remote.settings import SshSettings
from bluegreen.remote.ssh import WORDS, SshTransport

# Says the shell's process id on one pipe, and ends with the word that comes on the other.
WAITS = 'echo ran >>"$1/runs"; echo $PPID >"$1/started"; cat "$1/release"'


@pytest.fixture
def pipes(tmp_path: Path) -> Path:
    """Return a directory with the two pipes of WAITS."""
    directory = tmp_path / "pipes"
    directory.mkdir()
    subprocess.run(["mkfifo", str(directory / "started"), str(directory / "release")], check=True)
    return directory


def waiting(pipes: Path, effect: Effect, then: str = "true", timeout_s: float = 5) -> Script:
    first = Command(("sh", "-c", WAITS, "sh", str(pipes)), timeout_s, effect)
    return Script((first, Command((then, str(pipes / "touched")), timeout_s, effect)))


@contextmanager
def in_the_middle(
    router: SshTransport, script: Script, pipes: Path, sshd: Sshd
) -> Iterator[list[Exception]]:
    """Run a script of ``waiting`` in a thread; the block is entered while it waits.

    It goes on waiting until the server too has seen the end of the connection.
    """
    raised: list[Exception] = []

    def run() -> None:
        try:
            router.run(script)
        except BluegreenError as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    shell = os.pidfd_open(int(said_through(pipes / "started")))
    sessions = [os.pidfd_open(pid) for pid in sshd.sessions()]
    yield raised
    thread.join()
    assert all(has_ended(session) for session in sessions)
    (pipes / "release").write_text("go on")
    assert has_ended(shell)


def said_through(pipe: Path) -> bytes:
    """Return what comes through a pipe, or nothing after 10 s."""
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    select.select([reading], [], [], 10)
    said = os.read(reading, 100)
    os.close(reading)
    return said


def has_ended(process: int) -> bool:
    """Wait for the end of a process, which makes its file descriptor readable."""
    ended = bool(select.select([process], [], [], 10)[0])
    os.close(process)
    return ended


def runs(pipes: Path) -> int:
    return len((pipes / "runs").read_text().splitlines())


def test_a_router_that_listens_not_is_unreachable(router: SshTransport, sshd: Sshd) -> None:
    sshd.stop()

    with pytest.raises(UnreachableError, match=rf"port {sshd.port}: connection refused") as raised:
        router.run(change("true"))

    assert raised.value.exit_code == 3
    assert raised.value.router == "router-001"


def test_a_router_without_an_address_is_unreachable(settings: SshSettings) -> None:
    nowhere = SshSettings("router-001", "nowhere.invalid", identity=settings.identity)

    with pytest.raises(UnreachableError, match=r"nowhere\.invalid port 22: its name has no"):
        SshTransport(nowhere).run(read("true"))


def test_a_connection_found_dead_is_opened_again_before_anything_is_sent(
    router: SshTransport, sshd: Sshd, tmp_path: Path
) -> None:
    count = change("sh", "-c", f"echo ran >>{tmp_path}/runs")
    router.run(count)
    sshd.kill_sessions()

    router.run(count)

    assert runs(tmp_path) == 2
    assert sshd.logins() == 2


def test_a_connection_gone_silent_is_given_up_in_time(
    settings: SshSettings, sshd: Sshd, connect: Connect
) -> None:
    """As after a power failure: nothing comes, not even an end."""
    router = connect(replace(settings, connect_timeout_s=0.5))
    router.run(read("true"))
    for pid in sshd.sessions():
        os.kill(pid, signal.SIGSTOP)

    assert router.run(read("echo", "in")) == (Output("in\n"),)
    assert sshd.logins() == 2


def test_a_router_gone_between_two_scripts_was_sent_nothing(
    router: SshTransport, sshd: Sshd
) -> None:
    router.run(read("true"))
    sshd.stop()

    with pytest.raises(UnreachableError, match="connection refused"):
        router.run(change("true"))


def test_a_router_that_comes_back_is_reached_by_the_same_transport(
    router: SshTransport, sshd: Sshd
) -> None:
    router.run(read("true"))
    sshd.stop()
    with pytest.raises(UnreachableError):
        router.run(read("true"))

    sshd.start()

    assert router.run(read("echo", "back")) == (Output("back\n"),)


def test_a_change_cut_in_the_middle_has_an_unknown_outcome_and_is_never_resent(
    router: SshTransport, sshd: Sshd, pipes: Path
) -> None:
    script = waiting(pipes, Effect.CONFIG, then="touch")

    with in_the_middle(router, script, pipes, sshd) as raised:
        sshd.kill_sessions()

    assert [type(error) for error in raised] == [OutcomeUnknownError]
    assert "the connection was lost; " in str(raised[0])
    assert router.run(read("true")) == (Output(""),)
    assert runs(pipes) == 1


def test_what_follows_the_command_under_way_is_not_run_after_a_cut(
    router: SshTransport, sshd: Sshd, pipes: Path
) -> None:
    script = waiting(pipes, Effect.CONFIG, then="touch")

    with in_the_middle(router, script, pipes, sshd):
        sshd.kill_sessions()

    assert not (pipes / "touched").exists()


def test_a_read_cut_in_the_middle_may_be_asked_again(
    router: SshTransport, sshd: Sshd, pipes: Path
) -> None:
    with in_the_middle(router, waiting(pipes, Effect.READ), pipes, sshd) as raised:
        sshd.kill_sessions()

    assert [type(error) for error in raised] == [UnreachableError]


@pytest.mark.parametrize(
    ("effect", "expected"), [(Effect.READ, UnreachableError), (Effect.JOB, OutcomeUnknownError)]
)
def test_an_answer_that_does_not_come_in_time_ends_the_script(
    settings: SshSettings,
    sshd: Sshd,
    pipes: Path,
    effect: Effect,
    expected: type[BluegreenError],
) -> None:
    router = SshTransport(settings, margin_s=0)
    script = waiting(pipes, effect, then="touch", timeout_s=0.15)

    with in_the_middle(router, script, pipes, sshd) as raised:
        pass

    assert [type(error) for error in raised] == [expected]
    assert "no answer in time" in str(raised[0])
    assert not (pipes / "touched").exists()


def test_half_a_script_runs_nothing(settings: SshSettings, tmp_path: Path) -> None:
    """The text is cut where our side of the line dies while it sends."""
    line = open_line(settings)
    channel = start(line.transport, WORDS["none"], 5)
    channel.sendall(b"echo $$; echo begun\n")  # a line of its own runs: the shell is there
    shell = os.pidfd_open(int(channel.makefile().readline()))

    channel.sendall(f"{{\ntouch {tmp_path}/touched\nexit 0\n".encode())
    line.close()

    assert has_ended(shell)
    assert not (tmp_path / "touched").exists()


def test_a_lost_connection_prints_nothing_on_the_terminal(
    router: SshTransport, sshd: Sshd, pipes: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with in_the_middle(router, waiting(pipes, Effect.CONFIG), pipes, sshd):
        sshd.kill_sessions()
    sshd.stop()
    with pytest.raises(UnreachableError):
        router.run(read("true"))

    assert capfd.readouterr() == ("", "")


def test_two_threads_may_ask_one_router(router: SshTransport, connect: Connect) -> None:
    answers: list[str] = []

    def ask(word: str) -> None:
        answers.append(router.run(read("echo", word))[0].stdout)

    threads = [threading.Thread(target=ask, args=(word,)) for word in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["one\n", "three\n", "two\n"]
