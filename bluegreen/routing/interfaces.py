"""Where OSPF runs: ``show ip ospf interface`` of FRR and Quagga, in text and JSON."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.model.routing import OspfInterface
from bluegreen.routing.documents import (
    Json,
    Object,
    integer,
    is_bare,
    objects,
    string,
    take_apart,
    walk,
)
from bluegreen.routing.guess import looks_like
from bluegreen.routing.text import paragraphs, refusal

# show_ip_ospf_interface_sub, FRR ospfd/ospf_vty.c at fbfc8222da, read 2026-11-22
_FIRST = re.compile(r"(\S+) is (up|down)\b.*")
_MTU = re.compile(r"\bMTU ([0-9]+) bytes")
_ADDRESS = re.compile(r"(?m)^\s*(?:Internet Address \S+,|This interface is UNNUMBERED,)")
_SILENT = re.compile(r"OSPF (?:is )?(?:not enabled|enabled, but not running)")
_FACTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bArea (?P<area>[^\s,]+)",
        r"\bRouter ID (?P<router_id>[^\s,]+), Network Type (?P<type>\w+), Cost: (?P<cost>[0-9]+)",
        r"\bState (?P<state>[^\s,]+)",
        r"\bHello (?P<hello>[0-9]+)(?P<unit>m?s?), Dead (?P<dead>[0-9]+)s?,",
        r"\bNeighbor Count is (?P<neighbors>[0-9]+),",
        r"\bAdjacent neighbor count is (?P<adjacent>[0-9]+)",
    )
)
_KEYS_OF_AN_INTERFACE = ("ifUp", "ifDown", "ifFlags", "ospfEnabled")


@lru_cache(maxsize=128)
def parse_ospf_interfaces(text: str) -> tuple[OspfInterface, ...]:
    """Return every interface of a text or JSON, one for each address on which OSPF runs."""
    page = take_apart(text)
    found = (
        *_in_text(page.lines),
        *(each for document in page.documents for each in _in_json(document)),
    )
    if not found and not any(map(_lists_none, page.documents)):
        raise ParseError(f"no OSPF interfaces in this: {looks_like(page)}")
    return tuple(dict.fromkeys(found))


def _in_text(lines: Sequence[str]) -> Iterator[OspfInterface]:
    for block in paragraphs(tuple(line.strip() for line in lines), _FIRST):
        yield from _paragraph("\n".join(block))


def _paragraph(block: str) -> Iterator[OspfInterface]:
    """Yield an interface for each of its addresses; a word "is up" alone is none of ours."""
    first, mtu = _FIRST.match(block), _MTU.search(block)
    if first is None or mtu is None:
        return
    name, up = first[1], first[2] == "up"
    starts = [found.start() for found in _ADDRESS.finditer(block)]
    if not starts:
        if not _SILENT.search(block):
            raise refusal(first[0], "an interface's paragraph that is cut off")
        yield OspfInterface(name, up, mtu=int(mtu[1]))
    for start, end in zip(starts, [*starts[1:], len(block)], strict=False):
        yield _on_address(name, up=up, mtu=int(mtu[1]), block=block[start:end])


def _on_address(name: str, *, up: bool, mtu: int, block: str) -> OspfInterface:
    found = [pattern.search(block) for pattern in _FACTS]
    facts = {name: word for each in found if each for name, word in each.groupdict().items()}
    if not all(found):
        raise ParseError(f"interface {name}: the paragraph is cut off or has unknown lines")
    return OspfInterface(
        name=name,
        up=up,
        area=facts["area"],
        router_id=facts["router_id"],
        network_type=facts["type"],
        state=facts["state"],
        cost=int(facts["cost"]),
        hello_s=int(facts["hello"]) / (1000 if facts["unit"] == "ms" else 1),
        dead_s=float(facts["dead"]),
        mtu=mtu,
        neighbors=int(facts["neighbors"]),
        adjacent=int(facts["adjacent"]),
        unnumbered="UNNUMBERED" in block,
    )


def _in_json(document: Json) -> Iterator[OspfInterface]:
    """Yield each object that has an interface's keys, with what FRR 8 put under its addresses."""
    for key, thing in walk(document):
        if not any(each in thing for each in _KEYS_OF_AN_INTERFACE):
            continue
        name = string(thing, "name") or key
        if not name:
            raise ParseError("the JSON of an interface without its name")
        by_address = thing.get("interfaceIp")
        below = objects(list(by_address.values())) if isinstance(by_address, dict) else ()
        for address in [{}] if "area" in thing or not below else below:
            yield _from_json(name, {**thing, **address})


def _from_json(name: str, thing: Object) -> OspfInterface:
    hello_s, dead_s = _timers(thing)
    area = string(thing, "area")
    return OspfInterface(
        name=name,
        up=thing.get("ifUp") is True,
        area=area.split(" ")[0] if area else None,  # "0.0.0.1 [NSSA]"
        router_id=string(thing, "routerId"),
        network_type=string(thing, "networkType"),
        state=string(thing, "state"),
        cost=integer(thing, "cost"),
        hello_s=hello_s,
        dead_s=dead_s,
        mtu=integer(thing, "mtuBytes"),
        neighbors=integer(thing, "nbrCount"),
        adjacent=integer(thing, "nbrAdjacentCount"),
        unnumbered=thing.get("ifUnnumbered") is True,
    )


def _timers(thing: Object) -> tuple[float | None, float | None]:
    """Return hello and dead interval in s.

    ``timerDeadMsecs`` marks ospfd of 2015 to 2019, which printed neither ms nor
    s but 1000 divided by the seconds: 100 is a hello of 10 s, 25 a dead interval
    of 40 s, 200 one of 5 s. Only with fast hellos, where the dead interval is
    1 s, ``timerMsecs`` is what it says. Since then: ms and ``timerDeadSecs``.

    Source:
        FRR 7ec4159b23 (2015-07-22), 50ad4b42c1 (2019-03-13), read 2026-11-22.
    """
    hello, dead = integer(thing, "timerMsecs"), integer(thing, "timerDeadMsecs")
    if dead is None:
        seconds = integer(thing, "timerDeadSecs")
        return _divided(hello, 1000), _divided(seconds, 1)
    return (_divided(hello, 1000) if dead == 1000 else _inverted(hello)), _inverted(dead)


def _divided(value: int | None, by: int) -> float | None:
    return None if value is None else value / by


def _inverted(value: int | None) -> float | None:
    """Return the seconds of 1000 / seconds, to the whole second; nothing was left of over 1000."""
    return float(round(1000 / value)) if value else None


def _lists_none(document: Json) -> bool:
    if is_bare(document):
        return True
    return any(thing.get("interfaces") == {} for _, thing in walk(document))
