"""Interfaces and their vhids as FreeBSD's ifconfig(8) prints them, releases 10 to 15."""

import re
from collections import Counter
from functools import lru_cache

from bluegreen.errors import ParseError
from bluegreen.freebsd.ifconfig_block import Block, built
from bluegreen.freebsd.ifconfig_lines import READERS, names_of, read_peer
from bluegreen.freebsd.text import (
    is_comment,
    is_cut,
    is_operand,
    is_prompt,
    lines_of,
    refusal,
    without_note,
)
from bluegreen.model.network import Interface

_HEADER = re.compile(
    r"\s*([^\s:^\\]+): flags=[0-9a-f]+(?:<([A-Za-z0-9_,]*)>)? metric \d{1,9} mtu (\d{1,9})$",
    re.ASCII,
)
_BARE_HEADER = re.compile(r"([a-z][a-z0-9_.]*[0-9][a-z0-9_.]*):$")  # the author cut its rest
_KERNEL_LOG = re.compile(r"\s*carp: (?:VHID )?(?:\d+@\S|demoted by )", re.ASCII)
# At the left margin "inet", "peer" and others may begin a sentence.
_AT_MARGIN = re.compile(
    r"(?:carp:|vrrp:|\w+: \S|nd6 options|laggproto \S|(?:hwaddr|ether|id) \S\S:|tunnel inet6? "
    r"|inet6? (?:\S*[\d:]|\S+ (?:netmask|prefixlen|-->|\.\.\.)))|peer6? [\d.a-f]*[.:]"
)
_OPTIONS = re.compile(r"\s*(?:options|capabilities|ec_capabilities)=")
_HALF_VHID = re.compile(r"(?:carp|vrrp):? +[A-Z]+ +v|vhid \d+ adv|advbase \d+ advskew|prio \d+ int")
_INDENTED_VHID = re.compile(r"carp:|vrrp:|\bvhid\b|\badvskew\b|\bvrid\b")
_FOREIGN = (
    ("OpenBSD's ifconfig", re.compile(r"llprio|carpdev|index \d+ priority|tunnel: inet|vnetid")),
    (
        "Linux's net-tools ifconfig",
        re.compile(r"txqueuelen|Link encap|HWaddr|[RT]X packets|inet addr:|>  mtu \d"),
    ),
    ("Linux's ip(8)", re.compile(r" brd \S+ scope | qdisc | scope (?:global|link|host)\b")),
    ("NetBSD's ifconfig", re.compile(r"flags=0x")),
)
_NOTE_MARK = re.compile(r"[ \t](?:#|<-|←)")
_NO_METRIC = re.compile(r": flags=\w+<[^>]*> mtu \d+")


@lru_cache(maxsize=64)
def parse_ifconfig(text: str) -> tuple[Interface, ...]:
    """Return the interfaces in order of appearance, or refuse.

    Lines that lack their interface's header (``ifconfig | grep carp``) give an
    interface without a name for each command whose output they are.

    Raises:
        ParseError: a line we need is cut or unknown, or nothing here is FreeBSD's ifconfig.
    """
    lines = lines_of(text)
    if _NOTE_MARK.search(text):
        lines = [_unnoted(line) if _NOTE_MARK.search(line) else line for line in lines]
    try:
        blocks = _read(lines)
        interfaces = tuple([built(block) for block in blocks if _whole(block, lines)])
    except ParseError as error:
        raise _explained(error, text) from error
    if not interfaces:
        raise _explained(ParseError(_nothing(lines)), text)
    return interfaces


def _read(lines: list[str]) -> list[Block]:
    blocks: list[Block] = []
    block: Block | None = None
    for number, line in enumerate(lines, 1):
        words = line.split(None, 1)
        if not words:
            continue
        awaited, word = "", words[0]
        if block is not None and block.awaits_peer:
            awaited, block.awaits_peer = block.awaits_peer, ""
        reader = READERS.get(word)
        peer = word in ("peer", "peer6")
        if (reader is None and not peer) or (
            line[0] not in " \t" and _AT_MARGIN.match(line) is None
        ):
            block = _between(blocks, block, line, number)
            continue
        if word == "carp:" and _KERNEL_LOG.match(line):
            continue
        if block is None:
            block = Block(None, number)
            blocks.append(block)
        if reader is not None:
            reader(block, line, number)
        else:
            read_peer(block, line, number, of=awaited)
    return blocks


def _between(blocks: list[Block], block: Block | None, line: str, number: int) -> Block | None:
    """Return the block that goes on behind a line which holds no attribute we need."""
    opened = _opened(line, number)
    if opened is not None:
        blocks.append(opened)
        return opened
    if is_comment(line) or is_cut(line) or _OPTIONS.match(line):
        return block
    if is_prompt(line):
        return None
    if line == "--":  # of grep -A: behind it another interface may follow
        return block if block is not None and block.name is None else None
    indented = line[0] in " \t"
    if (_INDENTED_VHID if indented and block is not None else _HALF_VHID).search(line):
        raise refusal(number, line, "speaks of a vhid and is not understood")
    return block if indented else None


def _opened(line: str, number: int) -> Block | None:
    """Return a new block for the header of an interface."""
    match = _HEADER.match(line)
    if match:
        if not is_operand(match[1]):
            raise refusal(number, line, "no name of an interface: ifconfig would take it for more")
        return Block(match[1], number, names_of(match[2] or ""), int(match[3]))
    if ": flags=" in line and not is_comment(line) and not is_prompt(line):
        if "\\d" in line or line.lstrip().startswith("^"):
            raise refusal(number, line, "a pattern for ifconfig's output, not the output")
        raise refusal(number, line, "header of an interface not understood")
    bare = _BARE_HEADER.match(line)
    return Block(bare[1], number) if bare and len(bare[1]) < 16 else None


def _whole(block: Block, lines: list[str]) -> bool:
    """Return whether there is anything to tell; refuse where half of it is missing."""
    line = lines[block.line - 1]
    vhids = Counter([row[0] for row in block.carp])
    twice = [vhid for vhid, count in vhids.items() if count > 1]
    borne = {vhid for vhid, _ in block.vips}
    if block.name is None:
        if not borne.isdisjoint(twice):
            reason = f"vhid {twice[0]} of several interfaces, and which is which is not said"
            raise refusal(block.line, line, reason)
        return _tells(block)
    if twice:
        raise refusal(block.line, line, f"{block.name} has vhid {twice[0]} twice")
    missing = borne - vhids.keys() - {group.vrid for group in block.vrrp}
    if missing:
        reason = f"vhid {min(missing)} has an address on {block.name} and no carp line"
        raise refusal(block.line, line, reason)
    return block.mtu is not None or _tells(block)


def _tells(block: Block) -> bool:
    """Return whether lines without a whole header are more than a label and remarks."""
    lists = (block.carp, block.vrrp, block.inet, block.inet6, block.laggports, block.sync)
    return any(lists) or any((block.ether, block.tunnel, block.vlan))


def _unnoted(line: str) -> str:
    if line.lstrip().startswith(("description:", "#")) or is_prompt(line):
        return line
    return without_note(line)


def _nothing(lines: list[str]) -> str:
    if not any(lines):
        return "nothing to read: the text is empty"
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("ifconfig: ") or line.endswith("does not exist"):
            return f"line {number}: ifconfig failed: {line.strip()!r}"
    return "no interface and no carp line: this is not the output of FreeBSD's ifconfig"


def _explained(error: ParseError, text: str) -> ParseError:
    """Return the refusal, with the system that such lines come from where they tell."""
    for system, marks in _FOREIGN:
        if marks.search(text):
            return ParseError(f"{error.what}; this is {system}, not FreeBSD's")
    if _NO_METRIC.search(text):
        reason = "without the metric that FreeBSD prints: OpenBSD's, macOS's or another system's"
        return ParseError(f"{error.what}; {reason}")
    return ParseError(error.what)
