"""Echo requests and replies as bytes, for both families (RFC 792, RFC 4443 section 4)."""

from dataclasses import dataclass
from struct import Struct

ECHO_REQUEST = {4: 8, 6: 128}
ECHO_REPLY = {4: 0, 6: 129}
TOKEN_BYTES = 8

_HEADER = Struct("!BBHHH")  # type, code, checksum, identifier, sequence
_BODY = Struct(f"!{TOKEN_BYTES}sQ")  # whose probe it is, and its number


@dataclass(frozen=True, slots=True)
class Echo:
    """One probe: the kernel may rewrite the identifier, so its owner stands in the payload."""

    token: bytes  # TOKEN_BYTES of it, one a prober
    number: int  # 0 to 2**64 - 1; the sequence field carries its lower 16 bits
    identifier: int = 0

    def __post_init__(self) -> None:
        assert len(self.token) == TOKEN_BYTES


def encode_request(echo: Echo, version: int) -> bytes:
    """Return an echo request of IP version 4 or 6.

    The checksum of ICMPv6 covers addresses that only the kernel knows; it fills
    the field in (RFC 3542 section 3.1), so that it is 0 here.
    """
    return _encode(ECHO_REQUEST[version], echo, checksummed=version == 4)


def encode_reply(echo: Echo, version: int) -> bytes:
    """Return what a host answers."""
    return _encode(ECHO_REPLY[version], echo, checksummed=version == 4)


def decode_reply(packet: bytes, version: int) -> Echo | None:
    """Return the probe that a packet answers; None: it is something else.

    A raw IPv4 socket (and a datagram socket on macOS) hands the IP header over
    as well. An IPv6 socket never does.
    """
    message = _without_ip_header(packet) if version == 4 else packet
    if len(message) < _HEADER.size + _BODY.size:
        return None
    kind, code, _, identifier, sequence = _HEADER.unpack_from(message)
    if kind != ECHO_REPLY[version] or code != 0:
        return None
    if version == 4 and internet_checksum(message) != 0:
        return None
    token, number = _BODY.unpack_from(message, _HEADER.size)
    if sequence != number & 0xFFFF:
        return None
    return Echo(token, number, identifier)


def internet_checksum(data: bytes) -> int:
    """Return the one's complement of the one's complement sum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(padded[i : i + 2], "big") for i in range(0, len(padded), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _encode(kind: int, echo: Echo, *, checksummed: bool) -> bytes:
    body = _BODY.pack(echo.token, echo.number)
    bare = _HEADER.pack(kind, 0, 0, echo.identifier, echo.number & 0xFFFF) + body
    if not checksummed:
        return bare
    checksum = internet_checksum(bare)
    return _HEADER.pack(kind, 0, checksum, echo.identifier, echo.number & 0xFFFF) + body


def _without_ip_header(packet: bytes) -> bytes:
    """Drop an IPv4 header; no ICMP type of ours begins with the nibble 4."""
    if not packet or packet[0] >> 4 != 4:
        return packet
    return packet[4 * (packet[0] & 0x0F) :]
