"""GRE's header as RFC 2784 and RFC 2890 draw it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.errors import ParseError
from bluegreen.lab.gre_packet import IPV4, IPV6, GrePacket, decode, encode, overhead

INNER = bytes.fromhex("450000140000400040014a")  # its content is nobody's matter here

packets = st.builds(
    GrePacket,
    protocol=st.sampled_from((IPV4, IPV6)),
    payload=st.binary(max_size=1500),
    key=st.none() | st.integers(0, 2**32 - 1),
    has_checksum=st.booleans(),
)


def test_a_plain_packet_has_four_octets_before_the_inner_one() -> None:
    octets = encode(GrePacket(IPV4, INNER))

    assert octets == bytes.fromhex("00000800") + INNER


def test_an_inner_packet_of_ipv6_is_named_by_its_ethertype() -> None:
    octets = encode(GrePacket(IPV6, INNER))

    assert octets[:4] == bytes.fromhex("000086dd")


def test_a_key_of_zero_is_a_key() -> None:
    octets = encode(GrePacket(IPV4, INNER, key=0))

    assert octets == bytes.fromhex("20000800 00000000") + INNER
    assert decode(octets).key == 0


def test_checksum_comes_before_the_key_and_covers_both_header_and_inner_packet() -> None:
    octets = encode(GrePacket(IPV4, b"\x12\x34", key=0x01020304, has_checksum=True))

    # ~(a000 + 0800 + 0102 + 0304 + 1234) = ~be3a
    assert octets == bytes.fromhex("a0000800 41c50000 01020304 1234")


@given(packet=packets)
def test_what_is_encoded_is_decoded_again(packet: GrePacket) -> None:
    assert decode(encode(packet)) == packet


@given(payload=st.binary(min_size=1, max_size=100), place=st.integers(0), bit=st.integers(0, 7))
def test_a_bit_that_flips_under_a_checksum_is_noticed(payload: bytes, place: int, bit: int) -> None:
    octets = bytearray(encode(GrePacket(IPV4, payload, has_checksum=True)))
    octets[8 + place % len(payload)] ^= 1 << bit

    with pytest.raises(ParseError, match="wrong checksum"):
        decode(bytes(octets))


def test_a_sequence_number_is_skipped() -> None:
    octets = bytes.fromhex("30000800 0000002a 00000007") + INNER

    assert decode(octets) == GrePacket(IPV4, INNER, key=42)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("0000", "of 2 octets"),
        ("a0000800 00000000", "header of 8 octets, not 12"),
        ("40000800", "not understood"),  # routing, RFC 1701
        ("00010800", "not understood"),  # version 1: PPTP
    ],
)
def test_what_a_receiver_must_discard_is_refused(octets: str, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        decode(bytes.fromhex(octets))


def test_a_key_of_more_than_32_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        encode(GrePacket(IPV4, INNER, key=2**32))


def test_plain_gre_leaves_1476_of_1500_octets() -> None:
    assert 1500 - overhead(key=None, has_checksum=False) == 1476
    assert 1500 - overhead(key=1, has_checksum=True) == 1468
