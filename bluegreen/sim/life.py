"""One incarnation of the controller: after its death it touches nothing any more."""


class Killed(BaseException):
    """The controller is gone; no ``except Exception`` and no ``finally`` outlives it."""


class Life:
    """Counts how often the world was touched, and ends where it is told to.

    A touch is the moment before a script takes effect, or the moment after it
    and before its answer arrives: between two touches nothing but the journal
    can be different after a crash.
    """

    __slots__ = ("_ended", "_last_touch", "touches")

    def __init__(self) -> None:
        self.touches = 0
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
        if self.touches == self._last_touch:
            self._ended = True
            raise Killed
