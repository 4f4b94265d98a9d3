"""The door to virtual time: sleeping lets the network live on."""

from datetime import UTC, datetime, timedelta

from bluegreen.sim.life import Life
from bluegreen.sim.network import Network

START = datetime(2026, 1, 1, tzinfo=UTC)  # every simulated run begins here


class SimClock:
    """Virtual time as one incarnation of the controller sees it; seconds from the start."""

    def __init__(self, network: Network, life: Life) -> None:
        self._network = network
        self._life = life

    def now(self) -> datetime:
        self._life.check()
        return START + timedelta(seconds=self._network.now)

    def now_s(self) -> float:
        self._life.check()
        return self._network.now

    def sleep(self, seconds: float) -> None:
        self._life.check()
        self._network.advance(self._network.now + max(0.0, seconds))
