"""The door to OVH: reads where an address is, and sends what moves it, if that is safe now."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bluegreen.errors import OutcomeUnknownError, UnreachableError
from bluegreen.ipfo.calls import OVH, Call, call_of
from bluegreen.ipfo.errors import ApiRefusedError, BusyError, CredentialError, MissingError
from bluegreen.ipfo.reader import Api, Reader
from bluegreen.ipfo.replies import Task, read_task
from bluegreen.model.command import GUARD_EXIT, Output, Script
from bluegreen.model.pair import FloatingAddress
from bluegreen.world import Binding

APPEARS_S = 30.0  # an accepted request may show no task for seconds (ansible#34837)


@dataclass(slots=True)
class _Asked:
    """What is known of a change that was asked for."""

    call: Call
    task: Task | None = None  # None: the answer was lost
    since_s: float = 0.0


class OvhDoor:
    """Both halves of a provider: reading at every look, writing on order.

    Args:
        api: OVH's API, signed or simulated.
        wanted: What the inventory says of the address.
        now_s: The world's monotonic clock.
    """

    name = OVH

    def __init__(self, api: Api, wanted: FloatingAddress, now_s: Callable[[], float]) -> None:
        self._api = api
        self._wanted = wanted
        self._now_s = now_s
        self._reader = Reader(api, wanted)
        self._asked: _Asked | None = None
        self._silent_until_s = 0.0
        self._pending: tuple[Task, ...] = ()  # as the last thorough look had it

    # -- reading -------------------------------------------------------------------------------

    def binding(self, macs: Mapping[str, str], *, thorough: bool = False) -> Binding:
        self._respect_silence()
        try:
            found = self._reader.binding(macs)
            if thorough or self._pending:
                self._pending = self._reader.open_tasks()
            problems = self._reader.problems(macs) if thorough else ()
            return replace(self._with_tasks(found), problems=problems)
        except BusyError as error:
            self._silent_until_s = self._now_s() + error.again_s
            raise

    def _with_tasks(self, found: Binding) -> Binding:
        """Nothing has arrived while OVH is at it; what it gave up is told early."""
        under_way = [*self._pending]
        failed = None
        asked = self._asked
        if asked and asked.task is None:
            left_s = asked.since_s + APPEARS_S - self._now_s()
            if left_s > 0:
                detail = f"the answer to {asked.call} was lost {APPEARS_S - left_s:.0f} s ago"
                return replace(found, settled=False, detail=detail)
            self._asked = None
        elif asked and asked.task:
            task = self._again(asked)
            under_way += [task] if task.is_open and task not in under_way else []
            failed = str(task) if task.failed else None
        if not under_way:
            return replace(found, failed=failed)
        return replace(found, settled=False, failed=failed, detail="; ".join(map(str, under_way)))

    def _again(self, asked: _Asked) -> Task:
        """Return how a task of ours stands; one that is gone is over: OVH forgets them."""
        assert asked.task is not None
        if not asked.task.is_open:
            return asked.task
        at_server = asked.call.path.startswith("/dedicated/")
        read = self._reader.server_task if at_server else self._reader.ip_task
        try:
            asked.task = read(asked.task.number)
        except MissingError:
            asked.task = replace(asked.task, status="done")
        return asked.task

    # -- writing -------------------------------------------------------------------------------

    def run(self, script: Script) -> tuple[Output, ...]:
        self._respect_silence()
        outputs: list[Output] = []
        for command in script.commands:
            outputs.append(self._do(call_of(command)))
            if not outputs[-1].ok:
                break
        return tuple(outputs)

    def _do(self, call: Call) -> Output:
        try:
            forbidden = None if call.reads else self._forbids(call)
            if forbidden:
                return Output("", forbidden, GUARD_EXIT)
            reply = self._api.call(call)
        except BusyError as error:
            self._silent_until_s = self._now_s() + error.again_s
            raise
        except OutcomeUnknownError:
            self._asked = _Asked(call, None, self._now_s())
            raise
        except ApiRefusedError as error:
            return self._refused(error)
        return self._accepted(call, reply)

    def _accepted(self, call: Call, reply: object) -> Output:
        if call.reads:
            return Output(json.dumps(reply))
        task = read_task(reply)
        self._asked = _Asked(call, task, self._now_s())
        return Output(f"{task}\n")

    def _refused(self, error: ApiRefusedError) -> Output:
        """What OVH refuses while it is at something is asked again, once that is done."""
        if not isinstance(error, CredentialError):
            self._wait_for_tasks()
        return Output("", f"{error.what}; {error.next_move}", 1)

    def _forbids(self, call: Call) -> str | None:
        """Look right before a request; return why it must not be made now."""
        self._wait_for_tasks()
        parts = call.path.split("/")
        if "virtualMac" not in parts:
            return None
        if call.method == "DELETE":
            mac, address = parts[-3], parts[-1]
            held = self._reader.held_by(mac)
            if address not in held:
                return f"{address} is not bound to {mac} any more: nothing is to be taken off"
            if len(held) < 2:
                return (
                    f"{address} is the last address of {mac}: OVH would delete the virtual MAC "
                    "with it, for good"
                )
            return None
        address = dict(call.body).get("ipAddress", self._wanted.address)
        holder = self._reader.holder(address)
        return f"{address} is bound to {holder} already" if holder else None

    def _wait_for_tasks(self) -> None:
        """Raise while OVH is at something that touches the address: a second task would race it."""
        self._pending = self._reader.open_tasks()
        if self._pending:
            under_way = "; ".join(map(str, self._pending))
            raise UnreachableError(f"OVH is at something else: {under_way}", OVH)

    def _respect_silence(self) -> None:
        left_s = self._silent_until_s - self._now_s()
        if left_s > 0:
            raise BusyError(f"OVH asked for silence (429), {left_s:.0f} s are left", again_s=left_s)
