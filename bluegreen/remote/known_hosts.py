"""The host keys that the operator trusts; another one is never accepted.

The check is our own and not paramiko's: its lookup knows neither wildcards nor
``@revoked``, and of two keys of one type only the first (paramiko/hostkeys.py,
5.1). ``@cert-authority`` is not understood: such a host counts as unknown.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from paramiko import MissingHostKeyPolicy, PKey, SSHClient
from paramiko.hostkeys import HostKeyEntry, HostKeys, InvalidHostKey
from paramiko.ssh_exception import SSHException

from bluegreen.errors import HostKeyError

_REVOKED = "@revoked"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One line of a known_hosts file."""

    names: tuple[str, ...]
    key: PKey
    revoked: bool

    def is_of(self, name: str) -> bool:
        if any(n.startswith("!") and _matches(n[1:], name) for n in self.names):
            return False
        return any(_matches(n, name) for n in self.names)


@dataclass(frozen=True, slots=True)
class Trust:
    """Which keys the host of one connection may show."""

    router: str
    name: str  # as known_hosts has it: host, [host]:port or the HostKeyAlias
    keys: tuple[KnownKey, ...]
    file: Path  # where a new key would be written
    scan: tuple[str, ...]  # how its keys are fetched for comparing

    def key_types(self) -> tuple[str, ...]:
        """Return the types of the known keys, so that the host is asked for one of those."""
        known = (known.key.get_name() for known in self.keys if not known.revoked)
        return tuple(dict.fromkeys(known))

    def check(self, key: PKey) -> None:
        """Raise HostKeyError unless ``key`` is known for this host and not revoked."""
        seen = f"{key.get_name()} {key.fingerprint}"
        if any(known.revoked and known.key == key for known in self.keys):
            raise HostKeyError(f"the host key of {self.name} is revoked: {seen}", self.router)
        trusted = [known.key for known in self.keys if not known.revoked]
        if key in trusted:
            return
        if trusted:
            forget = ("ssh-keygen", "-R", self.name, "-f", str(self.file))
            known = ", ".join(f"{one.get_name()} {one.fingerprint}" for one in trusted)
            raise HostKeyError(
                f"the host key of {self.name} has changed: seen {seen}, known {known}",
                self.router,
                "Somebody may stand in between, or the router was installed anew. "
                f"{self._compare(key)} Only if they are the same: "
                f"`{shlex.join(forget)}`, then {self._accept()}.",
            )
        raise HostKeyError(
            f"the host key of {self.name} is unknown: {seen}",
            self.router,
            f"{self._compare(key)} Only if they are the same: {self._accept()}.",
        )

    def _compare(self, key: PKey) -> str:
        kind = key.algorithm_name.lower()
        return (
            "Compare this fingerprint with `ssh-keygen -lf "
            f"/etc/ssh/ssh_host_{kind}_key.pub` on the router's console."
        )

    def _accept(self) -> str:
        return f"`{shlex.join(self.scan)} >> {shlex.quote(str(self.file))}`"


class RefuseUnlessTrusted(MissingHostKeyPolicy):
    """Has paramiko ask us about every host key, since it knows none itself."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust

    def missing_host_key(self, client: SSHClient, hostname: str, key: PKey) -> None:
        del client, hostname  # the name in known_hosts may be a HostKeyAlias
        self._trust.check(key)


def read_known_hosts(files: Iterable[Path], name: str) -> tuple[KnownKey, ...]:
    """Return what the files know of one host; a missing file knows nothing."""
    lines = (line for file in files if file.is_file() for line in _lines(file))
    known = (key for line in lines for key in _parsed(line))
    return tuple(key for key in known if key.is_of(name))


def _lines(file: Path) -> Iterator[str]:
    for line in file.read_text(errors="replace").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield " ".join(line.split())


def _parsed(line: str) -> Iterator[KnownKey]:
    """Yield the key of a line; none of a line or a type of key that paramiko cannot read."""
    revoked = line.startswith(f"{_REVOKED} ")
    bare = line.removeprefix(f"{_REVOKED} ")
    if bare.startswith("@"):
        return
    try:
        entry = HostKeyEntry.from_line(bare)
    except (SSHException, InvalidHostKey, ValueError):
        return
    if entry is not None:
        yield KnownKey(tuple(entry.hostnames), entry.key, revoked)


def _matches(pattern: str, name: str) -> bool:
    if pattern.startswith("|1|"):
        return pattern.count("|") == 3 and HostKeys.hash_host(name, pattern) == pattern
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, name, re.IGNORECASE) is not None
