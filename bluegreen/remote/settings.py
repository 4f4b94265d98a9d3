"""How one router is reached over SSH; what is None comes from ssh_config."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Escalation = Literal["doas", "sudo", "none"]


@dataclass(frozen=True, slots=True)
class SshSettings:
    """One router of the inventory, with the defaults applied."""

    name: str  # the inventory's name, for messages
    host: str  # an address, a name, or a Host alias of ssh_config
    port: int | None = None
    user: str | None = None
    identity: Path | None = None  # this key and no other
    known_hosts: Path | None = None  # this file and no other
    escalate: Escalation = "none"
    jump: str | None = None  # [user@]host[:port], several separated by commas, visited in order
    jump_identity: Path | None = None  # as above, of a jump that names one host
    jump_known_hosts: Path | None = None
    connect_timeout_s: float = 10.0
