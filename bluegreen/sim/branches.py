"""Branch a running simulation: the process forks, the child takes one way, the parent another.

What led to the branch is not run again. A child ends by saying what became of it; it returns
to nobody, and touches nothing that the parent could see.
"""

import gc
import os
import pickle
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from select import select

from bluegreen.errors import BluegreenError

READ_MAX = 1 << 16


@dataclass(slots=True)
class _Child:
    process: int
    said: bytearray = field(default_factory=bytearray)


class Branches:
    """Children of this process, at most as many at once as may run; each says one thing."""

    def __init__(self, most: int, heard: Callable[[object], None]) -> None:
        """Collect what children say: ``heard`` is called with each, in this process."""
        self._most = max(1, most)
        self._heard = heard
        self._children: dict[int, _Child] = {}  # by the pipe that it speaks through
        self._mouth: int | None = None  # in a child: where to say it
        gc.collect()
        gc.freeze()  # what is shared is not looked at by the children's collectors

    @property
    def in_child(self) -> bool:
        return self._mouth is not None

    def fork(self) -> bool:
        """Return True in the child. The parent waits for room first, and goes on."""
        while len(self._children) >= self._most:
            self._listen()
        ear, mouth = os.pipe()
        process = os.fork()
        if process:
            os.close(mouth)
            self._children[ear] = _Child(process)
            return False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # the parent decides, and ends us
        os.close(ear)
        for other in self._children:
            os.close(other)
        self._children, self._mouth = {}, mouth
        gc.disable()  # it does not live long
        return True

    def say(self, what: object) -> None:
        """Tell the parent, and end this child."""
        assert self._mouth is not None
        words = memoryview(pickle.dumps(what))
        while words:
            words = words[os.write(self._mouth, words) :]
        os._exit(0)

    def wait(self) -> None:
        """Hear all that is still to be said."""
        while self._children:
            self._listen()

    def end(self) -> None:
        """End the children that are left, unheard."""
        for ear, child in self._children.items():
            os.kill(child.process, signal.SIGKILL)
            os.waitpid(child.process, 0)
            os.close(ear)
        self._children = {}

    def _listen(self) -> None:
        ready, _, _ = select(list(self._children), [], [])
        for ear in ready:
            words = os.read(ear, READ_MAX)
            if words:
                self._children[ear].said += words
                continue
            child = self._children.pop(ear)
            os.close(ear)
            _, status = os.waitpid(child.process, 0)
            if status or not child.said:
                raise ChildDiedError(f"a branch ended with status {status} and said nothing")
            self._heard(pickle.loads(bytes(child.said)))  # noqa: S301 - our own child's


class ChildDiedError(BluegreenError):
    """The system ended a branch."""

    advice = "See whether this machine has run out of memory; explore less at once: --budget."
