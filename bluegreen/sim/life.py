"""One incarnation of the controller: after its death it touches nothing any more."""

from collections.abc import Callable


class Killed(BaseException):
    """The controller is gone; no ``except Exception`` and no ``finally`` outlives it."""


def _nothing() -> None:
    """Nobody wants to know."""


class Life:
    """Counts how often the world was touched, and ends where it is told to.

    A touch is a moment at which a crash makes a difference: before a script takes effect,
    after it and before its answer arrives, and around each write to the journal.
    """

    __slots__ = ("_ended", "_last_touch", "_on_touch", "touches")

    def __init__(self, on_touch: Callable[[], None] = _nothing) -> None:
        self.touches = 0
        self._on_touch = on_touch
        self._last_touch: int | None = None
        self._ended = False

    @property
    def ended(self) -> bool:
        return self._ended

    def end_after(self, touches: int) -> None:
        """End at the n-th touch from now, counted from 1."""
        self._last_touch = self.touches + touches

    def end(self) -> None:
        self._ended = True

    def check(self) -> None:
        """Raise Killed for ever after the end."""
        if self._ended:
            raise Killed

    def touch(self) -> None:
        """Count one touch; raise Killed if it is the last."""
        if self._ended:
            raise Killed
        self.touches += 1
        self._on_touch()
        if self._ended:
            raise Killed
        if self.touches == self._last_touch:
            self._ended = True
            raise Killed
