"""What every kind of probe is to the thread that paces it, and where it is sent."""

import socket
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bluegreen.errors import RefusedError

SocketAddress = tuple[str, int] | tuple[str, int, int, int]


class Answer(NamedTuple):
    """The number of a probe that was answered, and when, on time.monotonic()."""

    number: int
    at_s: float


class Channel(Protocol):
    """Probes of one target; nothing here waits but ``answers``."""

    broke: int  # how often a connection died that should have lived on

    def send(self, number: int) -> None:
        """Begin a probe; what cannot be sent is never answered."""
        ...

    def answers(self, wait_s: float) -> tuple[Answer, ...]:
        """Return what is answered by now, waiting for the first of it at most so long."""
        ...

    def forget(self, number: int) -> None:
        """Give a probe up, and what it holds open."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A target whose name was looked up once: an outage must not wait for DNS."""

    family: int  # AF_INET or AF_INET6
    address: SocketAddress

    @property
    def version(self) -> int:
        return 6 if self.family == socket.AF_INET6 else 4


def look_up(host: str, port: int) -> Endpoint:
    """Return the address that this machine prefers for a host.

    Raises:
        RefusedError: the name has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        what = f"the probe's target {host} cannot be looked up: {error}"
        raise RefusedError(what, advice="Write its address into `probes`, or mend DNS.") from error
    family, _, _, _, address = found[0]
    if len(address) == 4:
        return Endpoint(family, (str(address[0]), int(address[1]), address[2], address[3]))
    return Endpoint(family, (str(address[0]), int(address[1])))
