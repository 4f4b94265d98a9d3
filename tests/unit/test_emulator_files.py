"""The shell utilities of an emulated router, as FreeBSD's behave."""

from dataclasses import replace

from emulated import A_ROUTER, Router

from bluegreen.freebsd.commands import (
    edit_config,
    mark_boot,
    release,
    restore_config,
)
from bluegreen.freebsd.locking import beat, take_lock
from bluegreen.freebsd.paths import MARKER, VOLATILE, Paths
from bluegreen.freebsd.rcconf import parse_rc, parse_redacted, persist_edits
from bluegreen.model.system import Lock

PATHS = Paths()
CARP_RC = "/etc/rc.conf.d/netif/carp"


def a_lock(run: str) -> Lock:
    return Lock(run, "alice", "workstation", "2026-11-22T10:00:00Z")


def test_the_first_run_takes_the_lock() -> None:
    router = Router()

    outputs = router.do(take_lock(PATHS, a_lock("one")))

    assert all(output.ok for output in outputs)
    assert router.run("cat", PATHS.lock).stdout.startswith("run=one\nowner=alice\n")
    assert router.run("cat", f"{PATHS.lock}.one").code == 1


def test_the_second_run_is_refused_by_the_link_itself() -> None:
    router = Router()
    router.do(take_lock(PATHS, a_lock("one")))

    refused = router.do(take_lock(PATHS, a_lock("two")))[-1]

    assert (refused.code, refused.stderr) == (1, f"link: {PATHS.lock}: File exists\n")
    assert router.run("cat", PATHS.lock).stdout.startswith("run=one\n")
    assert router.run("cat", f"{PATHS.lock}.two").code == 1


def test_both_names_of_a_linked_file_show_what_is_written_through_one() -> None:
    router = Router()
    router.run("tee", "/root/a", stdin="old\n")
    router.run("ln", "/root/a", "/root/b")

    router.run("tee", "/root/b", stdin="new\n")

    assert router.run("cat", "/root/a").stdout == "new\n"


def test_releasing_leaves_nothing_of_ours() -> None:
    router = Router()
    router.do(take_lock(PATHS, a_lock("one")))
    router.do(
        [beat(PATHS, a_lock("one"), "now"), *mark_boot(PATHS, "one", "one reboot 1", marked=False)]
    )

    outputs = router.do(release(PATHS, marked=True))

    assert all(output.ok for output in outputs)
    assert router.run("find", PATHS.state, "-type", "f").stdout == ""
    assert router.run("cat", MARKER).stderr == f"cat: {MARKER}: No such file or directory\n"
    assert router.run("rmdir", VOLATILE).code == 1


def skew_of(router: Router) -> int:
    text = router.run("cat", CARP_RC).stdout
    return parse_rc(parse_redacted(f"==> {CARP_RC}\n{text}"))[0].advskew


def drained(router: Router) -> None:
    text = router.run("cat", CARP_RC).stdout
    edits = persist_edits(parse_redacted(f"==> {CARP_RC}\n{text}"), {("vmx1", 2): 240})
    assert all(output.ok for output in router.do(edit_config(PATHS, edits)))


def test_an_edit_changes_the_skew_and_keeps_mode_password_and_original() -> None:
    router = Router()

    drained(router)

    assert skew_of(router) == 240
    assert "pass correct-horse" in router.run("cat", CARP_RC).stdout
    assert router.machine.files.node(CARP_RC).mode == 0o600
    assert router.machine.files.node(PATHS.original(CARP_RC)).mode == 0o600
    assert router.run("cat", PATHS.scratch(CARP_RC)).code == 1


def test_a_restored_file_is_the_original_to_the_last_byte() -> None:
    router = Router()
    before = router.machine.files.node(CARP_RC)
    drained(router)

    router.do(restore_config(PATHS, [CARP_RC]))

    after = router.machine.files.node(CARP_RC)
    assert (after.text, after.mode, after.owner) == (before.text, before.mode, before.owner)


def test_cp_n_leaves_a_target_that_exists_and_fails() -> None:
    router = Router()
    router.run("tee", "/root/kept", stdin="first\n")

    output = router.run("cp", "-pn", CARP_RC, "/root/kept")

    assert (output.code, output.stderr) == (1, "")
    assert router.run("cat", "/root/kept").stdout == "first\n"


def test_mkdir_fails_where_the_directory_is_there() -> None:
    router = Router()
    router.run("mkdir", "/root/job")

    output = router.run("mkdir", "/root/job")

    assert (output.code, output.stderr) == (1, "mkdir: /root/job: File exists\n")
    assert router.run("mkdir", "-p", "/root/job").ok


def test_an_open_quote_is_a_syntax_error() -> None:
    router = Router()
    router.run("tee", "/root/rc", stdin='hostname="router\n')

    assert router.run("sh", "-n", "/root/rc").code == 2
    assert router.run("sh", "-n", CARP_RC).ok


def test_find_names_what_is_missing_and_goes_on() -> None:
    output = Router().run("find", "/etc/rc.conf.local", "/etc/rc.conf", "-type", "f")

    assert (output.code, output.stdout) == (1, "/etc/rc.conf\n")
    assert output.stderr == "find: /etc/rc.conf.local: No such file or directory\n"


def test_rmdir_refuses_what_is_not_empty_or_mounted() -> None:
    router = Router()
    router.do(mark_boot(PATHS, "one", "one reboot 1", marked=False))

    assert router.run("rmdir", "/etc").stderr == "rmdir: /etc: Directory not empty\n"
    assert router.run("rmdir", VOLATILE).stderr == f"rmdir: {VOLATILE}: Device busy\n"


def test_a_full_disk_refuses_writes_but_not_a_tmpfs() -> None:
    router = Router()
    router.run("mkdir", "-p", VOLATILE)
    router.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", VOLATILE)
    router.machine.faults.disk_full = True

    refused = router.run("tee", "/root/x", stdin="x")

    assert (refused.code, refused.stderr) == (1, "tee: /root/x: No space left on device\n")
    assert router.run("mkdir", "/root/d").code == 1
    assert router.run("tee", MARKER, stdin="x").ok
    assert router.run("df", "-k", "/").stdout.splitlines()[1].split()[3] == "0"


def test_files_of_its_own_are_taken_as_they_are() -> None:
    router = Router(replace(A_ROUTER, files={"/etc/rc.conf": ("hostname=r\n", 0o640)}))

    assert router.run("cat", "/etc/rc.conf").stdout == "hostname=r\n"
    assert router.machine.files.node("/etc/rc.conf").mode == 0o640
