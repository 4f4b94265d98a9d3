"""Every CARP log, sysctl listing and rc.conf of a real machine is read right, or refused."""

from pathlib import Path

import pytest

from bluegreen.errors import ParseError
from bluegreen.freebsd.carplog import parse_carp_log
from bluegreen.freebsd.rcconf import parse_rcconf_text
from bluegreen.freebsd.sysctl import carp_sysctls, parse_sysctl
from bluegreen.model.carp import CarpLogEvent, CarpSysctls

LAB_BOOT = (
    "Feb 27 01:41:27 R1 1@vtnet3 INIT BACKUP initialization complete",
    "Feb 27 01:41:27 R1 2@vtnet4 INIT BACKUP initialization complete",
    "Feb 27 01:41:29 R1 1@vtnet3 BACKUP MASTER preempting a slower master",
    "Feb 27 01:41:29 R1 2@vtnet4 BACKUP MASTER preempting a slower master",
    "Feb 27 01:41:26 R2 1@vtnet3 INIT BACKUP initialization complete",
    "Feb 27 01:41:26 R2 2@vtnet4 INIT BACKUP initialization complete",
    "Feb 27 01:41:29 R2 1@vtnet3 BACKUP MASTER master timed out",
    "Feb 27 01:41:29 R2 2@vtnet4 BACKUP MASTER master timed out",
)

LOGS = {
    "carp-bsdrp-vrrp-log-boot": LAB_BOOT,
    "nasqueron-carp-log": (
        "Mar 22 14:49:21 router-002 2@vmx1 BACKUP MASTER master timed out",
        "Mar 22 15:11:37 router-002 2@vmx1 BACKUP MASTER master timed out",
    ),
    "syslog-carp-01-vrrp-lab": (
        *LAB_BOOT,
        "Feb 27 01:41:29 R2 1@vtnet3 MASTER BACKUP more frequent advertisement received",
        "Feb 27 01:41:29 R2 2@vtnet4 MASTER BACKUP more frequent advertisement received",
        "Feb 27 09:19:11 router 1@vtnet3 MASTER INIT hardware interface down",
        "Feb 27 09:19:11 router +240=240 interface down",
        "Feb 27 09:19:11 router 2@vtnet4 MASTER BACKUP more frequent advertisement received",
        "Feb 27 09:19:11 router 2@vtnet4 BACKUP MASTER preempting a slower master",
        "Feb 27 09:19:15 router 1@vtnet3 BACKUP MASTER master timed out",
    ),
    "syslog-carp-03-10x-VHID-prefix-boot-flap": (
        "None None +240=240 interface down",
        "None None 54@bge0 INIT BACKUP None",
        "None None -240=0 interface up",
        "None None 54@bge0 BACKUP MASTER master down",
        "None None 54@bge0 MASTER BACKUP more frequent advertisement received",
    ),
    "syslog-carp-04-rfc5424-opnsense": (
        "2026-10-09T21:15:58-04:00 fw 2@ix0 MASTER BACKUP more frequent advertisement received",
        "2026-10-09T21:16:03-04:00 fw 1@igb0 INIT BACKUP initialization complete",
        "2026-10-09T21:17:38-04:00 fw 3@ix0 BACKUP MASTER None",
    ),
    "syslog-carp-05-link-down-failover": (
        "Oct  8 10:06:45 OPN1 2@em0 MASTER INIT hardware interface down",
        "Oct  8 10:06:45 OPN1 +240=240 interface down",
        "Oct  8 10:06:45 OPN1 1@em1 MASTER BACKUP more frequent advertisement received",
    ),
    "syslog-carp-06-sysctl-demotion-failover": (
        "Aug 27 10:05:50 fw1 +240=240 sysctl",
        "Aug 27 10:05:50 fw1 1@igb1 MASTER BACKUP more frequent advertisement received",
    ),
    "syslog-carp-07-pfsync-bulk-stuck-at-boot": (
        "20:46:35 None +240=240 pfsync bulk start",
        "20:46:37 None -240=0 pfsync bulk done",
        "20:46:38 None +240=240 pfsync bulk start",
        "20:46:39 None -240=0 pfsync bulk done",
        "20:46:40 None +240=240 pfsync bulk start",
        "20:46:41 None -240=0 pfsync bulk done",
        "20:46:42 None +240=240 pfsync bulk start",
    ),
    "syslog-carp-09-dmesg-init": ("None None 1@vtnet0 INIT BACKUP initialization complete",),
    "syslog-carp-11-pfsync-bulk-2015": (
        "Dec 27 15:36:43 fw +240=240 pfsync bulk start",
        "Dec 27 15:36:43 fw -240=0 pfsync bulk done",
    ),
}

NOT_LOGS = ("devd-carp-rule", "sysctl-carp-01-14x-fixture", "carp-fbsd14-peer-line-opnsense268")


def told(event: CarpLogEvent) -> str:
    if event.kind == "demotion":
        return f"{event.at} {event.host} {event.delta:+}={event.total} {event.reason}"
    where = f"{event.at} {event.host} {event.vhid}@{event.interface}"
    return f"{where} {event.old} {event.new} {event.reason}"


@pytest.mark.parametrize("name", LOGS)
def test_every_change_of_role_and_demotion_is_told(corpus: Path, name: str) -> None:
    events = parse_carp_log((corpus / f"carp/{name}.txt").read_text())

    assert tuple(told(event) for event in events) == LOGS[name]


def test_no_carp_log_is_left_unread(corpus: Path) -> None:
    logs = {path.stem for path in (corpus / "carp").glob("*log*.txt")}

    assert logs <= LOGS.keys()


@pytest.mark.parametrize("name", NOT_LOGS)
def test_what_is_no_log_is_refused(corpus: Path, name: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_carp_log((corpus / f"carp/{name}.txt").read_text())

    assert "this is no log of the kernel's" in refused.value.what


def test_the_sysctls_of_a_14_router_are_read(corpus: Path) -> None:
    values = parse_sysctl((corpus / "carp/sysctl-carp-01-14x-fixture.txt").read_text())

    assert len(values) == 7
    assert carp_sysctls(values) == CarpSysctls(True, True, 0, 240, 0, 1, 56)


@pytest.mark.parametrize("name", ["15-opnsense-19x-fw1-master", "16-opnsense-19x-fw2-backup"])
def test_sysctls_behind_another_output_of_the_same_paste_are_read(corpus: Path, name: str) -> None:
    values = parse_sysctl((corpus / f"ifconfig/ifconfig-{name}-sysctl.txt").read_text())

    assert carp_sysctls(values) == CarpSysctls(True, True, 0, 240, 240, 1, None)


def test_vrrp_lines_of_rc_conf_are_read_as_such(corpus: Path) -> None:
    rows = parse_rcconf_text((corpus / "carp/rcconf-01-vrrp-freebsd15.txt").read_text())

    assert [(r.line, r.variable, r.interface, r.vhid, r.addresses, r.vrrp) for r in rows] == [
        (4, "ifconfig_vtnet3_alias0", "vtnet3", 1, ("192.168.1.254",), True),
        (5, "ifconfig_vtnet4_alias0", "vtnet4", 2, ("192.168.2.254",), True),
    ]


def test_a_template_among_the_variants_refuses_the_whole(corpus: Path) -> None:
    with pytest.raises(ParseError) as refused:
        parse_rcconf_text((corpus / "carp/rcconf-02-carp-variants.txt").read_text())

    assert refused.value.what.startswith("line 10: a template's placeholder, not a value")
    assert "very-secure" not in refused.value.what


def test_every_spelling_of_real_routers_is_read(corpus: Path) -> None:
    text = (corpus / "carp/rcconf-02-carp-variants.txt").read_text()
    without_template = "".join(line for line in text.splitlines(True) if "{{" not in line)

    rows = parse_rcconf_text(without_template)

    assert [(r.line, r.interface, r.vhid, r.advskew, r.addresses) for r in rows] == [
        (3, "vtnet5_1", 1, 100, ("10.0.0.254",)),
        (5, "vnet0", 1, 0, ("10.1.60.200",)),
        (6, "vnet0", 1, 0, ("fd5e:d1c2:c9de:60::200",)),
        (8, "vlan316", 34, 50, ("10.30.16.34",)),
    ]


def test_the_key_of_a_unicast_vhid_on_a_filled_template_is_read(corpus: Path) -> None:
    text = (corpus / "carp/rcconf-02-carp-variants.txt").read_text()
    filled = (
        text.replace("{{ entry.device }}", "vmx1")
        .replace("{{ entry.vhid }}", "2")
        .replace("{{ entry.advskew }}", "100")
        .replace("{{ carp_pass }}", "opensesame")
        .replace("{% if entry.peer is defined %}", "")
        .replace("{% endif %}", "")
        .replace("{{ entry.peer }}", "178.32.70.111")
        .replace("{{ entry.vip }}/{{ prefix }}", "51.68.252.230/32")
    )

    row = parse_rcconf_text(filled)[-1]

    assert (row.line, row.interface, row.vhid, row.advskew) == (10, "vmx1", 2, 100)
    assert (row.peer, row.addresses) == ("178.32.70.111", ("51.68.252.230",))
