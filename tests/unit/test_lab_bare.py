"""What a bare lab is told to become, and that its routers are nothing of it yet."""

from pathlib import Path

import pytest

from bluegreen.cli.files import load_inventory
from bluegreen.lab.inventory import Keys, hosts_yaml
from bluegreen.lab.ovh import HOOK
from bluegreen.lab.site import REMOTES_MAX, ROUTERS, SPARE, Options, make_site
from bluegreen.model.design import Design
from bluegreen.model.pair import Pair

BARE = Options(bare=True, remotes=3)


def the_pair(folder: Path, options: Options = BARE) -> Pair:
    site = make_site(options)
    ports = {place.name: 2200 + number for number, place in enumerate(site.places)}
    file = folder / "hosts.yaml"
    file.write_text(hosts_yaml(ports, Keys(folder / "client", folder / "known"), options))
    return load_inventory(file).pair("lab")


def the_design(folder: Path, options: Options = BARE) -> Design:
    design = the_pair(folder, options).design
    assert design is not None
    return design


def test_a_bare_router_has_its_own_addresses_and_nothing_else() -> None:
    for name in ROUTERS:
        spec = make_site(BARE).place(name).spec
        assert spec is not None
        assert (spec.vhids, spec.carp_loaded, spec.preempt, spec.ospf) == ((), False, False, None)
        assert [i.name for i in spec.interfaces] == ["vmx0", "vmx1", "vmx2", "lo0"]
        assert list(spec.files) == ["/etc/rc.conf"]


def test_its_inventory_describes_a_public_address_an_inner_gateway_and_three_tunnels(
    tmp_path: Path,
) -> None:
    design = the_design(tmp_path)

    public, inner = design.vhids
    assert (public.vhid, public.unicast, inner.vhid, inner.unicast) == (2, True, 3, False)
    assert inner.vips == ("172.27.27.1/27", "2001:db8:27::1/64")
    assert [(t.name, t.local, t.remote) for t in design.tunnels] == [
        ("gre0", "198.51.100.230", "203.0.113.30"),
        ("gre1", "198.51.100.230", "203.0.113.31"),
        ("gre2", "198.51.100.230", "203.0.113.32"),
    ]
    assert design.frr is not None
    assert (design.frr.hello_s, design.frr.dead_s) == (1, 4)
    assert design.devd is not None


def test_no_password_stands_in_it(tmp_path: Path) -> None:
    sources = [vhid.password.kind for vhid in the_design(tmp_path).vhids]

    assert sources == ["file", "command"]


def test_each_far_end_must_learn_the_inner_network(tmp_path: Path) -> None:
    remotes = the_pair(tmp_path).remotes

    assert [remote.router.name for remote in remotes] == ["remote", "remote-2", "remote-3"]
    assert {remote.expect_route for remote in remotes} == {"172.27.27.0/27"}


def test_a_spare_is_a_router_of_the_inventory_and_none_of_the_pair(tmp_path: Path) -> None:
    options = Options(bare=True, spare=True, carriage="multicast")
    pair = the_pair(tmp_path, options)

    assert pair.names == ROUTERS
    assert pair.design is not None
    assert pair.design.frr is not None
    assert dict(pair.design.frr.router_ids)[SPARE] == "192.0.2.13"
    assert load_inventory(tmp_path / "hosts.yaml").pair(f"{ROUTERS[0]},{SPARE}")


def test_an_address_of_a_provider_is_looked_at_and_a_hook_moves_it(tmp_path: Path) -> None:
    options = Options(bare=True, ipfo=True, tunnel="none")
    pair = the_pair(tmp_path, options)

    assert pair.ipfo is not None
    assert (pair.ipfo.mode, pair.ipfo.address) == ("verify", "198.51.100.230")
    assert pair.design is not None
    assert pair.design.devd is not None
    assert (pair.design.devd.hook, pair.design.devd.bound) == (HOOK, (2,))


def test_no_two_machines_of_a_lab_have_a_mac_or_an_address_in_common() -> None:
    site = make_site(Options(bare=True, spare=True, carriage="multicast", remotes=3))
    ethers = [i.ether for p in site.places if p.spec for i in p.spec.interfaces if i.ether]
    addresses = [a for p in site.places for cable in p.cables for a in cable.addresses]

    assert len(set(ethers)) == len(ethers)
    assert len(set(addresses)) == len(addresses)


def test_a_bare_lab_without_tunnels_is_to_have_vhids_alone(tmp_path: Path) -> None:
    design = the_design(tmp_path, Options(bare=True, vhids=1, tunnel="none"))

    assert ([v.vhid for v in design.vhids], design.tunnels, design.frr) == ([3], (), None)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (Options(bare=True, tunnel="real"), "end at a VIP"),
        (Options(bare=True, spare=True), "--carp multicast"),
        (Options(spare=True, carriage="multicast"), "--bare"),
        (Options(ipfo=True), "takes --bare"),
        (Options(bare=True, ipfo=True, vhids=1, tunnel="none"), "two vhids"),
        (Options(remotes=REMOTES_MAX + 1), "not within 1 to 3"),
    ],
)
def test_what_cannot_be_had_together_is_refused(options: Options, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        make_site(options)
