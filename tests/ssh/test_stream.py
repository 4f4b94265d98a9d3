"""A program that lives as long as we hold its stdin, over a real sshd: how it can end."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from sshd import Sshd

from bluegreen.errors import UnreachableError
from bluegreen.remote.settings import SshSettings
from bluegreen.remote.stream import SshStream

WAIT_S = 10.0


@pytest.fixture
def running(settings: SshSettings, home: object) -> Callable[[str], SshStream]:
    return lambda script: SshStream(settings, script)


@contextmanager
def ended(stream: SshStream) -> Iterator[bytes]:
    """Give what the program has printed, all of it."""
    with closing(stream):
        said = b""
        while (data := stream.receive(WAIT_S)) is not None:
            assert data, "it goes on"
            said += data
        yield said


def test_what_is_sent_comes_to_the_program(running: Callable[[str], SshStream]) -> None:
    with closing(running("exec cat")) as stream:
        stream.send(b"\x00 one\n")

        assert stream.receive(WAIT_S) == b"\x00 one\n"


def test_a_program_that_ended_takes_nothing_more_and_its_words_are_still_there(
    running: Callable[[str], SshStream],
) -> None:
    stream = running("echo it is here; echo it is broken >&2; exit 1")

    with ended(stream) as said:
        stream.send(b"too late")

        assert said == b"it is here\n"
        assert stream.receive(0) is None
        assert stream.complaint() == "it is broken"


def test_a_connection_that_is_lost_is_no_end_of_the_program(
    running: Callable[[str], SshStream], sshd: Sshd
) -> None:
    with closing(running("exec cat")) as stream:
        stream.send(b"one\n")
        assert stream.receive(WAIT_S) == b"one\n"

        sshd.kill_sessions()

        with pytest.raises(UnreachableError, match="the connection was lost"):
            stream.receive(WAIT_S)
        stream.send(b"two\n")
