"""Passwords come from where the inventory says, and show nowhere."""

import importlib.util
import traceback
from pathlib import Path

import pytest

from bluegreen.cli.secrets import passwords_of, placeholders
from bluegreen.errors import UsageError
from bluegreen.model.design import Design, PasswordSource, VhidDesign
from bluegreen.model.hidden import Secret

WORD = "correct-horse"


def a_design(kind: str, words: str) -> Design:
    source = PasswordSource(kind, words)
    both = (("a", "vmx0"), ("b", "vmx0"))
    return Design((VhidDesign(7, both, ("192.0.2.1/24",), (("a", 0), ("b", 100)), source),))


def read(kind: str, words: str) -> str:
    return passwords_of(a_design(kind, words))[7].reveal()


def refusal(kind: str, words: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read(kind, words)
    assert WORD not in "".join(traceback.format_exception(caught.value))
    return caught.value


def test_a_variable_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARP_7", WORD)

    assert read("env", "CARP_7") == WORD


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARP_7", raising=False)

    assert "the environment has no CARP_7" in refusal("env", "CARP_7").what


def test_the_first_line_of_a_file_that_nobody_else_may_read(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{WORD}\nand more\n")
    file.chmod(0o600)

    assert read("file", str(file)) == WORD

    file.chmod(0o644)
    assert "others may read it" in refusal("file", str(file)).what


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "No such file" in refusal("file", str(tmp_path / "none")).what


def test_what_a_command_prints_without_a_shell(tmp_path: Path) -> None:
    program = tmp_path / "vault"
    program.write_text(f"#!/bin/sh\necho {WORD}\necho {WORD} >&2\nexit $1\n")
    program.chmod(0o755)

    assert read("command", f"{program} 0") == WORD
    assert "ended with exit status 3" in refusal("command", f"{program} 3").what
    assert "No such file" in refusal("command", "no-such-program").what


@pytest.mark.parametrize(
    "text", ["", "two words", "a" * 21, 'quo"te', "dol$lar", "back\\slash", "apo'strophe", "é"]
)
def test_what_carp_or_rc_conf_cannot_hold_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARP_7", text)

    with pytest.raises(UsageError) as caught:
        read("env", "CARP_7")

    assert not text or text not in caught.value.what


def test_twenty_octets_of_every_mark_that_a_line_can_hold_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for text in ("!#%&()*+,-./:;<=>?@[", "]^_{|}~azAZ09"):
        monkeypatch.setenv("CARP_7", text)
        assert read("env", "CARP_7") == text


def test_a_key_ring_that_is_not_installed_says_how_to_get_it() -> None:
    if importlib.util.find_spec("keyring") is not None:
        pytest.skip("it is installed here")

    assert "not installed" in refusal("keyring", "carp/7").what


def test_a_secret_is_shown_by_nothing_but_reveal() -> None:
    secret = Secret(WORD)

    assert WORD not in f"{secret} {secret!r} {[secret]} {secret!s:>20}"
    assert secret == Secret(WORD)


def test_a_plan_knows_no_password() -> None:
    assert placeholders(a_design("env", "X"))[7].reveal() == "***"
