"""What a script does and answers over one real SSH connection."""

import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Connect, change, put_program, read, settings_of
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sshd import HOST, Sshd

from bluegreen.errors import OutcomeUnknownError, ParseError, RefusedError
from bluegreen.model.command import Command, Effect, Guard, Output, Script
from bluegreen.remote.settings import Escalation, SshSettings
from bluegreen.remote.ssh import WORDS, SshTransport

anything = st.binary(max_size=200).map(
    lambda raw: raw.replace(b"\0", b"").decode("utf-8", "surrogateescape")
)


def test_a_command_answers_with_both_streams_and_its_status(router: SshTransport) -> None:
    answer = router.run(read("sh", "-c", "printf out; printf err >&2; exit 3"))

    assert answer == (Output("out", "err", 3),)


def test_many_scripts_share_one_connection(router: SshTransport, sshd: Sshd) -> None:
    answers = [router.run(read("echo", str(number))) for number in range(3)]

    assert answers == [(Output(f"{number}\n"),) for number in range(3)]
    assert sshd.logins() == 1


@examples(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(word=anything, stdin=anything)
def test_every_byte_passes_both_ways(router: SshTransport, word: str, stdin: str) -> None:
    script = Script(
        (
            Command(("printf", "%s", word), 5, Effect.READ),
            Command(("cat",), 5, Effect.READ, stdin),
        )
    )

    assert router.run(script) == (Output(word), Output(stdin))


def test_a_megabyte_passes_both_ways(router: SshTransport) -> None:
    text = "0123456789abcde\n" * 65_536

    assert router.run(read("cat", stdin=text)) == (Output(text),)


def test_a_read_that_prints_without_end_is_refused_and_hung_up(router: SshTransport) -> None:
    with pytest.raises(ParseError, match=r"router-001: more than 8 MiB were printed"):
        router.run(read("yes"))

    assert router.run(read("echo", "again")) == (Output("again\n"),)


def test_a_change_that_prints_without_end_has_an_unknown_outcome(router: SshTransport) -> None:
    with pytest.raises(OutcomeUnknownError, match="8 MiB"):
        router.run(change("yes"))


def test_a_guard_that_does_not_hold_answers_75(router: SshTransport, shims: Path) -> None:
    put_program(shims, "ifconfig", r"printf '\tcarp: MASTER vhid 1 advbase 1 advskew 0\n'")
    script = replace(change("echo", "done"), guard=Guard(masters=0, backups=1))

    (output,) = router.run(script)

    assert output.code == 75
    assert "1 0, wanted 0 1" in output.stderr


def test_the_session_knows_where_it_comes_from(router: SshTransport, sshd: Sshd) -> None:
    (output,) = router.run(read("printenv", "SSH_CONNECTION"))

    here, _, there, port = output.stdout.split()
    assert (here, there, port) == (HOST, HOST, str(sshd.port))


def test_the_address_is_the_one_really_connected_to(
    settings: SshSettings, connect: Connect, sshd: Sshd, home: Path
) -> None:
    (home / ".ssh/config").write_text(f"Host edge\n  HostName {HOST}\n")
    router = connect(replace(settings, host="edge"))
    assert router.address is None

    router.run(read("true"))

    assert router.address == HOST


def test_a_closed_transport_opens_again_when_asked(router: SshTransport, sshd: Sshd) -> None:
    router.run(read("true"))
    router.close()
    router.close()

    assert router.run(read("echo", "back")) == (Output("back\n"),)
    assert sshd.logins() == 2


def test_no_terminal_and_no_agent_reach_the_router(router: SshTransport) -> None:
    asked = "tty </dev/tty || echo none; echo agent:$SSH_AUTH_SOCK"

    (output,) = router.run(read("sh", "-c", asked))

    assert output.stdout == "none\nagent:\n"


def test_two_routers_are_read_at_the_same_time(
    servers: Callable[[str], Sshd], connect: Connect, tmp_path: Path
) -> None:
    """Each waits for the other's word: one after the other, neither would end."""
    names = ("router-001", "router-002")
    doors = [connect(settings_of(servers(name), name)) for name in names]
    for name in names:
        subprocess.run(["mkfifo", str(tmp_path / f"{name}.word")], check=True)
    meet = 'echo "$1" >"$2" & cat "$3"; wait'

    def ask(number: int) -> str:
        ours, theirs = (tmp_path / f"{names[n]}.word" for n in (number, 1 - number))
        script = read("sh", "-c", meet, "sh", names[number], str(theirs), str(ours))
        return doors[number].run(script)[0].stdout

    with ThreadPoolExecutor(2) as pool:
        heard = list(pool.map(ask, (0, 1)))

    assert heard == ["router-002\n", "router-001\n"]


def test_what_a_command_reads_is_in_no_process_title(router: SshTransport) -> None:
    told = "carp-word-4711"

    (output,) = router.run(
        Script((Command(("sh", "-c", "ps -Aww -o args=; cat"), 5, Effect.READ, told),))
    )

    listed, _, stdin = output.stdout.rpartition("\n")
    assert stdin == told
    assert "sh -s -- " in listed
    assert told not in listed


@pytest.mark.parametrize("escalate", ["doas", "sudo"])
def test_escalation_wraps_the_whole_script(
    settings: SshSettings, connect: Connect, shims: Path, escalate: Escalation
) -> None:
    """The fakes drop the environment, as doas and sudo do."""
    option = "shift" if escalate == "sudo" else ":"
    put_program(shims, escalate, f'{option}\nexec env -i PATH="$PATH" RAISED=yes "$@"')
    router = connect(replace(settings, escalate=escalate))
    asked = tuple(Command(("printenv", name), 5, Effect.READ) for name in ("RAISED", "PATH"))

    raised, _ = router.run(Script(asked))
    (origin,) = router.run(read("printenv", "SSH_CONNECTION"))

    assert raised.stdout == "yes\n"
    assert origin.stdout.startswith(f"{HOST} ")


ASKS_ON_A_TERMINAL = 'read -r password </dev/tty || { echo "a tty is required" >&2; exit 1; }'
ASKS_ON_STDIN = 'read -r password; echo "a tty is required" >&2; exit 1'


@pytest.mark.parametrize("manner", [ASKS_ON_A_TERMINAL, ASKS_ON_STDIN])
@pytest.mark.parametrize(("escalate", "hint"), [("doas", "permit nopass"), ("sudo", "NOPASSWD")])
def test_who_wants_a_password_is_told_what_to_configure(
    settings: SshSettings,
    connect: Connect,
    shims: Path,
    manner: str,
    escalate: Escalation,
    hint: str,
) -> None:
    put_program(shims, escalate, manner)
    router = connect(replace(settings, escalate=escalate))

    with pytest.raises(RefusedError, match=r"a tty is required") as refused:
        router.run(change("touch", str(shims / "touched")))

    assert hint in refused.value.next_move
    assert refused.value.exit_code == 3
    assert not (shims / "touched").exists()


def test_a_router_without_doas_is_told_apart(settings: SshSettings, connect: Connect) -> None:
    with pytest.raises(RefusedError, match=r"doas gave \w+ no shell: .*doas.*not found"):
        connect(replace(settings, escalate="doas")).run(change("true"))


@pytest.mark.parametrize("shell", ["csh", "tcsh", "zsh", "dash", "bash"])
def test_any_login_shell_understands_the_words_we_send(shell: str) -> None:
    """sshd runs ``$SHELL -c words``; only the shells of this machine are tried."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")

    done = subprocess.run(
        [program, "-c", WORDS["none"]],
        input="echo $1",
        env={"SSH_CONNECTION": "1 2 3 4", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
        text=True,
    )

    assert done.stdout == "1 2 3 4\n"
