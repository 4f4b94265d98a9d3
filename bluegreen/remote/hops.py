"""Which hosts lie on the way to a router, and what is offered to and asked of each.

All that fabric and paramiko would find out by themselves is passed explicitly:
fabric accepts unknown host keys, reads files of its own, and visits the hosts of
a ProxyJump in the wrong order (fabric/connection.py, get_gateway, 3.2); paramiko
may ask for a second factor at the terminal (paramiko/client.py, _auth, 5.1).
"""

import getpass
import math
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from paramiko import Channel, SSHClient, Transport
from paramiko.config import SSHConfig

from bluegreen.errors import UsageError
from bluegreen.remote.keys import PublicKeysOnly, usual_files
from bluegreen.remote.known_hosts import RefuseUnlessTrusted, Trust, read_known_hosts
from bluegreen.remote.settings import SshSettings
from bluegreen.remote.ssh_config import HostEntry, look_up

_SILENT_MS = 15_000  # as ssh with ServerAliveInterval 5 and ServerAliveCountMax 3
_HOPS_MAX = 8
_SIGNED_BY = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}  # one key, RFC 8332

_WORDS = re.compile(
    r"(?:ssh://)?(?:(?P<user>[^@]+)@)?(?:\[(?P<v6>[^]]+)\]|(?P<host>[^:]+))(?::(?P<port>\d+))?/?"
)


class Fabric(Protocol):
    """What we use of fabric.Connection, which has no types of its own."""

    host: str
    port: int
    user: str
    gateway: object
    client: SSHClient

    def open(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Hop:
    """One host on the way, the last being the router."""

    fabric: Fabric
    keys: PublicKeysOnly


def hops_to(settings: SshSettings, words: str, after: Hop | None, depth: int) -> list[Hop]:
    """Return the hosts on the way to ``words``, the first to be opened first."""
    if depth > _HOPS_MAX:
        raise UsageError(f"ProxyJump of {words} goes in circles", settings.name)
    parts = _WORDS.fullmatch(words) if depth else None
    if depth and parts is None:
        raise UsageError(f"{words!r} is no jump host: [user@]host[:port]", settings.name)
    name = (parts["v6"] or parts["host"]) if parts else words
    entry = look_up(name, Path.home())
    way: list[Hop] = []
    jump = settings.jump if depth == 0 and settings.jump else entry.jump
    for hop in jump.split(",") if jump and after is None else ():
        if hop.strip() in {name, entry.host}:
            break  # `Host *` with a ProxyJump: the jump host itself is reached directly
        way = [*way, *hops_to(settings, hop.strip(), way[-1] if way else None, depth + 1)]
    via = way[-1] if way else after
    user = settings.user if depth == 0 else parts["user"] if parts else None
    port = settings.port if depth == 0 else int(parts["port"]) if parts and parts["port"] else None
    return [*way, _hop(settings, entry, (user, port), via, _files(settings, depth))]


@dataclass(frozen=True, slots=True)
class Files:
    """The files that the inventory names for a host: these and no others."""

    identity: Path | None = None
    known_hosts: Path | None = None


def _files(settings: SshSettings, depth: int) -> Files:
    if depth == 0:
        return Files(settings.identity, settings.known_hosts)
    named = depth == 1 and settings.jump is not None and "," not in settings.jump
    return Files(settings.jump_identity, settings.jump_known_hosts) if named else Files()


def _hop(
    settings: SshSettings,
    entry: HostEntry,
    named: tuple[str | None, int | None],
    via: Hop | None,
    files: Files,
) -> Hop:
    user = named[0] or entry.user or getpass.getuser()
    port = named[1] or entry.port or 22
    keys = _keys(settings, entry, user, files.identity)
    trust = _trust(settings, entry, port, files.known_hosts)
    limit_s = settings.connect_timeout_s
    door = import_module("fabric")
    config = door.Config(
        ssh_config=SSHConfig(),
        lazy=True,
        overrides={"authentication": {"strategy_class": lambda **_: keys}},
    )
    connection = cast(
        Fabric,
        door.Connection(
            entry.host,
            user=user,
            port=port,
            config=config,
            gateway=via.fabric if via else (entry.proxy or False),
            forward_agent=False,
            connect_timeout=math.ceil(limit_s),
            connect_kwargs={
                "banner_timeout": limit_s,
                "auth_timeout": limit_s,
                "channel_timeout": limit_s,
                "transport_factory": _transport_asking_for(trust.key_types()),
            },
        ),
    )
    connection.client.set_missing_host_key_policy(RefuseUnlessTrusted(trust))
    return Hop(connection, keys)


def _keys(
    settings: SshSettings, entry: HostEntry, user: str, identity: Path | None
) -> PublicKeysOnly:
    if identity is not None:
        file = _readable(identity, "identity", settings.name)
        return PublicKeysOnly(user, (file,), agent_any=False, must_load=True)
    files = tuple(file for file in entry.identities if file.is_file())
    return PublicKeysOnly(
        user,
        files if entry.identities else usual_files(Path.home()),
        agent_any=not entry.identities_only,
        must_load=False,
    )


def _trust(settings: SshSettings, entry: HostEntry, port: int, known_hosts: Path | None) -> Trust:
    files = entry.known_hosts
    if known_hosts is not None:
        files = (_readable(known_hosts, "known_hosts", settings.name),)
    host = entry.host.lower()
    name = entry.alias or (host if port == 22 else f"[{host}]:{port}")
    scan = ("ssh-keyscan", "-p", str(port), entry.host)
    return Trust(settings.name, name, read_known_hosts(files, name), files[0], scan)


def _transport_asking_for(key_types: tuple[str, ...]) -> Callable[..., Transport]:
    """Return what makes transports that ask the host for a key of a known type first."""

    def factory(
        sock: socket.socket | Channel, disabled_algorithms: None = None, **_older: object
    ) -> Transport:
        if isinstance(sock, socket.socket):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux: a silent peer is noticed
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT_MS)
        transport = Transport(sock, disabled_algorithms=disabled_algorithms)
        options = transport.get_security_options()
        asked = [kind for name in key_types for kind in _SIGNED_BY.get(name, (name,))]
        first = [kind for kind in asked if kind in options.key_types]
        options.key_types = [*first, *(kind for kind in options.key_types if kind not in first)]
        return transport

    return factory


def _readable(file: Path, setting: str, router: str) -> Path:
    """Return the file if it can be opened.

    Raises:
        UsageError: it is missing, or not for us to read.
    """
    path = file.expanduser()
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise UsageError(
            f"{setting} {path} cannot be read: {error.strerror}",
            router,
            f"Correct `{setting}`, or the file's owner and mode. Nothing was contacted.",
        ) from error
