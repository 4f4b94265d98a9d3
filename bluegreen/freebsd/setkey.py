r"""Read what setkey(8) shows of the SAD and the SPD; the keys in it never leave the router.

`setkey -D` prints the secret keys of every SA, behind ``E:`` and ``A:`` and on the lines that go
on from there (ipsec_hexdump breaks a line after 32 octets). So it is run by an awk program that
lets through what it knows and nothing else, and `strike` does the same once more to whatever is
read: a line that nobody knows may hold a key. A test holds the two together.

Source: pfkey_sadump() and pfkey_spdump() in lib/libipsec/pfkey_dump.c, ipsec_dump_policy.c
beside it, postproc() in sbin/setkey/setkey.c, freebsd-src, read 2026-11-30.
"""

import re
from collections.abc import Iterator

from bluegreen.errors import ParseError
from bluegreen.freebsd.pasted import quoted
from bluegreen.freebsd.text import lines_of
from bluegreen.model.ipsec import IpsecPolicy, Sa

NO_SAD, NO_SPD = "No SAD entries.", "No SPD entries."
STRUCK = "\t{}: ***"

# An address holds a `.` or a `:`, which no octets of a key do. POSIX awk only. What setkey ended
# with comes as a line: FreeBSD's awk of 2022 returns 0 from close() whatever the program did.
_AWK_ADDRESS = r"[0-9A-Fa-f]*[.:][0-9A-Za-z.:%_]*(\[[0-9a-z]+\])?"
_AWK_KNOWN = (
    r"[a-z0-9-]+ mode=[a-z0-9]+ spi=[0-9]+\(0x[0-9a-f]+\) reqid=[0-9]+\(0x[0-9a-f]+\)"
    r"|(C: [a-z0-9-]+[ \t]+)?seq=0x[0-9a-f]+ replay=[0-9]+ flags=0x[0-9a-f]+ state=[a-z]+"
    r"|diff: [0-9]+\(s\)[ \t]+hard: [0-9]+\(s\)[ \t]+soft: [0-9]+\(s\)"
    r"|sadb_seq=[0-9]+ pid=[0-9]+ refcnt=[0-9]+"
)
SAD_AWK = rf"""
function told(s) {{
  sub(/[ \t\r]+$/, "", s)
  if (s ~ /^[ \t]+[EA]: /) {{ sub(/^[ \t]+/, "", s); return "\t" substr(s, 1, 1) ": ***" }}
  if (s ~ /^{_AWK_ADDRESS} {_AWK_ADDRESS}[ \t]*$/) return s
  if (s ~ /^[ \t]+({_AWK_KNOWN})[ \t]*$/) return s
  if (s ~ /^[A-Z][A-Za-z ]+\.$/) return s
  return ""
}}
BEGIN {{
  ended = 1
  while (("setkey -D; echo exit=$?" | getline line) > 0) {{
    if (line ~ /^exit=[0-9]+$/) ended = substr(line, 6)
    else if ((line = told(line)) != "") print line
  }}
  exit ended + 0
}}
"""

QUESTIONS: dict[str, tuple[str, ...]] = {
    "sad": ("awk", SAD_AWK),
    "spd": ("setkey", "-DP"),
    "strongswan": ("swanctl", "--list-sas"),
}


def ipsec_questions(daemon: str | None) -> dict[str, tuple[str, ...]]:
    """Return what is asked of IPsec; strongSwan where it may be there.

    Args:
        daemon: strongswan, kernel (SAD and SPD alone), none; None: whatever answers.
    """
    if daemon == "none":
        return {}
    left_out = {"strongswan"} if daemon == "kernel" else set()
    return {fact: argv for fact, argv in QUESTIONS.items() if fact not in left_out}


_KEY = re.compile(r"[ \t]+([EA]): ")
_ENDS = re.compile(rf"(?P<src>{_AWK_ADDRESS}) (?P<dst>{_AWK_ADDRESS})[ \t]*")
_KNOWN = re.compile(rf"[ \t]+(?:{_AWK_KNOWN})[ \t]*")
_SENTENCE = re.compile(r"[A-Z][A-Za-z ]+\.")
_KIND = re.compile(
    r"(?P<protocol>[a-z0-9-]+) mode=(?P<mode>[a-z0-9]+) spi=(?P<spi>\d+)\S* reqid=(\d+)"
)
_STATE = re.compile(r"state=([a-z]+)")
_TIMES = re.compile(r"diff: (\d+)\(s\)\s+hard: (\d+)\(s\)\s+soft: (\d+)\(s\)")


def strike(text: str) -> str:
    """Return an output of ``setkey -D`` without any key, and without all that is not known."""
    told = (_told(line) for line in lines_of(text))
    return "".join(f"{line}\n" for line in told if line)


def _told(line: str) -> str:
    if key := _KEY.match(line):
        return STRUCK.format(key[1])
    known = any(form.fullmatch(line) for form in (_ENDS, _KNOWN, _SENTENCE))
    return line if known else ""


def parse_sad(text: str) -> tuple[Sa, ...]:
    """Return every association, or refuse: half a picture is worse than none.

    Raises:
        ParseError: there is none and that is not said, or one of them is cut short.
    """
    lines = strike(text).splitlines()
    blocks = list(_blocks(lines))
    if blocks:
        return tuple(map(_sa, blocks))
    if NO_SAD in lines:
        return ()
    said = next((line for line in lines if _SENTENCE.fullmatch(line)), "")
    raise ParseError(said or "setkey -D: no SA, and not a word that there is none")


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    block: list[str] = []
    for line in lines:
        if _ENDS.fullmatch(line):
            if block:
                yield block
            block = [line]
        elif block:
            block.append(line.strip())
        elif not _SENTENCE.fullmatch(line):
            raise ParseError(f"setkey -D: {quoted(line)} stands before the addresses of its SA")
    if block:
        yield block


def _sa(block: list[str]) -> Sa:
    ends, rest = _ENDS.fullmatch(block[0]), "\n".join(block[1:])
    kind, state, times = _KIND.search(rest), _STATE.search(rest), _TIMES.search(rest)
    if not (ends and kind and state and "refcnt=" in rest):
        raise ParseError(f"setkey -D: the SA {quoted(block[0])} is cut short")
    age_s, hard_s, soft_s = map(int, times.groups()) if times else (None, None, None)
    return Sa(
        src=_bare(ends["src"]),
        dst=_bare(ends["dst"]),
        protocol=kind["protocol"],
        mode=kind["mode"],
        spi=int(kind["spi"]),
        state=state[1],
        reqid=int(kind[4]),
        age_s=age_s,
        hard_s=hard_s,
        soft_s=soft_s,
    )


def _bare(address: str) -> str:
    """Return an address without the port of NAT traversal."""
    return address.partition("[")[0]


_SELECTOR = re.compile(r"(?P<src>[^\s(]\S*[.:]\S*) (?P<dst>\S*[.:]\S*) (?P<upper>\S.*?)\s*")
_ACTION = re.compile(r"\s+(in|out|any) (discard|none|ipsec|entrust|bypass)")
_TRANSFORM = re.compile(r"\s+((?:esp|ah|ipcomp|tcp)/(?:any|transport|tunnel)/\S*)")
_SOCKET = "(no selector"  # a policy of one socket: none of the router's


def parse_spd(text: str) -> tuple[IpsecPolicy, ...]:
    """Return every policy, or refuse.

    Raises:
        ParseError: there is none and that is not said, or one of them is cut short.
    """
    policies: list[IpsecPolicy] = []
    block: list[str] = []
    lines = lines_of(text)
    for line in (*lines, "end"):
        begins = not line[:1].isspace() and line
        if begins and block:
            policies += _policy(block)
            block = []
        if _SELECTOR.fullmatch(line) or line.startswith(_SOCKET):
            block = [line]
        elif block and line.strip():
            block.append(line)
    if policies or NO_SPD in lines or any(line.startswith(_SOCKET) for line in lines):
        return tuple(policies)
    said = next((line for line in lines if _SENTENCE.fullmatch(line)), "")  # a key is none
    raise ParseError(said or "setkey -DP: no policy, and not a word that there is none")


def _policy(block: list[str]) -> list[IpsecPolicy]:
    if block[0].startswith(_SOCKET):
        return []
    ends = _SELECTOR.fullmatch(block[0])
    action = next((match for line in block if (match := _ACTION.fullmatch(line))), None)
    if not (ends and action and any("refcnt=" in line for line in block)):
        raise ParseError(f"setkey -DP: the policy {quoted(block[0])} is cut short")
    transforms = (match[1] for line in block if (match := _TRANSFORM.fullmatch(line)))
    return [
        IpsecPolicy(
            ends["src"], ends["dst"], ends["upper"], action[1], action[2], tuple(transforms)
        )
    ]
