"""Whom we trust and who lets us in: host keys, our keys, and no question asked."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Connect, read
from sshd import HOST, Sshd, make_key, public_half

from bluegreen.errors import HostKeyError, UnreachableError, UsageError
from bluegreen.model.command import Output
from bluegreen.remote.settings import SshSettings
from bluegreen.remote.ssh import SshTransport

IN = (Output("in\n"),)
ASK = read("echo", "in")


def fingerprint(key: Path) -> str:
    words = ["ssh-keygen", "-lf", f"{key}.pub"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[1]


def test_the_package_brings_no_ssh_library_before_it_is_needed() -> None:
    asked = (
        "import sys, bluegreen.remote, bluegreen.remote.settings;"
        "print([m for m in ('fabric', 'paramiko', 'invoke') if m in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)

    assert said.stdout == "[]\n"


def test_an_unknown_host_key_is_refused_with_what_to_compare_and_type(
    router: SshTransport, sshd: Sshd
) -> None:
    sshd.known_hosts.write_text("")

    with pytest.raises(HostKeyError, match=r"\]:\d+ is unknown: ssh-ed25519") as refused:
        router.run(ASK)

    assert fingerprint(sshd.host_key) in refused.value.what
    assert "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" in refused.value.next_move
    scan = f"`ssh-keyscan -p {sshd.port} {HOST} >> {sshd.known_hosts}`"
    assert scan in refused.value.next_move
    assert sshd.logins() == 0

    subprocess.run(["sh", "-c", scan.strip("`")], check=True, capture_output=True)
    assert router.run(ASK) == IN


def test_a_changed_host_key_is_refused_and_both_fingerprints_are_named(
    router: SshTransport, sshd: Sshd, tmp_path: Path
) -> None:
    other = make_key(tmp_path / "other")
    sshd.known_hosts.write_text(f"[{HOST}]:{sshd.port} {public_half(other)}")

    with pytest.raises(HostKeyError, match="has changed") as refused:
        router.run(ASK)

    assert f"seen ssh-ed25519 {fingerprint(sshd.host_key)}" in refused.value.what
    assert f"known ssh-ed25519 {fingerprint(other)}" in refused.value.what
    assert f"ssh-keygen -R '[{HOST}]:{sshd.port}' -f {sshd.known_hosts}" in refused.value.next_move
    assert sshd.logins() == 0


def test_a_revoked_host_key_is_refused_although_it_is_known(
    router: SshTransport, sshd: Sshd
) -> None:
    with sshd.known_hosts.open("a") as known:
        known.write(f"@revoked * {public_half(sshd.host_key)}")

    with pytest.raises(HostKeyError, match="is revoked"):
        router.run(ASK)


def test_a_key_for_port_22_is_none_for_another_port(router: SshTransport, sshd: Sshd) -> None:
    sshd.known_hosts.write_text(f"{HOST} {public_half(sshd.host_key)}")

    with pytest.raises(HostKeyError, match="is unknown"):
        router.run(ASK)


def test_hashed_names_are_found(router: SshTransport, sshd: Sshd) -> None:
    words = ["ssh-keygen", "-q", "-H", "-f", str(sshd.known_hosts)]
    subprocess.run(words, check=True, capture_output=True)
    assert sshd.known_hosts.read_text().startswith("|1|")

    assert router.run(ASK) == IN


@pytest.mark.parametrize("names", ["[127.0.0.?]:*", "other.example,[127.*]:*"])
def test_patterns_and_a_second_key_of_one_type_are_known(
    router: SshTransport, sshd: Sshd, tmp_path: Path, names: str
) -> None:
    other = public_half(make_key(tmp_path / "other"))
    sshd.known_hosts.write_text(
        f"# both\n\nnot a line\n{names} {other}{names} {public_half(sshd.host_key)}"
    )

    assert router.run(ASK) == IN


def test_a_name_that_a_line_excludes_is_not_known(router: SshTransport, sshd: Sshd) -> None:
    names = f"[127.*]:*,![{HOST}]:{sshd.port}"
    sshd.known_hosts.write_text(f"{names} {public_half(sshd.host_key)}")

    with pytest.raises(HostKeyError, match="is unknown"):
        router.run(ASK)


def test_the_host_is_asked_for_the_key_that_is_known(router: SshTransport, sshd: Sshd) -> None:
    known = public_half(sshd.second_host_key)
    sshd.known_hosts.write_text(f"[{HOST}]:{sshd.port} {known}")

    assert router.run(ASK) == IN


def test_a_named_known_hosts_file_is_the_only_one(
    settings: SshSettings, connect: Connect, sshd: Sshd, home: Path, tmp_path: Path
) -> None:
    (home / ".ssh/known_hosts").write_text(sshd.known_hosts.read_text())
    (tmp_path / "empty").touch()

    assert connect(replace(settings, known_hosts=None)).run(ASK) == IN
    with pytest.raises(HostKeyError):
        connect(replace(settings, known_hosts=tmp_path / "empty")).run(ASK)


def test_no_setting_of_ssh_config_makes_us_trust_a_stranger(
    settings: SshSettings, connect: Connect, home: Path
) -> None:
    (home / ".ssh/config").write_text("StrictHostKeyChecking no\n")

    with pytest.raises(HostKeyError, match="is unknown"):
        connect(replace(settings, known_hosts=None)).run(ASK)

    assert not (home / ".ssh/known_hosts").exists()


@pytest.mark.parametrize("setting", ["identity", "known_hosts"])
def test_a_file_that_is_missing_is_a_mistake_in_the_inventory(
    settings: SshSettings, connect: Connect, sshd: Sshd, tmp_path: Path, setting: str
) -> None:
    missing = tmp_path / "missing"
    mistaken = (
        replace(settings, identity=missing)
        if setting == "identity"
        else replace(settings, known_hosts=missing)
    )

    with pytest.raises(
        UsageError, match=rf"{setting} .*/missing cannot be read: No such file"
    ) as e:
        connect(mistaken).run(ASK)

    assert e.value.exit_code == 2
    assert sshd.log[-1].startswith("Server listening")


def test_a_key_file_that_cannot_be_opened_or_holds_no_key_is_one_too(
    settings: SshSettings, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "no_key").write_text("no key\n")

    with pytest.raises(UsageError, match="Is a directory"):
        connect(replace(settings, identity=tmp_path)).run(ASK)
    with pytest.raises(UsageError, match="no_key holds no private key"):
        connect(replace(settings, identity=tmp_path / "no_key")).run(ASK)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_key_file_of_another_user_is_one_too(settings: SshSettings, connect: Connect) -> None:
    assert settings.identity is not None
    settings.identity.chmod(0)

    with pytest.raises(UsageError, match="Permission denied"):
        connect(settings).run(ASK)


def test_a_locked_key_without_an_agent_is_explained_and_nobody_is_asked(
    settings: SshSettings, connect: Connect, sshd: Sshd, tmp_path: Path
) -> None:
    locked = make_key(tmp_path / "locked", "no one types it")
    sshd.allow(locked)

    with pytest.raises(UsageError, match="locked: the key has a passphrase") as refused:
        connect(replace(settings, identity=locked)).run(ASK)

    assert f"ssh-add {locked}" in refused.value.next_move
    assert refused.value.exit_code == 2


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    socket = tmp_path / "agent"
    words = ["ssh-agent", "-a", str(socket)]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
    yield
    os.kill(int(said.split("SSH_AGENT_PID=")[1].split(";")[0]), signal.SIGTERM)


def test_a_locked_key_that_the_agent_holds_lets_us_in(
    settings: SshSettings, connect: Connect, sshd: Sshd, tmp_path: Path, agent: None
) -> None:
    key = make_key(tmp_path / "locked")
    sshd.allow(key)
    for held in (make_key(tmp_path / "unrelated"), key):
        subprocess.run(["ssh-add", "-q", str(held)], check=True)
    lock = ["ssh-keygen", "-q", "-p", "-P", "", "-N", "no one types it", "-f", str(key)]
    subprocess.run(lock, check=True)

    assert connect(replace(settings, identity=key)).run(ASK) == IN
    assert not any("Failed" in line for line in sshd.log)


def test_a_key_of_the_agent_is_enough(
    settings: SshSettings, connect: Connect, sshd: Sshd, agent: None
) -> None:
    subprocess.run(["ssh-add", "-q", str(sshd.client_key)], check=True)

    assert connect(replace(settings, identity=None)).run(ASK) == IN


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_every_usual_kind_of_key_lets_us_in(
    settings: SshSettings, connect: Connect, sshd: Sshd, home: Path, kind: str
) -> None:
    sshd.allow(make_key(home / f".ssh/id_{kind}", kind=kind))

    assert connect(replace(settings, identity=None)).run(ASK) == IN


def test_a_refused_login_names_the_user_and_the_keys_offered(
    settings: SshSettings, connect: Connect, tmp_path: Path
) -> None:
    stranger = make_key(tmp_path / "stranger")

    with pytest.raises(UnreachableError, match="refused the login of") as refused:
        connect(replace(settings, identity=stranger)).run(ASK)

    assert fingerprint(stranger) in refused.value.what
    assert f"ssh -o BatchMode=yes -p {settings.port} " in refused.value.next_move
    assert refused.value.exit_code == 3


def test_a_login_without_any_key_is_refused_and_no_password_is_asked(
    settings: SshSettings, connect: Connect
) -> None:
    with pytest.raises(UnreachableError, match="none, no key was found"):
        connect(replace(settings, identity=None)).run(ASK)
