"""A pair of which one router gives one answer that is not what its program printed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from damage import CLOSED, MOTD

from bluegreen.freebsd.batch import questions
from bluegreen.freebsd.paths import Paths
from bluegreen.model.command import Output, Script
from bluegreen.observation import FOUND
from bluegreen.world import Transport, World

Damage = Callable[[Output], Output]


def cut_at(part: float) -> Damage:
    return lambda said: replace(said, stdout=said.stdout[: int(len(said.stdout) * part)])


def cut_behind_a_line(part: float) -> Damage:
    def cut(said: Output) -> Output:
        lines = said.stdout.splitlines(keepends=True)
        return replace(said, stdout="".join(lines[: int(len(lines) * part)]))

    return cut


def told(text: str) -> Damage:
    return lambda said: replace(said, stdout=text)


def before(text: str) -> Damage:
    return lambda said: replace(said, stdout=text + said.stdout)


def behind(text: str) -> Damage:
    return lambda said: replace(said, stdout=said.stdout + text)


def instead(word: str, other: str) -> Damage:
    return lambda said: replace(said, stdout=said.stdout.replace(word, other))


def killed(said: Output) -> Output:
    return replace(said, stdout="", stderr="Killed\n", code=137)


def twice(said: Output) -> Output:
    return replace(said, stdout=said.stdout * 2)


DAMAGES: Mapping[str, Callable[[float], Damage]] = {
    "cut anywhere": cut_at,
    "cut behind a line": cut_behind_a_line,
    "nothing": lambda _: told(""),
    "closed": lambda _: told(CLOSED),
    "motd before": lambda _: before(MOTD),
    "closed behind": lambda _: behind(CLOSED),
    "carriage returns": lambda _: instead("\n", "\r\n"),
    "NUL": lambda _: instead("e", "\0"),
    "escapes": lambda _: instead("e", "\x1b[1me"),
    "huge numbers": lambda _: instead("1", "9" * 30),
    "another language": lambda _: instead("MASTER", "MAÎTRE"),
    "killed": lambda _: killed,
    "twice": lambda _: twice,
}


@dataclass(frozen=True, slots=True)
class Lie:
    """Which answer of which router is damaged, and how, from which look on."""

    router: str
    fact: str  # as freebsd.batch names it
    damage: str
    part: float  # where a text is cut
    nth: int  # the first look with a lie in it, counted from 1
    times: int  # how many looks in a row lie


class Liar:
    """A door whose looks come back with one answer damaged."""

    def __init__(self, door: Transport, lie: Lie) -> None:
        self.name = door.name
        self.looks = 0
        self._door = door
        self._at = list(questions(Paths(), FOUND)).index(lie.fact)
        self._damage = DAMAGES[lie.damage](lie.part)
        self._lying = range(lie.nth, lie.nth + lie.times)

    @property
    def address(self) -> str | None:
        return self._door.address

    def run(self, script: Script) -> tuple[Output, ...]:
        outputs = self._door.run(script)
        if not script.keep_going or not script.reads_only:
            return outputs
        self.looks += 1
        if self.looks not in self._lying:
            return outputs
        told = self._damage(outputs[self._at])
        return (*outputs[: self._at], told, *outputs[self._at + 1 :])

    def close(self) -> None:
        self._door.close()


def lying(doors: World, lie: Lie) -> World:
    """Return the doors with one of them replaced."""
    liar = Liar(doors.transports[lie.router], lie)
    return replace(doors, transports={**doors.transports, lie.router: liar})
