"""Passwords of vhids, read from where the inventory says they are; nothing shows them."""

import importlib
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from bluegreen.errors import UsageError
from bluegreen.model.design import Design, PasswordSource
from bluegreen.model.hidden import PLACEHOLDER, Secret

COMMAND_S = 60.0
OCTETS_MAX = 20  # CARP_KEY_LEN, sys/netinet/ip_carp.h: what is longer is cut off there
# What sh(1) takes for more than a letter between double quotes, or rc.conf(5) for its end.
_PLAIN = re.compile(r"[!#%-&(-\[\]-_a-~]+")


def passwords_of(design: Design) -> Mapping[int, Secret]:
    """Return the password of each vhid.

    Raises:
        UsageError: one cannot be read, or CARP cannot use it.
    """
    return {vhid.vhid: _password(vhid.vhid, vhid.password) for vhid in design.vhids}


def placeholders(design: Design) -> Mapping[int, Secret]:
    """Return what stands for the passwords in a plan and in a rehearsal."""
    return {vhid.vhid: PLACEHOLDER for vhid in design.vhids}


def _password(vhid: int, source: PasswordSource) -> Secret:
    about = f"password of vhid {vhid}"
    text = _READERS[source.kind](source.words, about)
    text = text.splitlines()[0] if text.splitlines() else ""
    if not text:
        raise UsageError(f"{source.kind} {source.words}: it is empty", about)
    if len(text) > OCTETS_MAX or not _PLAIN.fullmatch(text):
        raise UsageError(
            f"{source.kind} {source.words}: CARP takes 1 to {OCTETS_MAX} octets, here letters, "
            "digits and marks without blanks, quotes, `$`, `\\` and backquotes",
            about,
        )
    return Secret(text)


def _from_environment(words: str, about: str) -> str:
    found = os.environ.get(words)
    if found is None:
        raise UsageError(f"the environment has no {words}", about, f"Set it: {words}=...")
    return found


def _from_file(words: str, about: str) -> str:
    path = Path(words)
    try:
        mode = path.stat().st_mode
        if mode & 0o077:
            raise UsageError(f"{path}: others may read it", about, f"chmod 0600 {path}")
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"{path}: {why}", about) from None


def _from_command(words: str, about: str) -> str:
    """Run a program; what it complains of stays with it: it may speak of the secret."""
    try:
        argv = shlex.split(words)
        said = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise UsageError(f"`{words}`: {why}", about) from None
    if said.returncode:
        raise UsageError(
            f"`{words}` ended with exit status {said.returncode}", about, "Run it by hand."
        )
    return said.stdout


def _from_keyring(words: str, about: str) -> str:
    service, _, name = words.rpartition("/")
    try:
        get: Callable[[str, str], str | None] = importlib.import_module("keyring").get_password
        failed: type[Exception] = importlib.import_module("keyring.errors").KeyringError
    except ImportError:
        advice = "pip install 'bluegreen[keyring]', or name another source."
        raise UsageError("the Python package `keyring` is not installed", about, advice) from None
    try:
        found = get(service, name)
    except failed as error:
        raise UsageError(f"the key ring: {type(error).__name__}", about) from None
    if found is None:
        raise UsageError(f"the key ring has no {words}", about, f"keyring set {service} {name}")
    return found


_READERS: Mapping[str, Callable[[str, str], str]] = {
    "env": _from_environment,
    "file": _from_file,
    "command": _from_command,
    "keyring": _from_keyring,
}
