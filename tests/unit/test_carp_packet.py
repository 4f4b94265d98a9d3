"""CARP's octets: ours equal those worked out here by hand, and damage is noticed."""

import hashlib
import hmac
import struct
from ipaddress import IPv4Address, IPv6Address

import pytest
from carp_segment import VIP
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.carp.packet import Packet, Secret, checksum, decode, encode, is_signed
from bluegreen.errors import ParseError

PASSWORD = b"carppassword"
PACKET = Packet(vhid=2, advbase=1, advskew=100, counter=0x0102030405060708)
SECRET = Secret(PASSWORD, (VIP,))


def test_a_packet_has_the_octets_that_openssl_signs() -> None:
    octets = encode(PACKET, SECRET)

    assert octets.hex(" ", 4) == (
        "21026407 0001c984 01020304 05060708 23d7a8fb 54632c41 a9ec3b01 0b17aea1 ed8fc7ae"
    )


def test_both_families_are_signed_in_ascending_order_whatever_order_they_are_listed_in() -> None:
    addresses = ("2001:db8::a", "192.0.2.10", "2001:db8::1", "192.0.2.9")

    octets = encode(Packet(7, 1, 0, counter=1), Secret(PASSWORD, addresses))

    signed = (
        bytes([2, 1, 7])
        + IPv4Address("192.0.2.9").packed
        + IPv4Address("192.0.2.10").packed
        + IPv6Address("2001:db8::1").packed
        + IPv6Address("2001:db8::a").packed
        + struct.pack("!Q", 1)
    )
    assert octets[16:] == hmac.new(PASSWORD.ljust(20, b"\0"), signed, hashlib.sha1).digest()
    assert octets[16:].hex() == "9ebb221d6b4cf80085c670a58f2b2c7b200af955"


def test_another_password_or_address_list_is_an_incorrect_hash() -> None:
    packet = decode(encode(PACKET, SECRET))

    assert is_signed(packet, SECRET)
    assert not is_signed(packet, Secret(b"another", (VIP,)))
    assert not is_signed(packet, Secret(PASSWORD, (VIP, "198.51.100.231")))


def test_a_zone_is_not_signed() -> None:
    packet = decode(encode(PACKET, Secret(PASSWORD, ("fe80::1%vmx1",))))

    assert is_signed(packet, Secret(PASSWORD, ("fe80::1",)))


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (b"", "of 0 octets, not 36"),
        (encode(PACKET, SECRET)[:-1], "of 35 octets"),
        (encode(PACKET, SECRET) + b"\0", "of 37 octets"),
        (b"\x31" + encode(PACKET, SECRET)[1:], "version 3 type 1, not version 2 type 1"),
        (encode(PACKET, SECRET)[:3] + b"\x01" + encode(PACKET, SECRET)[4:], "authlen 1, not 7"),
        (encode(PACKET, SECRET)[:-1] + b"\x00", "of vhid 2 with a wrong checksum"),
    ],
)
def test_what_is_no_whole_carp_packet_is_refused(octets: bytes, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        decode(octets)


@pytest.mark.parametrize(
    ("packet", "secret"),
    [
        (Packet(2, advbase=256, advskew=0, counter=0), SECRET),
        (Packet(2, advbase=1, advskew=-1, counter=0), SECRET),
        (PACKET, Secret(b"x" * 21, (VIP,))),
    ],
)
def test_what_does_not_fit_is_not_sent(packet: Packet, secret: Secret) -> None:
    with pytest.raises(ValueError, match=r"fit into a CARP packet|more than 20 octets"):
        encode(packet, secret)


def test_a_secret_does_not_show_its_password() -> None:
    assert "carppassword" not in repr(SECRET)


def test_the_checksum_is_that_of_rfc_1071() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


@given(
    vhid=st.integers(1, 255),
    advbase=st.integers(1, 255),
    advskew=st.integers(0, 240),
    counter=st.integers(0, 2**64 - 1),
    password=st.binary(max_size=20),
    addresses=st.lists(st.ip_addresses().map(str), max_size=4).map(tuple),
)
def test_every_packet_comes_back_as_it_was_sent(
    vhid: int,
    advbase: int,
    advskew: int,
    counter: int,
    password: bytes,
    addresses: tuple[str, ...],
) -> None:
    secret = Secret(password, addresses)

    packet = decode(encode(Packet(vhid, advbase, advskew, counter), secret))

    assert (packet.vhid, packet.advbase, packet.advskew) == (vhid, advbase, advskew)
    assert packet.counter == counter
    assert is_signed(packet, secret)


@given(at=st.integers(0, 35), bit=st.integers(0, 7))
def test_every_flipped_bit_is_noticed(at: int, bit: int) -> None:
    octets = bytearray(encode(PACKET, SECRET))
    octets[at] ^= 1 << bit

    with pytest.raises(ParseError):
        decode(bytes(octets))
