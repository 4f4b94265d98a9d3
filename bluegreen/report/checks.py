"""Preflight in words: a line a check, every reason where one says no."""

from bluegreen.model.verdict import Verdict


def render_checks(checks: tuple[tuple[str, Verdict], ...]) -> str:
    """Return a line a check, ok or NO, and a line for each further reason."""
    width = max((len(name) for name, _ in checks), default=0)
    lines = [line for name, verdict in checks for line in _lines(name, verdict, width)]
    refused = sum(not verdict for _, verdict in checks)
    total = f"{len(checks)} checks, {refused} say no" if refused else f"all {len(checks)} checks ok"
    return "\n".join([*lines, total])


def _lines(name: str, verdict: Verdict, width: int) -> list[str]:
    if verdict:
        return [f"ok  {name}"]
    first, *others = verdict.reasons
    return [f"NO  {name:<{width}}  {first}", *(f"{'':<{width + 6}}{other}" for other in others)]
