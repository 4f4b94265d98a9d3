"""Echo requests and replies, byte by byte."""

import pytest

from bluegreen.probe.icmp import (
    Echo,
    decode_reply,
    encode_reply,
    encode_request,
    internet_checksum,
)

ECHO = Echo(b"bluegree", number=0x0001_0203, identifier=0xBEEF)
BODY = b"bluegree\x00\x00\x00\x00\x00\x01\x02\x03"
IP_HEADER = bytes.fromhex("4500002c00000000400100007f0000017f000001")


def test_an_ipv4_request_has_type_8_its_checksum_and_the_lower_half_of_its_number() -> None:
    packet = encode_request(ECHO, 4)

    assert packet[:2] == b"\x08\x00"
    assert packet[4:] == b"\xbe\xef\x02\x03" + BODY
    assert internet_checksum(packet) == 0


def test_an_ipv6_request_has_type_128_and_leaves_the_checksum_to_the_kernel() -> None:
    assert encode_request(ECHO, 6) == b"\x80\x00\x00\x00\xbe\xef\x02\x03" + BODY


def test_the_checksum_is_that_of_rfc_1071() -> None:
    """The example of section 3 of the RFC: the sum of these bytes is ddf2."""
    assert internet_checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xFFFF - 0xDDF2


def test_an_odd_byte_counts_as_if_a_zero_followed() -> None:
    assert internet_checksum(b"\x01") == 0xFFFF - 0x0100


@pytest.mark.parametrize("version", [4, 6])
def test_a_reply_gives_the_probe_back(version: int) -> None:
    assert decode_reply(encode_reply(ECHO, version), version) == ECHO


def test_a_raw_ipv4_socket_hands_the_ip_header_over_too() -> None:
    assert decode_reply(IP_HEADER + encode_reply(ECHO, 4), 4) == ECHO


def test_ip_options_are_passed_over() -> None:
    longer = b"\x46" + IP_HEADER[1:] + b"\x01\x01\x01\x00"

    assert decode_reply(longer + encode_reply(ECHO, 4), 4) == ECHO


def test_an_identifier_that_a_kernel_rewrote_does_not_hide_the_probe() -> None:
    rewritten = Echo(ECHO.token, ECHO.number, identifier=7)

    assert decode_reply(encode_reply(rewritten, 4), 4) == rewritten


@pytest.mark.parametrize(
    ("packet", "version"),
    [
        (b"", 4),
        (b"\x45", 4),
        (IP_HEADER, 4),
        (encode_reply(ECHO, 4)[:-1], 4),
        (encode_request(ECHO, 4), 4),  # on loopback a raw socket sees the request as well
        (encode_request(ECHO, 6), 6),
        (b"\x03\x01" + encode_reply(ECHO, 4)[2:], 4),  # unreachable
        (encode_reply(ECHO, 4)[:-1] + b"\xff", 4),  # broken on the way
        (b"\x81\x01" + encode_reply(ECHO, 6)[2:], 6),  # a code that no reply has
        (encode_reply(ECHO, 6)[:6] + b"\xff\xff" + BODY, 6),  # sequence of another probe
    ],
)
def test_what_is_no_reply_to_a_probe_of_ours_is_passed_over(packet: bytes, version: int) -> None:
    assert decode_reply(packet, version) is None
