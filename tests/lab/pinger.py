"""A client of a lab: echo requests to each VIP as often as the run probes it, counted by fping."""

import re
import signal
import subprocess
from dataclasses import dataclass
from types import TracebackType

from bluegreen.lab.inventory import every_ms, probed
from bluegreen.lab.lab import Lab
from bluegreen.lab.site import CLIENT

AHEAD = ("chrt", "-f", "1")
"""Before ordinary processes: one that is held up for 50 ms loses what its socket cannot hold."""

_COUNTED = re.compile(r"^(\S+)\s*: xmt/rcv/%loss = (\d+)/(\d+)/", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Counted:
    """What one target was sent, and what came back."""

    sent: int
    lost: int


class Pinger:
    """Pings from the start of a block until ``counted``; one process a target keeps the pace."""

    def __init__(self, lab: Lab, targets: tuple[str, ...] | None = None) -> None:
        self._lab = lab
        self._targets = targets or probed(lab.options)
        self._running: list[subprocess.Popen[str]] = []

    def __enter__(self) -> "Pinger":
        period = str(every_ms(self._lab.options))
        for target in self._targets:
            words = [*AHEAD, "fping", "-p", period, "-i", "1", "-t", "500", "-l", "-q", target]
            self._running.append(
                subprocess.Popen(self._lab.inside(CLIENT, words), stderr=subprocess.PIPE, text=True)
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._running:
            process.kill()
            process.wait()
            if process.stderr:
                process.stderr.close()

    def counted(self) -> dict[str, Counted]:
        """Stop, and return what was counted, by target."""
        for process in self._running:
            process.send_signal(signal.SIGINT)
        said = "".join(process.communicate()[1] for process in self._running)
        return {
            target: Counted(int(sent), int(sent) - int(received))
            for target, sent, received in _COUNTED.findall(said)
        }


def lost(counted: dict[str, Counted]) -> dict[str, int]:
    """Return what was lost, by target; a target that was hardly asked fails here."""
    assert all(count.sent > 1000 for count in counted.values()), counted
    return {target: count.lost for target, count in counted.items()}
