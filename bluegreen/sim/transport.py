"""The door to one simulated router: what takes effect, when, and which answers come back."""

from dataclasses import dataclass, field, replace
from itertools import accumulate, repeat

from bluegreen.emulator.machine import Machine
from bluegreen.errors import OutcomeUnknownError, UnreachableError
from bluegreen.freebsd.locking import is_sign_of_life
from bluegreen.model.command import GUARD_EXIT, Command, Effect, Output, Script
from bluegreen.sim.guard import refusal
from bluegreen.sim.hazards import UNREACHABLE_S, Hazard, Hazards
from bluegreen.sim.life import Life
from bluegreen.sim.network import Network
from bluegreen.sim.record import DISRUPTIVE, Blow
from bluegreen.sim.witness import Witness

THERE_S = 0.020  # until a script arrives
BACK_S = 0.020  # until its answer arrives
COMMAND_S = 0.002  # for each command of it


@dataclass(slots=True)
class Traffic:
    """Everything that took effect, in order; outlives the controller."""

    wire: list[tuple[float, str, Script]] = field(default_factory=list)  # s, router
    execs: int = 0
    commands: dict[Effect, int] = field(default_factory=lambda: dict.fromkeys(Effect, 0))

    def count(self, script: Script, ran: int) -> None:
        if script.reads_only:
            self.commands[Effect.READ] += ran
            return
        for command in script.commands[:ran]:
            self.commands[command.effect] += 1


@dataclass(frozen=True, slots=True)
class LookersOn:
    """Who meets, counts and judges what goes through a door."""

    hazards: Hazards
    traffic: Traffic
    witness: Witness


class SimTransport:
    """Runs scripts on one machine, on virtual time."""

    def __init__(self, router: int, network: Network, lookers_on: LookersOn, life: Life) -> None:
        self._router = router
        self._network = network
        self._hazards = lookers_on.hazards
        self._traffic = lookers_on.traffic
        self._witness = lookers_on.witness
        self._life = life
        self._asked: Script | None = None  # the last script that only asks
        self.name = self._machine.name

    @property
    def address(self) -> str | None:
        return self._machine.spec.ssh_server

    @property
    def _machine(self) -> Machine:
        return self._network.machines[self._router]

    def run(self, script: Script) -> tuple[Output, ...]:
        self._life.touch()
        self._network.spend(THERE_S)
        passes = script.reads_only or is_sign_of_life(script)  # faults wait for what matters
        hazard = None if passes else self._hazards.meets(self.name)
        if hazard is Hazard.PEER_DIES:
            peer = self._network.machines[1 - self._router].name
            self._network.record.hit(Blow.POWER, peer, self._network.now)
            self._network.power_off(1 - self._router)
        self._reach(hazard)
        outputs = self._execute(script, hazard)
        if hazard is Hazard.KILLED:
            self._life.end_after(1)
        self._network.spend(BACK_S)
        self._life.touch()
        self._answer(script, outputs, hazard)
        return outputs

    def close(self) -> None:
        """Nothing is open."""

    def _reach(self, hazard: Hazard | None) -> None:
        """Raise unless the script arrives."""
        if hazard is Hazard.LOST_BEFORE:
            self._hazards.lose(self.name, self._network.now)
            raise OutcomeUnknownError("the connection was lost while sending", self.name)
        lost = self._hazards.is_lost(self.name, self._network.now)
        if self._machine.reachable and not self._machine.faults.sshd_hangs and not lost:
            return
        self._network.spend(UNREACHABLE_S)
        raise UnreachableError("no answer from sshd", self.name)

    def _execute(self, script: Script, hazard: Hazard | None) -> tuple[Output, ...]:
        """Run what the router still runs of a script; fewer outputs if it stops on the way."""
        network, machine = self._network, self._machine
        self._traffic.execs += 1
        self._traffic.wire.append((network.now, self.name, script))
        self._witness.arrived(machine, script, network.now)
        if script.guard is not None:
            refused = refusal(machine, script.guard, network.now)
            if refused is not None:
                return (refused,)
        if hazard is Hazard.CUT_SHORT:
            script = replace(script, commands=script.commands[: (len(script.commands) + 1) // 2])
        outputs = self._ask(script) or self._one_by_one(script)
        self._traffic.count(script, len(outputs))
        return outputs

    def _ask(self, script: Script) -> tuple[Output, ...] | None:
        """Run questions at one go, where nothing happens until the last of them is answered."""
        network = self._network
        if script is not self._asked:
            if not _only_asks(script):
                return None
            self._asked = script
        each = repeat(COMMAND_S, len(script.commands))
        *instants, end = accumulate(each, initial=network.now)
        if end >= network.soonest:
            return None
        network.now = end
        return self._machine.run_batch(script.commands, instants)

    def _one_by_one(self, script: Script) -> tuple[Output, ...]:
        network, machine = self._network, self._machine
        outputs: list[Output] = []
        for command in script.commands:
            acts = _acts(command)
            if acts:
                network.record.executing(self._router, command, network.now)
                self._witness.running(machine, command, network.now)
            output = machine.run(command.argv, command.reads, network.now)
            outputs.append(output)
            if acts:
                network.touched(self._router)
            elapsed = network.now + COMMAND_S
            if pause_s := _pause_s(command):
                network.live_through(elapsed + pause_s)
            elif elapsed < network.soonest and not acts:
                network.now = elapsed  # as a rule nothing happens while a router is asked
            else:
                network.advance(elapsed)
                if not machine.reachable:
                    break
            if not script.keep_going and output.code:
                break
        return tuple(outputs)

    def _answer(self, script: Script, outputs: tuple[Output, ...], hazard: Hazard | None) -> None:
        """Raise unless the answer to all that ran comes back."""
        if hazard in (Hazard.LOST_AFTER, Hazard.CUT_SHORT):
            self._hazards.lose(self.name, self._network.now)
        if hazard in (Hazard.LOST_AFTER, Hazard.ANSWER_LOST, Hazard.CUT_SHORT):
            raise OutcomeUnknownError("it was sent, and its answer is lost", self.name)
        if len(outputs) == len(script.commands):
            return
        if outputs[-1].ok or (script.keep_going and outputs[-1].code != GUARD_EXIT):
            what = f"it went down after {len(outputs)} of {len(script.commands)} commands"
            error = UnreachableError if script.reads_only else OutcomeUnknownError
            raise error(what, self.name)


def _only_asks(script: Script) -> bool:
    return script.keep_going and not any(_acts(c) or _pause_s(c) for c in script.commands)


def _pause_s(command: Command) -> float:
    """Return how long a command only waits, s."""
    return float(command.argv[1]) if command.argv[0] == "sleep" else 0.0


def _acts(command: Command) -> bool:
    return command.effect is not Effect.READ or command.argv[0] in DISRUPTIVE
