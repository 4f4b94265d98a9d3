"""IPsec over real SSH: a real shell and a real awk stand between setkey(8) and us."""

from dataclasses import replace
from pathlib import Path

from routers import FIRST, GRE0, pair_specs
from running import Hire, StartPair

from bluegreen.emulator.setkey import EXAMPLE_KEYS
from bluegreen.emulator.spec import IpsecPeer, IpsecSpec
from bluegreen.model.codec import read_facts
from bluegreen.model.ipsec import Ipsec

pytest_plugins = ("pair", "product")


def test_keys_of_associations_never_leave_the_router(
    start_pair: StartPair, hire: Hire, tmp_path: Path
) -> None:
    assert GRE0.tunnel
    peer = IpsecPeer(GRE0.tunnel.local, GRE0.tunnel.remote, follows_vhid=2)
    first, second = (replace(spec, ipsec=IpsecSpec((peer,))) for spec in pair_specs())
    pair = start_pair((first, second))
    watched = tmp_path / "watched.yaml"
    text = pair.inventory.read_text()
    assert "edge: {" in text
    watched.write_text(text.replace("edge: {", "edge: {ipsec: {}, "))

    product = hire(watched)
    facts, check = product.run("facts", "--pair", "edge"), product.run("check", "--pair", "edge")

    blue = read_facts(facts.out).seen(FIRST)
    assert blue
    assert isinstance(blue.ipsec, Ipsec)
    assert [(sa.src, sa.dst, sa.state) for sa in blue.ipsec.sas] == [
        (peer.remote, peer.local, "mature"),
        (peer.local, peer.remote, "mature"),
    ]
    assert [sa.carries for sa in blue.ipsec.ike or ()] == [True]
    assert check.code == 0, check.out
    assert "ok  ipsec" in check.out
    told = facts.out + facts.err + check.out + check.err
    assert not [word for key in EXAMPLE_KEYS for word in key.split() if word in told]
