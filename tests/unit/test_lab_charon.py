"""IPsec of the lab: what strongSwan is told, and what its SAs look like to who asks setkey(8)."""

from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.cli.files import load_inventory
from bluegreen.freebsd.setkey import parse_sad, parse_spd, strike
from bluegreen.freebsd.swanctl import parse_sas
from bluegreen.lab.charon import CharonSpec, charon_daemon, charon_files, swanctl_conf
from bluegreen.lab.inventory import Keys, hosts_yaml
from bluegreen.lab.links import place_commands
from bluegreen.lab.needs import packages
from bluegreen.lab.sadb import sad, spd
from bluegreen.lab.site import CLIENT, REMOTE, ROUTERS, Options, make_site
from bluegreen.lab.tunnels import charon_of
from bluegreen.model.ipsec import IpsecWish

PROTECTED = Options(ipsec=True, remotes=2)
VIP, FAR, FAR_2 = "198.51.100.230", "203.0.113.30", "203.0.113.31"
NOW_S = 1_800_000_000.0
LISTED = """\
gre0: #2, ESTABLISHED, IKEv2, 6d1ab4032f829c8b_i* fe24b9d52bc63cec_r
  local  '198.51.100.230' @ 198.51.100.230[4500]
  remote '203.0.113.30' @ 203.0.113.30[4500]
  AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048
  established 69s ago, rekeying in 13442s
  gre0: #2, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:AES_CBC-256/HMAC_SHA2_256_128
    installed 69s ago, rekeying in 3283s, expires in 3891s
    in  9997a6fa,   7112 bytes,    77 packets,     0s ago
    out 067b8de5,   7396 bytes,    80 packets,     0s ago
    local  198.51.100.230/32[gre]
    remote 203.0.113.30/32[gre]
"""
"""What swanctl 5.9.8 of Debian 12 printed on a router of the lab."""
BEGUN = """\
gre0: #3, CONNECTING, IKEv2, 6d1ab4032f829c8b_i* 0000000000000000_r
  local  '198.51.100.230' @ 198.51.100.230[500]
  remote '203.0.113.30' @ 203.0.113.30[500]
  active:  IKE_VENDOR IKE_INIT IKE_NATD IKE_CERT_PRE IKE_AUTH IKE_CERT_POST CHILD_CREATE
"""


def the_ipsec(name: str) -> CharonSpec:
    site = make_site(PROTECTED)
    spec = charon_of(site, site.place(name))
    assert spec is not None
    return spec


def test_each_router_protects_every_tunnel_of_the_vip_and_follows_it() -> None:
    for router in ROUTERS:
        spec = the_ipsec(router)
        assert [(c.name, c.local, c.remote) for c in spec.connections] == [
            ("gre0", VIP, FAR),
            ("gre1", VIP, FAR_2),
        ]
        assert spec.vip == VIP
    assert [(c.local, c.remote) for c in the_ipsec(REMOTE).connections] == [(FAR, VIP)]
    assert the_ipsec(REMOTE).vip is None


def test_without_the_option_there_is_none_of_it(tmp_path: Path) -> None:
    site = make_site(Options())

    assert [charon_of(site, place) for place in site.places] == [None] * len(site.places)
    assert not any(place.rules for place in site.places)
    assert the_wish(tmp_path, Options()) is None


def test_a_run_on_it_watches_ipsec(tmp_path: Path) -> None:
    assert the_wish(tmp_path, PROTECTED) == IpsecWish()


def test_what_no_sa_protects_is_refused_and_not_sent_in_the_clear() -> None:
    site = make_site(PROTECTED)

    for name in (*ROUTERS, REMOTE):
        commands = list(place_commands(site.place(name)))
        assert "rule add fwmark 47 lookup 220" in commands
        assert "route replace prohibit default table 220" in commands
    assert not any("220" in line.split() for line in place_commands(site.place(CLIENT)))


def test_a_whole_packet_of_a_tunnel_fits_into_what_encrypts_it() -> None:
    site = make_site(PROTECTED)

    mtus = {i.mtu for p in site.places if p.spec for i in p.spec.interfaces if i.tunnel}
    assert mtus == {1376}


def test_its_key_stands_in_one_file_and_in_no_argument() -> None:
    spec, key = the_ipsec(REMOTE), "c0ffee"

    assert f"secret = {key}\n" in swanctl_conf(spec, key)
    assert key not in "".join((*charon_files(spec).values(), *charon_daemon()))


def test_setkey_tells_of_charons_sas_both_ways() -> None:
    told = sad(parse_sas(LISTED), NOW_S)

    inward, outward = parse_sad(strike(told))
    assert (inward.src, inward.dst, inward.spi) == (FAR, VIP, 0x9997A6FA)
    assert (outward.src, outward.dst, outward.spi) == (VIP, FAR, 0x067B8DE5)
    assert {sa.protocol for sa in (inward, outward)} == {"esp-udp"}
    assert {(sa.mode, sa.state) for sa in (inward, outward)} == {("tunnel", "mature")}
    assert (inward.age_s, inward.soft_s, inward.hard_s) == (69, 69 + 3283, 69 + 3891)


def test_setkey_tells_of_charons_policies_both_ways() -> None:
    inward, outward = parse_spd(spd(parse_sas(LISTED), NOW_S))

    assert (inward.direction, inward.upper, inward.src) == ("in", "gre", f"{FAR}[any]")
    assert outward.transforms == (f"esp/tunnel/{VIP}-{FAR}/unique",)


@pytest.mark.parametrize("listed", ["", BEGUN])
def test_what_is_not_negotiated_yet_is_no_sa(listed: str) -> None:
    ike = parse_sas(listed)

    assert (parse_sad(sad(ike, NOW_S)), parse_spd(spd(ike, NOW_S))) == ((), ())


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (replace(PROTECTED, tunnel="real"), "tunnels that end at the VIP"),
        (replace(PROTECTED, tunnel="none"), "tunnels that end at the VIP"),
        (replace(PROTECTED, bare=True), "sets up none"),
        (replace(PROTECTED, bug166462=True), "keys of its own"),
    ],
)
def test_what_cannot_be_had_with_ipsec_is_refused(options: Options, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        make_site(options)


def test_what_is_not_installed_is_named_by_its_package(tmp_path: Path) -> None:
    wanted = {
        "sh": "dash",
        str(tmp_path / "charon"): "charon-systemd",
        str(tmp_path / "libipsec.so"): "libcharon-extra-plugins",
    }

    assert packages(wanted) == ("charon-systemd", "libcharon-extra-plugins")

    (tmp_path / "libipsec.so").touch()
    assert packages(wanted) == ("charon-systemd",)


def the_wish(folder: Path, options: Options) -> IpsecWish | None:
    """Return what a lab's inventory says of IPsec."""
    site = make_site(options)
    ports = {place.name: 2200 + number for number, place in enumerate(site.places)}
    file = folder / "hosts.yaml"
    file.write_text(hosts_yaml(ports, Keys(folder / "client", folder / "known"), options))
    return load_inventory(file).pair("lab").ipsec
