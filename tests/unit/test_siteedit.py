"""Edits of files that hold passwords: what real programs make of them, and what is shown."""

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.freebsd.paths import Paths
from bluegreen.freebsd.site import LINES_SH, read_site
from bluegreen.freebsd.sitecommands import APPLY_SH
from bluegreen.freebsd.siteedit import FileEdit, Text, apply_script, with_secret, write_files
from bluegreen.model.command import Command
from bluegreen.model.hidden import Secret

PASSWORD = Secret("hunter-2")
LINE = with_secret('ifconfig_vmx0_alias0="inet vhid 1 pass *** alias 192.0.2.1/24"', PASSWORD)
# sed(1) takes leading blanks of a text away; no line of ours has any.
words = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="\\"))
texts = words.map(str.strip).filter(bool)


def script_of(edit: FileEdit) -> Command:
    commands = write_files(Paths(), "R1", [edit], ())
    return next(c for c in commands if c.argv[0] in ("sed", "tee"))


@given(
    lines=st.lists(words, min_size=1, max_size=5),
    replaced=st.dictionaries(st.integers(1, 5), texts, max_size=3),
    appended=st.lists(texts, max_size=2),
)
def test_sed_does_what_the_emulated_router_does(
    lines: list[str], replaced: dict[int, str], appended: list[str]
) -> None:
    edit = FileEdit(
        "/etc/rc.conf",
        exists=True,
        replaced=tuple((n, Text(t)) for n, t in sorted(replaced.items()) if n <= len(lines)),
        appended=tuple(map(Text, appended)),
    )
    text = "".join(f"{line}\n" for line in lines)
    command = script_of(edit)

    said = subprocess.run(
        ["sed", "--posix", "-e", command.reads, "/dev/stdin"] if command.reads else ["cat"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == apply_script(text, command.reads)


def test_what_is_shown_has_the_password_struck_out_and_what_is_read_has_it() -> None:
    edit = FileEdit("/etc/rc.conf", exists=True, replaced=((3, LINE),))

    command = script_of(edit)

    assert "pass ***" in str(command)
    assert "hunter-2" not in str(command) + repr(command)
    assert "pass hunter-2 alias" in command.reads


def test_a_file_is_closed_before_a_password_gets_into_it() -> None:
    edit = FileEdit("/etc/rc.conf.d/netif/bluegreen", exists=False, whole=LINE, mode=0o600)

    programs = [c.argv[:2] for c in write_files(Paths(), "R1", [edit], ())]

    assert programs.index(("chmod", "0600")) < [p[0] for p in programs].index("tee")
    assert [p[0] for p in programs][-1] == "mv"


def test_an_original_that_is_kept_already_is_not_kept_again() -> None:
    edit = FileEdit("/etc/rc.conf", exists=True, replaced=((1, Text("x=1")),))
    kept = "/var/log/bluegreen/provision-R1/etc__rc.conf"

    first, second = (write_files(Paths(), "R1", [edit], k) for k in ((), (kept,)))

    assert any(c.argv == ("mv", f"{kept}.half", kept) for c in first)
    assert not any(kept in word for c in second for word in c.argv)


def test_a_script_of_somebody_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not a script of ours"):
        apply_script("a\n", "1d\n")


def test_a_line_of_rc_conf_is_handed_to_ifconfig_word_by_word(tmp_path: Path) -> None:
    program = tmp_path / "ifconfig"
    program.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    program.chmod(0o755)
    conf = tmp_path / "conf"
    conf.write_text(f"{LINE.written}\n")

    said = subprocess.run(
        ["sh", "-c", APPLY_SH, "apply", str(conf), "ifconfig_vmx0_alias0", "vmx0"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == "vmx0|inet|vhid|1|pass|hunter-2|alias|192.0.2.1/24|"


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum")
def test_digests_of_lines_are_what_python_makes_of_them(tmp_path: Path) -> None:
    program = tmp_path / "sha256"  # of stdin FreeBSD's prints the digest alone
    program.write_text("#!/bin/sh\nsha256sum | cut -d ' ' -f 1\n")
    program.chmod(0o755)
    conf = tmp_path / "a conf"
    conf.write_text(f'hostname="a"\n{LINE.written}\n# vhid\\n at the end')

    said = subprocess.run(
        ["sh", "-c", LINES_SH, "lines", str(conf)],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = read_site("", "", said.stdout, "", None).vhid_lines

    assert [(d.path, d.line) for d in found] == [(str(conf), 2), (str(conf), 3)]
    assert found[0].digest == sha256(f"{LINE.written}\n".encode()).hexdigest()
    assert "hunter-2" not in said.stdout
