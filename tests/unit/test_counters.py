"""Packet counters of interfaces, in the layouts that netstat(1) has had."""

import pytest
from emulated import a_master

from bluegreen.errors import ParseError
from bluegreen.freebsd.counters import QUESTION, parse_counters
from bluegreen.lab.fib import counters
from bluegreen.model.network import Counters

FREEBSD_14 = """\
Name     Mtu Network        Address                 Ipkts Ierrs Idrop     Ibytes    Opkts Oerrs     Obytes  Coll
vtnet0  1500 <Link#1>       52:54:00:12:34:56         155     0     0      30412      136     0      27564     0
vtnet0     - 192.0.2.0/24   192.0.2.11                150     -     -      26364      128     -      24696     -
lo0    16384 <Link#2>       lo0                         0     0     0          0        0     0          0     0
gre0*   1476 <Link#3>                                  10     0     0       1000      200     7       3000     0
"""  # noqa: E501 - as it is printed
WITH_DROPS = """\
Name    Mtu Network       Address              Ipkts Ierrs Idrop     Ibytes    Opkts Oerrs     Obytes  Coll  Drop
inter  1500 <Link#7>      a0:36:9f:9c:f5:c4 25125485     0     0 19227525718  9004705    49 17356471801     0     0
"""  # noqa: E501 - as it is printed


def test_the_line_of_the_link_is_read_whether_or_not_it_has_an_address() -> None:
    assert parse_counters(FREEBSD_14) == (
        Counters("vtnet0", 155, 136, 0),
        Counters("lo0", 0, 0, 0),
        Counters("gre0", 10, 200, 7),
    )


def test_columns_are_found_by_the_header() -> None:
    assert parse_counters(WITH_DROPS) == (Counters("inter", 25125485, 9004705, 49),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Routing tables\n",
        FREEBSD_14.splitlines()[0],
        FREEBSD_14.replace("Oerrs", "Oops"),
        FREEBSD_14.replace("200     7", "200     -"),
    ],
)
def test_another_table_or_a_broken_one_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_counters(text)


PROC_NET_DEV = """\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo
    lo:     120       2    0    0    0     0          0         0      120       2    0    0    0
  gre0:    8800     100    0    0    0     0          0         0    17600     200    3    4    0
"""


def test_what_linux_counts_is_told_as_freebsd_does() -> None:
    assert parse_counters(counters(PROC_NET_DEV)) == (
        Counters("lo0", 2, 2, 0),
        Counters("gre0", 100, 200, 7),
    )


def test_what_the_emulator_prints_is_read() -> None:
    router = a_master()
    router.wait(60)

    counters = {each.interface: each for each in parse_counters(router.run(*QUESTION).stdout)}

    assert set(counters) == {"vmx1", "gre0", "lo0"}
    assert counters["gre0"].packets_out > 0
