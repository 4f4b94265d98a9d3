"""Servers, settings and doors for the tests over real SSH."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sshd import HOST, Sshd

from bluegreen.model.command import Command, Effect, Script
from bluegreen.remote.settings import SshSettings
from bluegreen.remote.ssh import SshTransport

Connect = Callable[[SshSettings], SshTransport]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the home of an operator who has neither keys, agent nor ssh_config."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return home


@pytest.fixture
def shims(tmp_path: Path) -> Path:
    """Return the directory that comes first on the PATH of the server's sessions."""
    directory = tmp_path / "shims"
    directory.mkdir()
    return directory


@pytest.fixture
def servers(tmp_path: Path, shims: Path, home: Path) -> Iterator[Callable[[str], Sshd]]:
    """Return what starts one more server."""
    with ExitStack() as stack:

        def start(name: str) -> Sshd:
            server = Sshd(tmp_path / name, path_prefix=shims)
            server.start()
            stack.callback(server.stop)
            return server

        yield start


@pytest.fixture
def sshd(servers: Callable[[str], Sshd]) -> Sshd:
    return servers("router-001")


@pytest.fixture
def settings(sshd: Sshd) -> SshSettings:
    """Return all that is needed to reach ``sshd``, with nothing left to ssh_config."""
    return settings_of(sshd)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Return what makes transports, and closes them in the end."""
    with ExitStack() as stack:

        def made(settings: SshSettings) -> SshTransport:
            transport = SshTransport(settings)
            stack.callback(transport.close)
            return transport

        yield made


@pytest.fixture
def router(settings: SshSettings, connect: Connect) -> SshTransport:
    return connect(settings)


def settings_of(server: Sshd, name: str = "router-001") -> SshSettings:
    return SshSettings(
        name,
        HOST,
        port=server.port,
        identity=server.client_key,
        known_hosts=server.known_hosts,
        connect_timeout_s=5,
    )


def read(*argv: str, stdin: str = "", timeout_s: float = 5) -> Script:
    return Script((Command(argv, timeout_s, Effect.READ, stdin),))


def change(*argv: str, timeout_s: float = 5) -> Script:
    return Script((Command(argv, timeout_s, Effect.CONFIG),))


def put_program(directory: Path, name: str, text: str) -> None:
    program = directory / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
