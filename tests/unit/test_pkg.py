"""What pkg says is installed, and what it would change."""

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.pkg import parse_package_plan, parse_packages, uname_owner
from bluegreen.model.packages import PackageAction, PackageChange
from bluegreen.model.system import Package

INSTALLED = (
    Package("frr9", "9.1.2_1"),
    Package("py311-a-b2", "1.0,1"),
    Package("FreeBSD-runtime", "15.0p8"),
)

INFO = """
frr9-9.1.2_1                   IP routing protocol suite, BGP and OSPF
py311-a-b2-1.0,1               Does 3-4 things
FreeBSD-runtime-15.0p8         Base
"""
VERSIONS = """
frr9-9.1.2_1                       <   needs updating (remote has 9.1.3)
py311-a-b2-1.0,1                   =   up-to-date with remote
FreeBSD-runtime-15.0p8             ?   orphaned: base/FreeBSD-runtime
"""


@pytest.mark.parametrize(
    "text",
    [
        "# pkg info -q\nfrr9-9.1.2_1\npy311-a-b2-1.0,1\nFreeBSD-runtime-15.0p8\n",
        "frr9 9.1.2_1\npy311-a-b2 1.0,1\nFreeBSD-runtime 15.0p8\n",
        INFO,
        VERSIONS,
    ],
)
def test_every_way_of_asking_gives_the_same_packages(text: str) -> None:
    assert parse_packages(text) == INSTALLED


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no list of installed packages"),
        ("pkg: No package(s) matching frr9", "pkg: No package"),
        ("frr9-9.1.2_1\nquagga-\n", "cannot be read: 'quagga-'"),
        ("frr9-9.1.2_1\nfrr9-9.1.3\n", "two versions of one package"),
    ],
)
def test_a_list_that_is_none_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse_packages(text)


def test_a_plan_says_what_happens_to_each_package() -> None:
    text = """
Installed packages to be UPGRADED:
        frr9: 9.1.2_1 -> 9.1.3,1 [FreeBSD] (dependency changed)
Installed packages to be DOWNGRADED:
        b: 2.0 -> 1.0
New packages to be INSTALLED:
        c-d: 3.0 [FreeBSD-base]
Installed packages to be REINSTALLED:
        e-f-4.0_1 (direct dependency changed: b)
Installed packages to be REMOVED:
        g: 5.0
Number of packages to be removed: 1
Proceed with this action? [y/N]:
"""

    assert parse_package_plan(text) == (
        PackageChange("frr9", "9.1.2_1", "9.1.3,1", "FreeBSD", PackageAction.UPGRADE),
        PackageChange("b", "2.0", "1.0", None, PackageAction.DOWNGRADE),
        PackageChange("c-d", None, "3.0", "FreeBSD-base", PackageAction.INSTALL),
        PackageChange("e-f", "4.0_1", "4.0_1", None, PackageAction.REINSTALL),
        PackageChange("g", "5.0", None, None, PackageAction.REMOVE),
    )


def test_up_to_date_is_a_plan_without_changes() -> None:
    assert parse_package_plan("Your packages are up to date.\n") == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no plan of pkg"),
        ("Installed packages to be UPGRADED:\n\tx: 1.0 ->\n", "cannot be read: 'x: 1.0 ->'"),
        ("Installed packages to be UPGRADED:\n\tx: 1.0\n", "names one version only"),
        ("Installed packages to be PAINTED:\n\tx: 1.0\n", "action of pkg that is not known"),
    ],
)
def test_a_plan_that_is_cut_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse_package_plan(text)


def test_a_packaged_base_is_told_by_who_owns_uname() -> None:
    owned = "/usr/bin/uname was installed by package FreeBSD-runtime-15.0p8\n"

    assert uname_owner(owned) == "FreeBSD-runtime-15.0p8"
    assert uname_owner("/usr/bin/uname was not found in the database") is None
    with pytest.raises(ParseError, match="no answer"):
        uname_owner("FreeBSD")
