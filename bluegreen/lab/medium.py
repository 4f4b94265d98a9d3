"""What a router's loop needs of the world around its machine: a network and a userland."""

from collections.abc import Callable
from typing import Protocol

from bluegreen.carp.values import Advertisement
from bluegreen.model.command import Output

Answer = Callable[[tuple[str, ...], str], Output | None]
"""A program that this machine runs for the router; None: the router's own answer holds."""


class Ears(Protocol):
    """The loop, as whoever waits for something to read sees it."""

    def hear(self, number: int, act: Callable[[], None]) -> None:
        """Call ``act`` whenever this file descriptor can be read."""
        ...

    def forget(self, number: int) -> None:
        """Look at this file descriptor no longer; call it before it is closed."""
        ...


class Medium(Protocol):
    """Carries a machine's advertisements, and shows its roles to a network."""

    def attach(self, ears: Ears) -> None:
        """Learn once, before anything else, who listens."""
        ...

    def start(self) -> None:
        """Have power."""
        ...

    def stop(self) -> None:
        """Lose power: no farewell. It may be told so twice."""
        ...

    def close(self) -> None:
        """Leave nothing behind."""
        ...

    def listen(self) -> None:
        """Let the machine hear what has arrived; told before it does anything of its own.

        A kernel hears at once. Who acts first and hears then may advertise what is its peer's
        by now, and a switch believes the last one.
        """
        ...

    def follow(self) -> None:
        """Make the network look as the machine says; told after every change, before ``send``."""
        ...

    def send(self, advertisements: tuple[Advertisement, ...], now: float) -> None:
        """Put advertisements onto the network."""
        ...

    def due(self) -> float | None:
        """Return when ``follow`` must be called next, on the monotonic clock; None: no timer."""
        ...


class Userland(Protocol):
    """What ends with the power and begins with a boot: an sshd and its sessions."""

    port: int

    @property
    def runs(self) -> bool: ...

    def start(self) -> None: ...

    def follow(self) -> None:
        """Run what the machine says; told after everything that it did."""
        ...

    def stop(self) -> None:
        """End it, with all that it started. It may be told so twice."""
        ...


def no_answer(_argv: tuple[str, ...], _stdin: str) -> Output | None:
    """Leave every program to the machine."""
    return None
