"""What the operator's own ssh_config says of a host.

paramiko leaves ``Include`` out without a word (paramiko/config.py, 5.1), and
many keep every host in an included file: so the includes that stand before the
first Host or Match are put in place here. Those inside a block are not followed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from paramiko.config import SSHConfig
from paramiko.ssh_exception import ConfigParseError, CouldNotCanonicalize

from bluegreen.errors import UsageError

_SYSTEM = Path("/etc/ssh")
_DEPTH_MAX = 8  # OpenSSH stops at 16 (READCONF_MAX_DEPTH, readconf.c)

_INCLUDE = re.compile(r"\s*include(?:\s*=\s*|\s+)(.+?)\s*", re.IGNORECASE)
_BLOCK = re.compile(r"\s*(host|match)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HostEntry:
    """The settings of one host that we honour."""

    host: str  # what to connect to: HostName
    port: int | None
    user: str | None
    identities: tuple[Path, ...]
    identities_only: bool
    known_hosts: tuple[Path, ...]
    alias: str | None  # HostKeyAlias
    jump: str | None  # ProxyJump
    proxy: str | None  # ProxyCommand


def look_up(host: str, home: Path) -> HostEntry:
    """Return the user's settings before the machine's: the first value found wins."""
    config = SSHConfig()
    try:
        for path in (home / ".ssh/config", _SYSTEM / "ssh_config"):
            config.parse(_lines(path, home))
        found = config.lookup(host)
        port = int(found["port"]) if "port" in found else None
    except (ConfigParseError, CouldNotCanonicalize, ValueError, OSError) as error:
        raise UsageError(f"ssh_config cannot be read for {host}: {error}", host) from error
    files = (
        (found.get("userknownhostsfile"), "~/.ssh/known_hosts ~/.ssh/known_hosts2"),
        (found.get("globalknownhostsfile"), f"{_SYSTEM}/ssh_known_hosts"),
    )
    return HostEntry(
        host=found.get("hostname", host),
        port=port,
        user=found.get("user"),
        identities=tuple(_path(name, home) for name in _many(found.get("identityfile"))),
        identities_only=found.get("identitiesonly", "no") == "yes",
        known_hosts=tuple(
            _path(name, home) for words, usual in files for name in (words or usual).split()
        ),
        alias=found.get("hostkeyalias"),
        jump=_unless_none(found.get("proxyjump")),
        proxy=_unless_none(found.get("proxycommand")),
    )


def _lines(path: Path, home: Path, depth: int = 0) -> Iterator[str]:
    """Yield the lines of a file and of what it includes; none of a missing file."""
    if depth > _DEPTH_MAX or not path.is_file():
        return
    at_top = True
    for line in path.read_text().splitlines():
        at_top = at_top and not _BLOCK.match(line)
        include = _INCLUDE.fullmatch(line)
        if include is None or not at_top:
            yield line
            continue
        for included in _included(include[1], path, home):
            yield from _lines(included, home, depth + 1)
            yield "Host *"  # a block of the included file ends with it


def _included(words: str, path: Path, home: Path) -> Iterator[Path]:
    """Yield the files that an Include names, in the order ssh reads them."""
    base = _SYSTEM if path.is_relative_to(_SYSTEM) else home / ".ssh"
    for word in words.split():
        pattern = base / _path(word, home)
        yield from sorted(Path("/").glob(str(pattern).lstrip("/")))


def _path(word: str, home: Path) -> Path:
    bare = word.strip('"')
    return home / bare[2:] if bare.startswith("~/") else Path(bare)


def _many(value: object) -> tuple[str, ...]:
    """Return the values of a setting that may be repeated: paramiko makes those a list."""
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _unless_none(value: str | None) -> str | None:
    return None if value is None or value.lower() == "none" else value
