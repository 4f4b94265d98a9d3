"""The `provision` block: what it comes to, and what is refused in words of the file."""

from pathlib import Path

import pytest

from bluegreen.cli.files import load_inventory
from bluegreen.errors import UsageError
from bluegreen.model.design import Design
from bluegreen.model.inventory import parse_inventory

ROOT = Path(__file__).parents[2]
HEAD = """
routers:
  a: {address: 192.0.2.1}
  b: {address: 192.0.2.2}
pairs:
  edge:
    routers: [a, b]
    prefer: b
    provision:
"""
VHID = "{vhid: 1, interface: vmx0, vips: [192.0.2.9/24], password: {env: X}"


def design(vhid: str = f"{VHID}}}", more: str = "") -> Design:
    text = f"{HEAD}      vhids: [{vhid}]\n      {more}\n"
    found = parse_inventory(text, "h.yaml", lambda written: f"/etc/{written}").pair("edge").design
    assert found is not None
    return found


def refusal(vhid: str = f"{VHID}}}", more: str = "") -> str:
    with pytest.raises(UsageError) as caught:
        design(vhid, more)
    return caught.value.what


def test_the_preferred_router_is_faster_and_the_same_interface_is_meant_for_both() -> None:
    vhid = design().vhids[0]

    assert dict(vhid.advskew) == {"a": 100, "b": 0}
    assert dict(vhid.interfaces) == {"a": "vmx0", "b": "vmx0"}


def test_a_password_in_a_file_lies_beside_the_inventory() -> None:
    vhid = design(VHID.replace("env: X", "file: carp") + "}").vhids[0]

    assert (vhid.password.kind, vhid.password.words) == ("file", "/etc/carp")


def test_a_hook_moves_the_address_of_every_vhid_unless_told_otherwise() -> None:
    both = design(more="devd: {hook: /usr/local/libexec/ipfo}").devd
    none = design(more="devd: {}").devd

    assert both is not None
    assert none is not None
    assert (both.bound, none.bound) == ((1,), ())


@pytest.mark.parametrize(
    ("vhid", "more", "told"),
    [
        (VHID.replace("vhid: 1", "vhid: 256") + "}", "", "at most 255"),
        (VHID.replace("env: X", "env: X, file: y") + "}", "", "found env and file"),
        (VHID.replace("env: X", "") + "}", "", "found none"),
        (VHID.replace("interface: vmx0", "interfaces: {a: vmx0}") + "}", "", "no interface for b"),
        (VHID.replace("interface: vmx0, ", "") + "}", "", "interfaces, found neither"),
        (VHID.replace("[192.0.2.9/24]", "[]") + "}", "", "no address at all"),
        (VHID + ", advskew: {c: 1}}", "", "`c` is no router"),
        (VHID + ", advskew: {a: 240}}", "", "at most 239"),
        (VHID + ", advskew: {a: 220}}", "", "at most 219"),
        (f"{VHID}}}, {VHID}}}", "", "stands twice on the same interface"),
        (
            f"{VHID}}}",
            (
                "tunnels: [{name: gif0, local: 192.0.2.9, remote: 192.0.2.3, inner: 10.0.0.1, "
                "inner_remote: 10.0.0.2}]"
            ),
            "such as gre0",
        ),
        (f"{VHID}}}", "devd: {hook: relative}", "not an absolute path"),
        ("", "", "no vhid at all"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(vhid: str, more: str, told: str) -> None:
    assert told in refusal(vhid, more)


def test_the_example_site_is_a_design_of_two_vhids_and_three_tunnels() -> None:
    found = load_inventory(ROOT / "docs" / "examples" / "site.yaml").pair("edge").design

    assert found is not None
    assert [v.vhid for v in found.vhids] == [2, 1]
    assert [found.follows(t) is found.vhids[0] for t in found.tunnels] == [True] * 3
