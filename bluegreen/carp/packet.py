"""CARP's packet, to and from octets.

IP protocol 112, TTL 255, 36 octets, the same in IPv4 and IPv6. FreeBSD keeps
the counter but does not check it for replay.

Source: struct carp_header, sys/netinet/ip_carp.h; carp_hmac_prepare and
carp_prepare_ad, sys/netinet/ip_carp.c, FreeBSD 14.
"""

import hashlib
import hmac
import struct
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from bluegreen.carp.values import in_hmac_order
from bluegreen.errors import ParseError

PROTOCOL = 112
TTL = 255
GROUP, GROUP6 = IPv4Address("224.0.0.18"), IPv6Address("ff02::12")
LENGTH = 36  # octets
KEY_LENGTH = 20  # octets; CARP_KEY_LEN

_VERSION, _ADVERTISEMENT = 2, 1
_VERSION_AND_TYPE = _VERSION << 4 | _ADVERTISEMENT
_AUTH_WORDS = 7  # counter and HMAC in units of 4 octets
_LAYOUT = struct.Struct("!BBBBBBHQ20s")


@dataclass(frozen=True, slots=True)
class Packet:
    """One advertisement on the wire."""

    vhid: int  # 1 to 255
    advbase: int  # s
    advskew: int  # 1/256 s, as demoted: 0 to 240
    counter: int  # 64 bits
    mac: bytes = b""  # HMAC-SHA1; encode works it out


@dataclass(frozen=True, slots=True)
class Secret:
    """What both routers must share: the password and the vhid's list of addresses."""

    password: bytes = field(repr=False)  # at most 20 octets
    addresses: tuple[str, ...]  # both families, without prefix, in any order


def encode(packet: Packet, secret: Secret) -> bytes:
    """Return the 36 octets that follow the IP header, signed and summed.

    Raises:
        ValueError: a field or the password does not fit.
    """
    mac = _mac(packet, secret)
    summed = checksum(_pack(packet, mac, 0))
    return _pack(packet, mac, summed)


def decode(octets: bytes) -> Packet:
    """Return a packet whose form and checksum are right; who signed it is ``is_signed``'s matter.

    Raises:
        ParseError: it is something else, or was damaged on its way.
    """
    if len(octets) != LENGTH:
        raise ParseError(f"a CARP packet of {len(octets)} octets, not {LENGTH}")
    kind, vhid, advskew, words, _, advbase, _, counter, mac = _LAYOUT.unpack(octets)
    if kind != _VERSION_AND_TYPE:
        raise ParseError(f"CARP version {kind >> 4} type {kind & 15}, not version 2 type 1")
    if words != _AUTH_WORDS:
        raise ParseError(f"a CARP packet with authlen {words}, not {_AUTH_WORDS}")
    if checksum(octets):
        raise ParseError(f"a CARP packet of vhid {vhid} with a wrong checksum")
    return Packet(vhid=vhid, advbase=advbase, advskew=advskew, counter=counter, mac=mac)


def is_signed(packet: Packet, secret: Secret) -> bool:
    """Whether the sender has our password and lists our addresses; else: incorrect hash."""
    return hmac.compare_digest(packet.mac, _mac(packet, secret))


def checksum(octets: bytes) -> int:
    """Return the Internet checksum (RFC 1071); 0 over octets that hold their own."""
    even = octets + b"\0" * (len(octets) % 2)
    total = sum(int.from_bytes(even[at : at + 2], "big") for at in range(0, len(even), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _mac(packet: Packet, secret: Secret) -> bytes:
    """Sign all but skew, base and checksum, which therefore are not protected."""
    if len(secret.password) > KEY_LENGTH:
        raise ValueError(f"a CARP password of more than {KEY_LENGTH} octets")
    key = secret.password.ljust(KEY_LENGTH, b"\0")
    signed = b"".join(
        (
            bytes((_VERSION, _ADVERTISEMENT, packet.vhid)),
            *(address.packed for address in in_hmac_order(secret.addresses)),
            packet.counter.to_bytes(8, "big"),
        )
    )
    return hmac.digest(key, signed, hashlib.sha1)


def _pack(packet: Packet, mac: bytes, summed: int) -> bytes:
    try:
        return _LAYOUT.pack(
            _VERSION_AND_TYPE,
            packet.vhid,
            packet.advskew,
            _AUTH_WORDS,
            0,
            packet.advbase,
            summed,
            packet.counter,
            mac,
        )
    except struct.error as error:
        raise ValueError(f"{packet} does not fit into a CARP packet: {error}") from error
