"""Which keys are offered to a router: public keys only, and nobody is ever asked.

A password, a passphrase or a second factor would need a person at a terminal in
the middle of a run. So a key that is locked must be in the agent.
"""

import base64
from collections.abc import Iterator
from pathlib import Path

from paramiko import Agent, ECDSAKey, Ed25519Key, PKey, RSAKey
from paramiko.auth_strategy import AuthSource, AuthStrategy, InMemoryPrivateKey, SourceResult
from paramiko.config import SSHConfig
from paramiko.ssh_exception import PasswordRequiredException, SSHException
from paramiko.transport import Transport

from bluegreen.errors import UsageError

_USUAL = ("id_ed25519", "id_ecdsa", "id_rsa")


class PublicKeysOnly(AuthStrategy):
    """Offers the key files that can be read, then what the agent holds."""

    def __init__(
        self, user: str, files: tuple[Path, ...], *, agent_any: bool, must_load: bool
    ) -> None:
        super().__init__(ssh_config=SSHConfig())
        self._user = user
        self._files = files
        self._must_load = must_load
        self._agent_any = agent_any
        self.locked: list[Path] = []
        self.offered: list[str] = []

    def get_sources(self) -> Iterator[AuthSource]:
        for file in self._files:
            try:
                key = _loaded(file)
            except UsageError:
                if self._must_load:
                    raise
                continue  # as ssh does with a key of ssh_config that it cannot use
            if key is None:
                self.locked.append(file)
            else:
                yield self._offer(key, str(file))
        agent = Agent()
        try:
            for held in agent.get_keys():
                if self._agent_any or any(_is_of(held, file) for file in self.locked):
                    yield self._offer(held, "the agent's key")
        finally:
            agent.close()

    def authenticate(self, transport: Transport) -> list[SourceResult]:
        """Drop the names of files of an earlier attempt: a connection may be opened again."""
        self.locked.clear()
        self.offered.clear()
        return super().authenticate(transport)

    def _offer(self, key: PKey, origin: str) -> AuthSource:
        self.offered.append(f"{origin} {key.fingerprint}")
        return InMemoryPrivateKey(self._user, key)


def usual_files(home: Path) -> tuple[Path, ...]:
    """Return the key files that ssh itself tries where none is configured."""
    return tuple(path for name in _USUAL if (path := home / ".ssh" / name).is_file())


def _loaded(file: Path) -> PKey | None:
    """Return the key with its certificate, if there is one; None where the agent must help."""
    if file.suffix == ".pub":
        return None
    for kind in (Ed25519Key, ECDSAKey, RSAKey):
        try:
            key: PKey = kind.from_private_key_file(str(file))
        except PasswordRequiredException:
            return None
        except (SSHException, ValueError, IndexError, UnicodeDecodeError):
            continue  # another kind of key
        except OSError as error:
            raise UsageError(f"the key file {file} cannot be read: {error.strerror}") from error
        certificate = file.with_name(f"{file.name}-cert.pub")
        if certificate.is_file():
            key.load_certificate(str(certificate))
        return key
    raise UsageError(f"{file} holds no private key that can be used (ed25519, ecdsa or rsa)")


def _is_of(held: PKey, file: Path) -> bool:
    """Is this key of the agent the one that a locked file holds?

    A locked file says so in its public half beside it; where there is none,
    every key of the agent is tried.
    """
    public = file if file.suffix == ".pub" else file.with_name(f"{file.name}.pub")
    if not public.is_file():
        return True
    words = public.read_text(errors="replace").split()
    return len(words) > 1 and base64.b64encode(held.asbytes()).decode() == words[1]
