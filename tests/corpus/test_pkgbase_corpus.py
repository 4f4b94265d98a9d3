"""Every output of pkg about a packaged base system is read right, or refused."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.pkg import parse_package_plan, parse_packages, uname_owner
from bluegreen.model.packages import PackageAction, PackageChange


def _new(name: str, version: str) -> PackageChange:
    return PackageChange(name, None, version, "FreeBSD-base", PackageAction.INSTALL)


def _newer(name: str, old: str, new: str) -> PackageChange:
    return PackageChange(name, old, new, "FreeBSD-base", PackageAction.UPGRADE)


PLANS = {
    "01-pkgbasify-143": (
        _new("FreeBSD-acct", "14.3p6"),
        _new("FreeBSD-acct-man", "14.3p6"),
        _new("FreeBSD-acpi", "14.3p6"),
        _new("FreeBSD-acpi-man", "14.3p6"),
    ),
    "02-upgrade-14-to-15-osversion-prompt": (
        _new("FreeBSD-atf", "15.0"),
        _new("FreeBSD-atf-dev", "15.0"),
        _new("FreeBSD-atf-lib", "15.0"),
        _newer("FreeBSD-zoneinfo", "14.3p6", "15.0"),
    ),
    "05-upgrade-150-to-p8": (
        _newer("FreeBSD-blocklist", "15.0", "15.0p3"),
        _newer("FreeBSD-clibs-dev", "15.0", "15.0p6"),
        _newer("FreeBSD-devmatch", "15.0", "15.0p2"),
        _newer("FreeBSD-dhclient", "15.0", "15.0p8"),
        _newer("FreeBSD-kernel-generic", "15.0", "15.0p8"),
        _newer("FreeBSD-librpcsec_gss", "15.0", "15.0p5"),
        _newer("FreeBSD-librpcsec_gss-dev", "15.0", "15.0p5"),
    ),
}
NO_PLAN = (
    "04-which-uname",
    "06-abi-override-warning",
    "08-default-repo-conf",
    "09-pkg-bootstrap-f-after-major",
)
NO_LIST = {
    "01-pkgbasify-143": "no list of installed packages",
    "02-upgrade-14-to-15-osversion-prompt": "cannot be read: 'pkg-static: Setting ABI requires",
    "04-which-uname": "no list of installed packages",
    "05-upgrade-150-to-p8": "cannot be read: 'pkg: Repository FreeBSD-base has a wrong",
    "06-abi-override-warning": "cannot be read: 'pkg: Warning: Major OS version upgrade",
    "08-default-repo-conf": "no list of installed packages",
    "09-pkg-bootstrap-f-after-major": "no list of installed packages",
}


def _text(corpus: Path, name: str) -> str:
    return (corpus / "pkgbase" / f"pkgbase-{name}.txt").read_text()


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_of_a_real_machine_is_read(corpus: Path, name: str) -> None:
    assert parse_package_plan(_text(corpus, name)) == PLANS[name]


@pytest.mark.parametrize("name", NO_PLAN)
def test_what_is_no_plan_is_refused(corpus: Path, name: str) -> None:
    with pytest.raises(ParseError, match="no plan of pkg"):
        parse_package_plan(_text(corpus, name))


@pytest.mark.parametrize("name", NO_LIST)
def test_none_of_them_lists_what_is_installed(corpus: Path, name: str) -> None:
    with pytest.raises(ParseError, match=NO_LIST[name]):
        parse_packages(_text(corpus, name))


def test_three_answers_about_uname_are_no_answer(corpus: Path) -> None:
    with pytest.raises(ParseError, match="several answers"):
        uname_owner(_text(corpus, "04-which-uname"))


def test_each_answer_about_uname_is_read_alone(corpus: Path) -> None:
    owned, unknown, foreign = _text(corpus, "04-which-uname").splitlines()[-3:]

    assert uname_owner(owned) == "FreeBSD-runtime-15.0"
    assert uname_owner(unknown) is None
    assert uname_owner(foreign) is None


def test_no_file_of_the_corpus_is_left_out(corpus: Path) -> None:
    names = {path.stem.removeprefix("pkgbase-") for path in (corpus / "pkgbase").iterdir()}

    assert names == {*PLANS, *NO_PLAN} == set(NO_LIST)
