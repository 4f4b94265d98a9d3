"""How far a run has come, in whatever form it is kept: folded, noted on a router, or recovered."""

from typing import Protocol, TypedDict

REASON_MAX = 300  # characters: a note on a router is written with each change


class Standing(Protocol):
    """What a folded state, a note on a router and a recovered run all say."""

    @property
    def done(self) -> tuple[str, ...]: ...

    @property
    def skipped(self) -> tuple[str, ...]: ...

    @property
    def acted(self) -> tuple[str, ...]: ...

    @property
    def undoing(self) -> tuple[str, ...] | None: ...

    @property
    def undone(self) -> tuple[str, ...]: ...

    @property
    def whole(self) -> bool: ...

    @property
    def reason(self) -> str: ...


class Progress(TypedDict):
    """The same, to be given to any of these forms."""

    done: tuple[str, ...]
    skipped: tuple[str, ...]
    acted: tuple[str, ...]
    undoing: tuple[str, ...] | None
    undone: tuple[str, ...]
    whole: bool
    reason: str


def progress(standing: Standing) -> Progress:
    """Return what one form says, for another."""
    return Progress(
        done=standing.done,
        skipped=standing.skipped,
        acted=standing.acted,
        undoing=standing.undoing,
        undone=standing.undone,
        whole=standing.whole,
        reason=standing.reason[:REASON_MAX],
    )
