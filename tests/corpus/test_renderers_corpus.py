"""The renderers reproduce outputs of real machines, byte for byte, from what was read of them."""

from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.carp.values import Sysctls
from bluegreen.emulator.machine import Machine
from bluegreen.emulator.render import (
    Look,
    render_environments,
    render_environments_plain,
    render_interface,
)
from bluegreen.emulator.spec import MachineSpec
from bluegreen.freebsd.bectl import parse_environments
from bluegreen.freebsd.commands import fetch_update, fetch_upgrade, install_update
from bluegreen.freebsd.ifconfig import parse_ifconfig

NOW_S, EPOCH_S = 0.0, 1_800_000_000.0
EPAIR = Look(
    options="8<VLAN_MTU>",
    media="Ethernet 10Gbase-T (10Gbase-T <full-duplex>)",
    nd6="21<PERFORMNUD,AUTO_LINKLOCAL>",
)


def output_of(corpus: Path, name: str) -> str:
    """Return a file's text without the note of its source and the typed line."""
    lines = (corpus / name).read_text().splitlines(keepends=True)[1:]
    return "".join(lines[1:] if lines[0].startswith(("# ", "$ ", "admin@")) else lines)


@pytest.mark.parametrize(
    ("name", "scopeid"),
    [
        ("ifconfig/ifconfig-01-14x-epair-dualstack-backup.txt", 0x38),
        ("ifconfig/ifconfig-02-14x-epair-dualstack-master.txt", 0x1E),
    ],
)
def test_an_interface_with_a_vhid_of_both_families(corpus: Path, name: str, scopeid: int) -> None:
    pasted = output_of(corpus, name)

    rendered = render_interface(parse_ifconfig(pasted)[0], replace(EPAIR, scopeid=scopeid))

    assert rendered.expandtabs() == pasted  # whoever pasted it had blanks for tabs


def test_ethernet_and_tunnels_of_freebsd_14(corpus: Path) -> None:
    pasted = output_of(corpus, "ifconfig/ifconfig-gre0-01-14x.txt")

    rendered = {i.name: render_interface(i) for i in parse_ifconfig(pasted)}

    assert rendered["em0"] + rendered["gre0"] == pasted[: pasted.index("vxlan100:")]
    assert rendered["ipsec0"] == pasted[pasted.index("ipsec0:") :]


@pytest.mark.parametrize(
    ("name", "tail"),
    [
        ("bectl/bectl-04-list-temporary-T.txt", "15.0-RELEASE"),
        ("bectl/bectl-06-list-auto-be-names.txt", "13.2-RELEASE-p2_2023-09-13_141111"),
    ],
)
def test_boot_environments_in_columns(corpus: Path, name: str, tail: str) -> None:
    pasted = output_of(corpus, name)
    environments = parse_environments(pasted)

    rendered = render_environments(environments)

    assert tail in [environment.name for environment in environments]
    assert as_wide_as(rendered, pasted) == pasted


def as_wide_as(rendered: str, pasted: str) -> str:
    """Widen the first column: these lists were taken with environments that are not shown."""
    wide = pasted.splitlines()[0].index("Active")
    narrow = rendered.splitlines()[0].index("Active")
    return "".join(
        f"{line[:narrow]:<{wide}}{line[narrow:]}" for line in rendered.splitlines(keepends=True)
    )


def test_boot_environments_parted_by_tabs(corpus: Path) -> None:
    pasted = output_of(corpus, "bectl/bectl-09-list-H-tab-separated.txt")

    assert render_environments_plain(parse_environments(pasted)) == pasted


def test_carp_sysctls_in_the_kernels_order(corpus: Path) -> None:
    pasted = output_of(corpus, "carp/sysctl-carp-01-14x-fixture.txt")
    machine = Machine(MachineSpec(senderr_demotion_factor=0), NOW_S, EPOCH_S)

    assert machine.carp.sysctls == Sysctls(preempt=True, senderr_demotion_factor=0)
    assert machine.run(("sysctl", "net.inet.carp"), "", NOW_S).stdout == pasted


RELEASES = MachineSpec(
    kernel="14.3-RELEASE-p5",
    running="14.3-RELEASE-p5",
    userland="14.3-RELEASE-p6",
    offered="14.3-RELEASE-p7",
    releases=("15.0-RELEASE",),
)


def installed(spec: MachineSpec, fetch: tuple[str, ...], times: int) -> str:
    """Return what the last of so many installs says, a reboot after each."""
    machine = Machine(spec, NOW_S, EPOCH_S)
    machine.run(fetch, "", NOW_S)
    now, said = NOW_S, ""
    for _ in range(times):
        said = machine.run(install_update(), "", now).stdout
        machine.run(("shutdown", "-r", "now"), "", now)
        now += spec.durations.boot
        machine.tick(now)
    return said


UPGRADE = fetch_upgrade("15.0-RELEASE")


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("freebsd-update/freebsd-update-02-150-install1-kernel.txt", 1),
        ("freebsd-update/freebsd-update-03-150-install2-world.txt", 2),
        ("freebsd-update/freebsd-update-04-150-install3-oldlibs-done.txt", 3),
    ],
)
def test_each_install_of_a_major_release(corpus: Path, name: str, times: int) -> None:
    pasted = output_of(corpus, name)

    assert installed(RELEASES, UPGRADE, times) == pasted


def test_a_patch_level_on_a_ufs_root(corpus: Path) -> None:
    pasted = output_of(corpus, "freebsd-update/freebsd-update-20-143-install-no-bectl-ufs-root.txt")

    said = installed(replace(RELEASES, root="ufs"), fetch_update(), 1)

    assert said.replace("906", "1967") == pasted


def test_nothing_to_install(corpus: Path) -> None:
    pasted = output_of(corpus, "freebsd-update/freebsd-update-19-150-nothing-to-do.txt")
    latest = replace(RELEASES, userland="15.0-RELEASE-p6", offered=None)
    machine = Machine(latest, NOW_S, EPOCH_S)

    fetched = machine.run(fetch_update(), "", NOW_S).stdout.splitlines()[-1]
    refused = machine.run(install_update(), "", NOW_S).stdout

    assert f"...\n{fetched}\n# freebsd-update install\n{refused}" == pasted
