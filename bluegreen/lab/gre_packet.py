"""GRE's packet, to and from octets: what stands between the outer IP header and the inner packet.

Source: RFC 2784 (header, checksum), RFC 2890 (key, sequence number).
"""

import struct
from dataclasses import dataclass

from bluegreen.carp.packet import checksum
from bluegreen.errors import ParseError

PROTOCOL = 47
IPV4, IPV6 = 0x0800, 0x86DD  # protocol types: ethertypes of the inner packet
OUTER_LENGTH = 20  # octets of an IPv4 header without options

_CHECKSUM, _KEY, _SEQUENCE = 0x8000, 0x2000, 0x1000
_FORBIDDEN = 0x4FFF & ~(_KEY | _SEQUENCE)  # routing, reserved bits, version
_BASE, _WORD = struct.Struct("!HH"), struct.Struct("!I")
_CHECKSUM_AT = 4


@dataclass(frozen=True, slots=True)
class GrePacket:
    """An inner packet, and what its header says of it."""

    protocol: int  # ethertype
    payload: bytes
    key: int | None = None  # 32 bits
    has_checksum: bool = False


def overhead(*, key: int | None, has_checksum: bool) -> int:
    """Return the octets that the outer and the GRE header take from the link's MTU."""
    return OUTER_LENGTH + _BASE.size + _WORD.size * ((key is not None) + has_checksum)


def encode(packet: GrePacket) -> bytes:
    """Return the octets that follow the outer IP header.

    Raises:
        ValueError: the key or the protocol does not fit.
    """
    flags = (_CHECKSUM if packet.has_checksum else 0) | (_KEY if packet.key is not None else 0)
    try:
        base = _BASE.pack(flags, packet.protocol)
        key = b"" if packet.key is None else _WORD.pack(packet.key)
    except struct.error as error:
        raise ValueError(f"{packet} does not fit into a GRE packet: {error}") from error
    if not packet.has_checksum:
        return base + key + packet.payload
    rest = key + packet.payload
    summed = checksum(base + bytes(_WORD.size) + rest)
    return base + _WORD.pack(summed << 16) + rest


def decode(octets: bytes) -> GrePacket:
    """Return a packet whose form and, where it has one, checksum are right.

    A sequence number is skipped: order is not enforced.

    Raises:
        ParseError: it is cut off, damaged, or uses what RFC 2784 has a receiver discard.
    """
    if len(octets) < _BASE.size:
        raise ParseError(f"a GRE packet of {len(octets)} octets")
    flags, protocol = _BASE.unpack_from(octets)
    if flags & _FORBIDDEN:
        raise ParseError(f"a GRE packet with flags {flags:#06x}: version or bits not understood")
    words = [bit for bit in (_CHECKSUM, _KEY, _SEQUENCE) if flags & bit]
    length = _BASE.size + _WORD.size * len(words)
    if len(octets) < length:
        raise ParseError(f"a GRE header of {len(octets)} octets, not {length}")
    if flags & _CHECKSUM and checksum(octets):
        raise ParseError("a GRE packet with a wrong checksum")
    key_at = _CHECKSUM_AT + _WORD.size * (_CHECKSUM in words)
    return GrePacket(
        protocol=protocol,
        payload=octets[length:],
        key=_WORD.unpack_from(octets, key_at)[0] if flags & _KEY else None,
        has_checksum=bool(flags & _CHECKSUM),
    )
