"""A provider whose binding follows CARP, as a script started by devd(8) makes it do."""

from collections.abc import Mapping

from bluegreen.errors import NeedsHumanError
from bluegreen.sim.history import History
from bluegreen.sim.life import Life
from bluegreen.sim.network import Network
from bluegreen.world import Binding

Move = tuple[float, str]  # when it was asked for, s; to which router


class SimProvider:
    """Sends an address to whoever became MASTER of it last, or to whom it was moved."""

    def __init__(
        self,
        network: Network,
        life: Life,
        served: Mapping[str, History[tuple[str, ...]]],
        asked: dict[str, list[Move]],
        settle_s: float,
    ) -> None:
        self._network = network
        self._life = life
        self._served = served
        self._asked = asked  # outlives the controller that asked
        self._settle_s = settle_s

    def binding(self, address: str) -> Binding:
        self._life.check()
        moves = self._moves(address)
        begun = self._network.now - self._settle_s
        settled = [router for at, router in moves[:1] + [m for m in moves[1:] if m[0] <= begun]]
        going_to = [router for at, router in moves[1:] if at > begun]
        detail = f"a move to {going_to[-1]} is under way" if going_to else ""
        return Binding(address, settled[-1] if settled else None, not going_to, detail)

    def move(self, address: str, router: str) -> None:
        self._life.touch()
        if address not in self._served:
            raise NeedsHumanError(f"{address} is no address of this pair", router)
        self._asked.setdefault(address, []).append((self._network.now, router))
        self._life.touch()

    def _moves(self, address: str) -> list[Move]:
        """Return every move in order: one a new MASTER, one a request; the first is the start."""
        if address not in self._served:
            return []
        moves: list[Move] = []
        before: tuple[str, ...] = ()
        for at, servers in self._served[address].changes:
            moves += [(at, router) for router in servers if router not in before]
            before = servers
        return sorted(moves + self._asked.get(address, []), key=lambda move: move[0])
