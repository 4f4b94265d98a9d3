"""Opens the connection to one router through fabric, and explains why it could not."""

import contextlib
import logging
import shlex
import socket
from dataclasses import dataclass

from paramiko import SSHClient, Transport
from paramiko.ssh_exception import (
    AuthenticationException,
    NoValidConnectionsError,
    SSHException,
)

from bluegreen.errors import BluegreenError, UnreachableError, UsageError
from bluegreen.remote.hops import Hop, hops_to
from bluegreen.remote.settings import SshSettings

KEEPALIVE_S = 5
SSH_PORT = 22


@dataclass(frozen=True, slots=True)
class Line:
    """One open connection, with the hosts it goes through."""

    transport: Transport
    address: str | None  # the router's own; None where another host is in between
    user: str
    clients: tuple[SSHClient, ...]  # the router's first

    def close(self) -> None:
        _close(self.clients)


def open_line(settings: SshSettings) -> Line:
    """Connect, with the host's key checked and ours accepted.

    Raises:
        UsageError: a file that the settings name cannot be used.
        HostKeyError: the host, or one on the way, shows a key that is not trusted.
        UnreachableError: anything else that keeps us out.
    """
    _keep_paramiko_quiet()
    hops = hops_to(settings, settings.host, None, 0)
    clients = tuple(hop.fabric.client for hop in reversed(hops))
    try:
        for hop in hops:
            _open(settings, hop)
    except BaseException:
        _close(clients)
        raise
    router = hops[-1].fabric
    transport = router.client.get_transport()
    if transport is None:
        raise UnreachableError("the connection was lost while it was opened", settings.name)
    transport.set_keepalive(KEEPALIVE_S)
    address = None if router.gateway else str(transport.getpeername()[0])
    return Line(transport, address, router.user, clients)


def _open(settings: SshSettings, hop: Hop) -> None:
    where = f"{hop.fabric.host} port {hop.fabric.port}"
    if hop.fabric.host != settings.host:
        where = f"{where} (for {settings.host})"
    try:
        hop.fabric.open()
    except BluegreenError:
        raise
    except AuthenticationException as error:
        raise _login_refused(settings, hop, where) from error
    except (SSHException, OSError, EOFError) as error:
        raise UnreachableError(f"{where}: {_reason(error)}", settings.name) from error
    transport = hop.fabric.client.get_transport()
    if transport is not None and not transport.is_authenticated():
        raise _login_refused(settings, hop, f"{where} wants a second factor:")


def _reason(error: Exception) -> str:
    match error:
        case NoValidConnectionsError():
            return "connection refused"
        case socket.gaierror():
            return f"its name has no address ({error.strerror})"
        case TimeoutError():
            return "no answer in time"
        case EOFError():
            return "it closed the connection"
        case _:
            return str(error) or type(error).__name__


def _login_refused(settings: SshSettings, hop: Hop, where: str) -> BluegreenError:
    locked = ", ".join(str(file) for file in hop.keys.locked)
    if locked and not hop.keys.offered:
        return UsageError(
            f"{locked}: the key has a passphrase and no agent holds it",
            settings.name,
            f"`{shlex.join(('ssh-add', str(hop.keys.locked[0])))}`, then start again.",
        )
    offered = "; ".join(hop.keys.offered) or "none, no key was found"
    port = () if hop.fabric.port == SSH_PORT else ("-p", str(hop.fabric.port))
    who = f"{hop.fabric.user}@{hop.fabric.host}"
    tried = ("ssh", "-o", "BatchMode=yes", *port, who, "true")
    hint = f" Locked and not in the agent: {locked}; `ssh-add` it." if locked else ""
    return UnreachableError(
        f"{where} refused the login of {hop.fabric.user}; keys offered: {offered}",
        settings.name,
        f"See that `{shlex.join(tried)}` works.{hint}",
    )


def _keep_paramiko_quiet() -> None:
    """Keep the tracebacks of paramiko's threads off the terminal: we raise our own errors."""
    logger = logging.getLogger("paramiko")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _close(clients: tuple[SSHClient, ...]) -> None:
    for client in clients:
        with contextlib.suppress(SSHException, OSError, EOFError):
            client.close()
