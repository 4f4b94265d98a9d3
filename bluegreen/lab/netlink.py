"""What rtnetlink(7) speaks: messages of a header, a structure and attributes.

Source: netlink(7), rtnetlink(7); linux/netlink.h, linux/rtnetlink.h, linux/if_link.h,
linux/if_addr.h.
"""

import os
import struct
from collections.abc import Iterator, Mapping

ROUTE_FAMILY = 0  # NETLINK_ROUTE, for socket(2)
ERROR, DONE = 2, 3
NEW_LINK, DELETE_LINK, GET_LINK = 16, 17, 18
NEW_ADDRESS, DELETE_ADDRESS, GET_ADDRESS = 20, 21, 22
NEW_ROUTE, GET_ROUTE = 24, 26

ACK, DUMP, REPLACE, EXCLUSIVE, CREATE = 0x4, 0x300, 0x100, 0x200, 0x400
_REQUEST = 0x1

LINK = struct.Struct("=BxHiII")  # family, kind, index, flags, which of them to change
LINK_MAC, LINK_NAME, LINK_PARENT, LINK_INFO = 1, 3, 5, 18
INFO_KIND, INFO_DATA = 1, 2  # within LINK_INFO
UP, LOWER_UP = 0x1, 0x10000  # IFF_UP: set up; IFF_LOWER_UP: has a carrier

ADDRESS = struct.Struct("=BBBBI")  # family, length of prefix, flags, scope, index of link
ADDRESS_FAR, ADDRESS_LOCAL, ADDRESS_FLAGS = 1, 2, 8

ROUTE = struct.Struct("=BBBBBBBBI")  # family, length, .., [4] table, [5] protocol, [7] kind
ROUTE_TO = 1

Attributes = Mapping[int, bytes]

_HEADER, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=HH")
_TYPE_MASK = 0x3FFF  # without NLA_F_NESTED and NLA_F_NET_BYTEORDER


def request(kind: int, flags: int, body: bytes) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), kind, _REQUEST | flags, 1, 0) + body


def messages(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and body of each message; an ERROR that is none says yes.

    Raises:
        OSError: the kernel refused.
    """
    at = 0
    while at + _HEADER.size <= len(octets):
        size, kind, *_ = _HEADER.unpack_from(octets, at)
        body = octets[at + _HEADER.size : at + size]
        if kind == ERROR:
            code = -int.from_bytes(body[:4], "little", signed=True)
            if code:
                raise OSError(code, os.strerror(code))
        yield kind, body
        at += aligned(max(size, _HEADER.size))


def attribute(kind: int, value: bytes) -> bytes:
    length = _ATTRIBUTE.size + len(value)
    return _ATTRIBUTE.pack(length, kind) + value + bytes(aligned(length) - length)


def attributes_of(octets: bytes) -> Attributes:
    found, at = {}, 0
    while at + _ATTRIBUTE.size <= len(octets):
        length, kind = _ATTRIBUTE.unpack_from(octets, at)
        found[kind & _TYPE_MASK] = octets[at + _ATTRIBUTE.size : at + length]
        at += aligned(max(length, _ATTRIBUTE.size))
    return found


def aligned(length: int) -> int:
    """Return where the next one begins: all are padded to 4 octets."""
    return (length + 3) & ~3
