"""A secret that no log, no traceback and no document shows by accident."""

from dataclasses import dataclass, field

SHOWN = "***"


@dataclass(frozen=True, slots=True)
class Secret:
    """Text that only ``reveal`` gives away; equal where the texts are."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the text; for what sends it or compares it, never for what shows it."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({SHOWN})"

    def __str__(self) -> str:
        return SHOWN


PLACEHOLDER = Secret(SHOWN)
"""What stands for a secret in a rehearsal: it is what a struck-out file shows in its place."""
