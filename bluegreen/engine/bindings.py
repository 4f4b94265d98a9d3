"""Where the floating address is, asked beside the routers and not at every look.

An API answers in tenths of a second at best and counts requests (some 60 a minute); routers
answer in hundredths, and are asked all the time. So neither waits for the other: a look takes
the last answer of the provider, with the time at which it was asked for.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from dataclasses import replace
from math import inf

from bluegreen.errors import BluegreenError, RefusedError, UsageError
from bluegreen.model.facts import Floating, PairFacts, Unknown
from bluegreen.model.pair import FloatingAddress
from bluegreen.policy.floating import macs_of
from bluegreen.world import World

POLL_S = 5.0  # OVH needs tens of seconds for a move
AGAIN_S = 1.0  # after it could not be asked
OLD_S = 8.0  # from then on a look waits for a new answer
REFUSALS_MAX = 3  # then it was no slip
LATE_S = 15.0  # and that long at most

Answer = Floating | Unknown


class Bindings:
    """One reading at a time, as young as it must be."""

    def __init__(self, world: World, wanted: FloatingAddress) -> None:
        self._world = world
        self._wanted = wanted
        self._macs: dict[str, str] = {}  # also of a router that is not seen now
        self._last: Answer | None = None
        self._began_s = -inf
        self._thorough = True
        self._problems: tuple[str, ...] = ()
        self._future: Future[Answer] | None = None
        self._refusals = 0  # in a row
        self._at: str | None = None  # where it was seen last
        self._since_s: float | None = None  # since when it is there; None: from the start on

    def ask(self) -> None:
        """Begin to ask, if it is time and there can be two conversations at once."""
        if not self._world.parallel or self._future or not self._macs or not self._due():
            return
        pool = ThreadPoolExecutor(max_workers=1)
        self._future = pool.submit(self._asked)
        pool.shutdown(wait=False)

    def answer(self, pair: PairFacts) -> Answer:
        """Return the last answer, or wait for one that is young enough."""
        self._macs.update(macs_of(pair, self._wanted))
        if self._future and (self._future.done() or self._old()):
            self._collect()
        elif self._future is None and self._due():
            self._last = self._asked()
        return self._settled(self._last or Unknown("the provider has not answered yet"))

    def forget(self) -> None:
        """Ask anew, and for everything: something was asked for."""
        self._last, self._began_s, self._future, self._thorough = None, -inf, None, True

    def _due(self) -> bool:
        every_s = POLL_S if isinstance(self._last, Floating) else AGAIN_S
        return self._world.clock.now_s() - self._began_s >= every_s

    def _old(self) -> bool:
        last = self._last
        return not isinstance(last, Floating) or self._world.clock.now_s() - last.began_s > OLD_S

    def _collect(self) -> None:
        assert self._future is not None
        try:
            self._last = self._future.result(timeout=LATE_S)
        except LateError:
            self._last = Unknown(f"the provider has not answered for {LATE_S:.0f} s")
            return
        self._future = None

    def _asked(self) -> Answer:
        clock, provider = self._world.clock, self._world.provider
        began_s = self._began_s = clock.now_s()
        if provider is None:
            return Unknown("no provider is there to be asked")
        try:
            found = provider.binding(dict(self._macs), thorough=self._thorough)
        except BluegreenError as error:
            self._refusals += isinstance(error, (RefusedError, UsageError))
            return Unknown(error.what, final=self._refusals >= REFUSALS_MAX)
        self._refusals = 0
        if self._thorough:
            self._problems, self._thorough = found.problems, False
        return Floating(
            found.address,
            found.router,
            found.settled,
            found.detail,
            found.service,
            found.mac,
            tuple(sorted(self._macs.items())),
            by_carp=self._wanted.binding == "carp",
            failed=found.failed,
            problems=self._problems,
            began_s=began_s,
        )

    def _settled(self, answer: Answer) -> Answer:
        """An address that has come is not everywhere at once: ``settle`` of the inventory."""
        if not isinstance(answer, Floating) or answer.router is None or not answer.settled:
            return answer
        now_s = self._world.clock.now_s()
        if answer.router != self._at:
            self._since_s = None if self._at is None else now_s
            self._at = answer.router
        if self._since_s is None or now_s - self._since_s >= self._wanted.settle_s:
            return answer
        passed_s = now_s - self._since_s
        detail = f"there for {passed_s:.0f} s of {self._wanted.settle_s:.0f} s to settle"
        return replace(answer, settled=False, detail=detail)
