"""One file's values, and where each of them was written; text in, nothing opened."""

from collections.abc import Mapping
from dataclasses import dataclass

from bluegreen.model.problems import Path, Problem, refusal
from bluegreen.model.yaml_reader import Data, Place, Spot, read_yaml


@dataclass(frozen=True, slots=True)
class Document:
    """A file that holds keys; ``kind`` is inventory or playbook, for errors."""

    kind: str
    file: str
    data: Mapping[str, Data]
    spots: Mapping[Path, Spot]
    problems: tuple[Problem, ...] = ()  # keys that stand twice and the like: readable, yet wrong

    def at(self, *path: str | int) -> Data:
        """Return what stands at a path, None where there is nothing."""
        found: Data = dict(self.data)
        for part in path:
            if isinstance(found, dict) and isinstance(part, str):
                found = found.get(part)
            elif isinstance(found, tuple) and isinstance(part, int) and part < len(found):
                found = found[part]
            else:
                return None
        return found

    def keys(self, *path: str | int) -> tuple[str, ...]:
        """Return the keys of the mapping at a path; none where there is no mapping."""
        found = self.at(*path)
        return tuple(found) if isinstance(found, dict) else ()

    def indices(self, *path: str | int) -> range:
        """Return the indices of the list at a path; none where there is no list."""
        found = self.at(*path)
        return range(len(found)) if isinstance(found, tuple) else range(0)

    def text(self, *path: str | int) -> str | None:
        """Return the text at a path; None where there is anything else."""
        found = self.at(*path)
        return found if isinstance(found, str) else None

    def line(self, *path: str | int) -> int:
        """Return the line on which the value at a known path begins."""
        return self.spots[path].value.line

    def problem(self, path: Path, sentence: str, *, at_key: bool = False) -> Problem:
        """Return a problem at a value, or at its key; at the nearest parent if it is absent."""
        known = path
        while known not in self.spots:
            known = known[:-1]
        spot = self.spots[known]
        place = spot.key if at_key and known == path else spot.value
        return place.problem(path, sentence)


def parse_document(text: str, file: str, kind: str) -> Document:
    """Return the one mapping that the text holds; refuse what is no such thing."""
    reading = read_yaml(text)
    if reading.broken:
        raise refusal(kind, file, reading.problems)
    if isinstance(reading.data, dict):
        return Document(kind, file, reading.data, reading.spots, tuple(reading.problems))
    place = reading.spots[()].value if () in reading.spots else Place(1, 1)
    if reading.data is None:
        raise refusal(kind, file, [place.problem((), "the file is empty")])
    sentence = f"expected keys and values, found {described(reading.data)}"
    raise refusal(kind, file, [*reading.problems, place.problem((), sentence)])


def described(value: object) -> str:
    """Return what a value is, in the words of the file."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"text `{value if len(value) <= 40 else value[:37] + '...'}`"
        case dict():
            return "keys and values"
        case _:
            return "a list"
