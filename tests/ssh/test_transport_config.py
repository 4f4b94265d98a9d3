"""The operator's ssh_config is honoured, and so are hosts on the way."""

import getpass
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Connect, read, settings_of
from sshd import HOST, Sshd, make_key, public_half

from bluegreen.errors import HostKeyError, UnreachableError, UsageError
from bluegreen.model.command import Output
from bluegreen.remote.settings import SshSettings
from bluegreen.remote.stream import SshStream

IN = (Output("in\n"),)
ASK = read("echo", "in")


def block(alias: str, server: Sshd, more: str = "") -> str:
    return f"""
Host {alias}
    HostName {HOST}
    Port {server.port}
    User {getpass.getuser()}
    IdentityFile {server.client_key}
    UserKnownHostsFile {server.known_hosts}
    {more}
"""


@pytest.fixture
def config(home: Path) -> Path:
    return home / ".ssh/config"


def test_a_host_alias_says_everything(config: Path, sshd: Sshd, connect: Connect) -> None:
    config.write_text(block("edge", sshd))

    assert connect(SshSettings("router-001", "edge")).run(ASK) == IN


def test_the_inventory_is_stronger_than_ssh_config(
    config: Path, settings: SshSettings, connect: Connect
) -> None:
    config.write_text(f"Host {HOST}\n  User nobody\n  Port 9\n  IdentityFile /nowhere\n")

    assert connect(replace(settings, user=getpass.getuser())).run(ASK) == IN


def test_included_files_are_read_and_their_blocks_end_with_them(
    config: Path, sshd: Sshd, connect: Connect
) -> None:
    (config.parent / "hosts.d").mkdir()
    (config.parent / "hosts.d/edge").write_text(block("edge", sshd))
    config.write_text("Include hosts.d/*\nIdentitiesOnly yes\nHost other\n  Port 9\n")

    assert connect(SshSettings("router-001", "edge")).run(ASK) == IN


def test_a_host_key_alias_is_the_name_that_is_looked_up(
    config: Path, sshd: Sshd, connect: Connect
) -> None:
    config.write_text(block("edge", sshd, "HostKeyAlias router-one"))
    sshd.known_hosts.write_text(f"router-one {public_half(sshd.host_key)}")

    assert connect(SshSettings("router-001", "edge")).run(ASK) == IN


def test_a_setting_that_is_no_number_is_named(config: Path, connect: Connect) -> None:
    config.write_text("Host edge\n  Port many\n")

    with pytest.raises(UsageError, match=r"ssh_config cannot be read for edge: .*many"):
        connect(SshSettings("router-001", "edge")).run(ASK)


def test_forwarding_of_the_agent_is_never_asked_for(
    config: Path, sshd: Sshd, connect: Connect
) -> None:
    config.write_text(block("edge", sshd, "ForwardAgent yes"))

    (output,) = connect(SshSettings("router-001", "edge")).run(
        read("sh", "-c", "echo $SSH_AUTH_SOCK")
    )

    assert output.stdout == "\n"


def test_a_proxy_jump_leads_through_its_hosts_in_order(
    config: Path, servers: Callable[[str], Sshd], connect: Connect
) -> None:
    first, second, last = (servers(name) for name in ("first", "second", "last"))
    config.write_text(
        block("first", first)
        + block("second", second)
        + block("edge", last, "ProxyJump first,second")
    )
    router = connect(SshSettings("router-001", "edge"))

    assert router.run(ASK) == IN
    assert router.address is None
    assert [server.logins() for server in (first, second, last)] == [1, 1, 1]

    router.close()
    assert router.run(ASK) == IN


def test_a_jump_of_the_inventory_names_user_and_port(
    config: Path, servers: Callable[[str], Sshd], connect: Connect
) -> None:
    bastion, last = servers("bastion"), servers("last")
    jump = f"{getpass.getuser()}@localhost:{bastion.port}"
    config.write_text(block("localhost", bastion))
    router = connect(replace(settings_of(last), jump=jump))

    assert router.run(ASK) == IN
    assert bastion.logins() == 1
    assert router.address is None


def test_a_jump_host_must_be_known_as_well(
    config: Path, servers: Callable[[str], Sshd], connect: Connect
) -> None:
    bastion, last = servers("bastion"), servers("last")
    config.write_text(block("bastion", bastion))
    bastion.known_hosts.write_text("")
    router = connect(replace(settings_of(last), jump="bastion"))

    with pytest.raises(HostKeyError, match=rf"\[{HOST}\]:{bastion.port} is unknown"):
        router.run(ASK)

    assert last.logins() == 0


@pytest.mark.parametrize("option", ["StrictHostKeyChecking no", "StrictHostKeyChecking accept-new"])
def test_no_setting_of_ssh_config_makes_us_trust_a_jump_host(
    config: Path, servers: Callable[[str], Sshd], connect: Connect, option: str
) -> None:
    bastion, last = servers("bastion"), servers("last")
    config.write_text(block("bastion", bastion, option) + f"Host *\n  {option}\n")
    other = make_key(bastion.directory / "other")
    bastion.known_hosts.write_text(f"[{HOST}]:{bastion.port} {public_half(other)}")

    with pytest.raises(HostKeyError, match="has changed"):
        connect(replace(settings_of(last), jump="bastion")).run(ASK)

    assert (bastion.logins(), last.logins()) == (0, 0)


def test_the_files_of_a_jump_host_in_the_inventory_are_the_only_ones(
    config: Path, servers: Callable[[str], Sshd], connect: Connect, tmp_path: Path
) -> None:
    """ssh_config trusts that host; the inventory's own file does not know it."""
    bastion, last = servers("bastion"), servers("last")
    config.write_text(block("localhost", bastion))
    (tmp_path / "empty").touch()
    pinned = replace(
        settings_of(last),
        jump=f"{getpass.getuser()}@localhost:{bastion.port}",
        jump_identity=bastion.client_key,
        jump_known_hosts=tmp_path / "empty",
    )

    with pytest.raises(HostKeyError, match="is unknown"):
        connect(pinned).run(ASK)
    assert last.logins() == 0

    config.write_text("")
    known = f"[localhost]:{bastion.port} {public_half(bastion.host_key)}"
    (tmp_path / "empty").write_text(known)
    assert connect(pinned).run(ASK) == IN


def test_a_host_to_probe_from_must_be_known_as_well(settings: SshSettings, sshd: Sshd) -> None:
    sshd.known_hosts.write_text("")

    with pytest.raises(HostKeyError, match="is unknown"):
        SshStream(settings, "exec cat")

    assert sshd.logins() == 0


def test_a_dead_jump_host_is_named(
    config: Path, servers: Callable[[str], Sshd], connect: Connect
) -> None:
    bastion, last = servers("bastion"), servers("last")
    config.write_text(block("bastion", bastion))
    bastion.stop()

    with pytest.raises(UnreachableError, match=rf"port {bastion.port}.*: connection refused"):
        connect(replace(settings_of(last), jump="bastion")).run(ASK)


def test_jumps_in_a_circle_are_refused(config: Path, connect: Connect) -> None:
    config.write_text("Host one\n  ProxyJump two\nHost two\n  ProxyJump one\n")

    with pytest.raises(UsageError, match="in circles"):
        connect(SshSettings("router-001", "one")).run(ASK)


def test_a_jump_for_every_host_does_not_jump_to_itself(
    config: Path, servers: Callable[[str], Sshd], connect: Connect
) -> None:
    bastion, last = servers("bastion"), servers("last")
    config.write_text(block("bastion", bastion) + "Host *\n  ProxyJump bastion\n")

    assert connect(settings_of(last)).run(ASK) == IN
    assert bastion.logins() == 1


def test_a_proxy_command_is_run(
    config: Path, servers: Callable[[str], Sshd], connect: Connect
) -> None:
    bastion, last = servers("bastion"), servers("last")
    options = f"-F none -i {bastion.client_key} -o UserKnownHostsFile={bastion.known_hosts}"
    through = f"ssh {options} -p {bastion.port} -W %h:%p {getpass.getuser()}@{HOST}"
    config.write_text(block("edge", last, f"ProxyCommand {through}"))
    router = connect(SshSettings("router-001", "edge"))

    assert router.run(ASK) == IN
    assert router.address is None
    assert bastion.logins() == 1
