"""What strongSwan says of its associations."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.errors import ParseError
from bluegreen.freebsd.swanctl import parse_sas
from bluegreen.model.ipsec import ChildSa, IkeSa

SAS = """\
net-net: #1, ESTABLISHED, IKEv2, aabbccdd11223344_i* 8899aabb00112233_r
  local  'C=CH, O=strongSwan, CN=moon.strongswan.org' @ 192.168.0.1[4500] [10.3.0.1]
  remote 'sun.strongswan.org' @ 2001:db8::2[4500] EAP: 'carol'
  AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048
  established 143s ago, rekeying in 13560s, expires in 13977s
  net-net: #2, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:AES_GCM_16-256/MODP_2048
    installed 143s ago, rekeying in 3196s, expires in 3617s
    in  c1a2b3c4 (0x00000001/0xffffffff),      0 bytes,     0 packets
    out d4e5f6a7,    256 bytes,     4 packets,   775s ago
    local  10.1.0.0/16
    remote 10.2.0.0/16
gre: #3, CONNECTING, IKEv2, 4f00000000000001_i* 0000000000000000_r
  local  '%any' @ 198.51.100.230[500]
  remote '%any' @ %any[500]
  active:  IKE_VENDOR IKE_INIT
"""


def test_associations_are_read_with_hosts_state_and_children() -> None:
    child = ChildSa(
        "net-net",
        "INSTALLED",
        "TUNNEL",
        spi_in="c1a2b3c4",
        spi_out="d4e5f6a7",
        age_s=143,
        rekey_s=3196,
        life_s=3617,
        local="10.1.0.0/16",
        remote="10.2.0.0/16",
    )
    assert parse_sas(SAS) == (
        IkeSa("net-net", "ESTABLISHED", 2, "192.168.0.1", "2001:db8::2", 143, (child,)),
        IkeSa("gre", "CONNECTING", 2, "198.51.100.230", None),
    )


def test_it_carries_only_with_something_installed() -> None:
    established, connecting = parse_sas(SAS)

    assert established.carries
    assert not connecting.carries


def test_no_association_at_all_is_an_answer() -> None:
    assert parse_sas("") == ()


@given(st.lists(st.sampled_from(SAS.splitlines()), max_size=20))
def test_lines_that_were_lost_or_mixed_up_are_read_or_refused(mixed: list[str]) -> None:
    with suppress(ParseError):
        parse_sas("\n".join(mixed))


@pytest.mark.parametrize(
    "text",
    [
        "strongSwan 5.9.14 swanctl\n",
        SAS.replace("  remote 'sun", "  x 'sun"),
        SAS.partition("\n")[0],
    ],
)
def test_something_else_or_half_of_it_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_sas(text)
