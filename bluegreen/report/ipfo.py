"""A floating address as text and as JSON: who has it, what is under way, what a key may do."""

import json
from dataclasses import asdict, dataclass

from bluegreen.report.words import clean

LABEL = 12


@dataclass(frozen=True, slots=True)
class MacView:
    """A virtual MAC of the two routers."""

    router: str
    mac: str
    addresses: tuple[str, ...]  # (): the provider has no such MAC


@dataclass(frozen=True, slots=True)
class IpfoView:
    """What could be found out; None and () where it could not, see problems."""

    address: str
    binding: str
    mode: str
    problems: tuple[str, ...]
    serves: str | None = None  # MASTER of the address
    router: str | None = None  # where the provider sends it
    settled: bool = False
    detail: str = ""
    service: str | None = None
    holder: str | None = None  # the virtual MAC that has it
    macs: tuple[MacView, ...] = ()
    tasks: tuple[str, ...] = ()
    key_status: str | None = None
    key_expires: str | None = None
    rules: tuple[str, ...] = ()


def ipfo_json(view: IpfoView) -> str:
    return json.dumps(asdict(view), indent=2)


def render_ipfo(view: IpfoView) -> str:
    """Return one fact a line; what is wrong stands last."""
    task = "" if view.settled else ", not settled"
    detail = f" ({view.detail})" if view.detail else ""
    where = "CARP alone decides" if view.binding == "carp" else view.router or "neither router"
    if view.key_status is None:
        told = [("address", view.address), *(("problem", problem) for problem in view.problems)]
        return "\n".join(f"{label:<{LABEL}}{clean(text)}" for label, text in told)
    rows = [
        ("address", f"{view.address}, mode {view.mode}, binding {view.binding}"),
        ("bound to", f"{where}{task}{detail}"),
        ("served by", view.serves or "neither router alone, or not known"),
        ("server", view.service or "none"),
        ("virtual MAC", view.holder or "none"),
        *(
            (m.router, f"{m.mac}: {', '.join(m.addresses) or 'no virtual MAC of the server'}")
            for m in view.macs
        ),
        *(("under way", task) for task in view.tasks or ("nothing",)),
        ("key", f"{view.key_status}, expires {view.key_expires or 'never'}"),
        *(("may", rule) for rule in view.rules),
        *(("problem", problem) for problem in view.problems),
    ]
    return "\n".join(f"{label:<{LABEL}}{clean(text)}" for label, text in rows)
