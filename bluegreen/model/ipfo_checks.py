"""What the block of a floating address must make sense of: routers, bindings, one of several."""

from collections.abc import Iterator

from bluegreen.model.document import Document
from bluegreen.model.problems import Path, Problem, hint


def check_ipfo(document: Document) -> Iterator[Problem]:
    """One server or two; keys that belong to the binding; routers of this pair."""
    for name in document.keys("pairs"):
        path: Path = ("pairs", name, "ipfo")
        if not isinstance(document.at(*path), dict):
            continue
        yield from _servers(document, path)
        yield from _binding(document, path)
        yield from _routers(document, name)
        yield from _credentials(document, (*path, "credentials"))


def _servers(document: Document, path: Path) -> Iterator[Problem]:
    keys = document.keys(*path)
    if ("service" in keys) == ("services" in keys):
        found = "both" if "service" in keys else "neither"
        yield document.problem(path, f"exactly one of service and services, found {found}")


def _binding(document: Document, path: Path) -> Iterator[Problem]:
    keys = document.keys(*path)
    binding = document.text(*path, "binding") or "router"
    if binding != "router" and document.text(*path, "mode") == "move":
        sentence = f"binding {binding}: nothing is moved at the provider; mode verify only looks"
        yield document.problem((*path, "mode"), sentence)
    if (binding == "role") != ("mac" in keys):
        yield document.problem(path, "`mac` belongs to binding role, and binding role needs it")
    if binding != "router" and "services" in keys:
        yield document.problem((*path, "services"), f"binding {binding} is of one server")
    if "macs" in keys and (binding != "router" or "services" in keys):
        yield document.problem((*path, "macs"), "`macs` belongs to binding router on one server")


def _routers(document: Document, pair: str) -> Iterator[Problem]:
    texts = (
        document.text("pairs", pair, "routers", index)
        for index in document.indices("pairs", pair, "routers")
    )
    members = tuple(text for text in texts if text)
    for key in ("services", "macs"):
        path: Path = ("pairs", pair, "ipfo", key)
        named = document.keys(*path)
        if not named or len(members) != 2:
            continue
        for router in named:
            if router not in members:
                sentence = f"not a router of this pair; {hint(router, members)}"
                yield document.problem((*path, router), sentence, at_key=True)
        missing = [router for router in members if router not in named]
        if missing:
            yield document.problem(path, f"`{missing[0]}` is missing")
        values = [document.text(*path, router) for router in named]
        if len(set(values)) < len(values):
            yield document.problem(path, "the same one twice")


def _credentials(document: Document, path: Path) -> Iterator[Problem]:
    if not isinstance(document.at(*path), dict):
        return
    found = [key for key in ("file", "command") if key in document.keys(*path)]
    if len(found) != 1:
        seen = " and ".join(found) or "none"
        yield document.problem(path, f"exactly one of file and command, found {seen}")
