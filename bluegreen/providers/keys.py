"""Where the credentials for OVH come from; they go to the client and nowhere else."""

import os
import stat
import subprocess
from configparser import Error, RawConfigParser
from dataclasses import dataclass, field
from pathlib import Path

from bluegreen.ipfo.errors import NoCredentialError
from bluegreen.model.pair import KeySource

COMMAND_S = 30.0
BYTES_MAX = 1 << 16
_NAMES = (
    "endpoint",
    "application_key",
    "application_secret",
    "consumer_key",
    "client_id",
    "client_secret",
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What signs requests; None: as the library finds it, in the environment or ovh.conf."""

    endpoint: str | None = None
    application_key: str | None = field(default=None, repr=False)
    application_secret: str | None = field(default=None, repr=False)
    consumer_key: str | None = field(default=None, repr=False)
    client_id: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)


def keys_from(source: KeySource) -> Keys:
    """Return the credentials that an inventory names, or none: the library looks itself.

    Raises:
        NoCredentialError: the file or command gives none. Nothing of what it holds is told.
    """
    if source.file:
        return _parsed(_file(Path(source.file)), source.file)
    if source.command:
        return _parsed(_printed(source.command), f"`{source.command[0]}`")
    return Keys()


def written(keys: Keys, file: Path) -> None:
    """Write an ovh.conf that only its owner can read, and that was not there before."""
    section = "\n".join(
        f"{name}={getattr(keys, name)}" for name in _NAMES[1:] if getattr(keys, name)
    )
    text = f"[default]\nendpoint={keys.endpoint}\n\n[{keys.endpoint}]\n{section}\n"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise NoCredentialError(f"{file}: {error.strerror}", "credentials") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)


def _file(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")[:BYTES_MAX]
    except (OSError, UnicodeDecodeError) as error:
        raise NoCredentialError(f"{path}: cannot be read: {error}", "credentials") from None
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        raise NoCredentialError(
            f"{path}: others than its owner can read it", "credentials", f"chmod 600 {path}"
        )
    return text


def _printed(command: tuple[str, ...]) -> str:
    """Return what a command prints; what it says on stderr is for the operator's own eyes."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, timeout=COMMAND_S, check=False, env=os.environ.copy()
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = "took longer than 30 s" if isinstance(error, subprocess.TimeoutExpired) else error
        raise NoCredentialError(f"`{command[0]}`: {why}", "credentials") from None
    if done.returncode:
        raise NoCredentialError(f"`{command[0]}`: exit {done.returncode}", "credentials")
    return done.stdout[:BYTES_MAX].decode("utf-8", "replace")


def _parsed(text: str, where: str) -> Keys:
    """Read an ovh.conf: [default] names the endpoint, a section of that name has the keys."""
    parser = RawConfigParser()
    try:
        parser.read_string(text)
    except Error:
        raise NoCredentialError(f"{where}: this is no ovh.conf", "credentials") from None
    endpoint = parser.get("default", "endpoint", fallback=None)
    if not endpoint or not parser.has_section(endpoint):
        raise NoCredentialError(
            f"{where}: no `endpoint` in [default] with a section of that name", "credentials"
        )
    found = {name: parser.get(endpoint, name, fallback=None) for name in _NAMES[1:]}
    if not found["application_key"] and not found["client_id"]:
        raise NoCredentialError(
            f"{where}: [{endpoint}] has neither application_key nor client_id", "credentials"
        )
    return Keys(endpoint, **found)
