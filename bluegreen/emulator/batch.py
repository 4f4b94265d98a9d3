"""A batch of questions that is asked again and again, and answered anew only where it must be."""

from collections.abc import Sequence
from dataclasses import dataclass

from bluegreen.model.command import Command, Output


@dataclass(frozen=True, slots=True)
class Batch:
    """What a router answered, and what it was like then."""

    commands: tuple[Command, ...]
    state: tuple[int, ...]  # the version of each of its parts
    outputs: tuple[Output, ...]
    live: tuple[int, ...]  # which answers are of their instant alone, as date(1)'s

    def still_holds(self, commands: Sequence[Command], state: tuple[int, ...]) -> bool:
        """Whether the very same questions are asked of an unchanged router."""
        return self.commands is commands and self.state == state
