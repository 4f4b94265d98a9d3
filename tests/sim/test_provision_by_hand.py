"""Pairs that somebody made with files and spellings of their own."""

from dataclasses import replace

import pytest
from provisioned import (
    OTHER,
    OWN,
    PASSWORDS,
    PREFERRED,
    again,
    as_wanted,
    by_hand,
    by_hand_made,
    disks,
    edit,
    look,
    sent,
)
from runs import Story

from bluegreen.cli.planning import plan_on_twin
from bluegreen.cli.secrets import placeholders
from bluegreen.policy.masking import masked

ONE, TWO = PASSWORDS[1].reveal(), PASSWORDS[2].reveal()
SALT = "/etc/rc.conf.d/netif/carp"
SYSCTL = "net.inet.carp.preempt=1\nkern.ipc.somaxconn=1024\n"

MANAGED = {  # a file for each concern, as configuration management writes them
    SALT: f'ifconfig_vmx1_alias0="inet vhid 2 advskew SKEW pass {TWO} peer PEER alias '
    '198.51.100.230/32"\n'
    f'ifconfig_vmx0_alias0="inet vhid 1 advskew SKEW pass {ONE} alias 192.0.2.1/27"\n'
    f'ifconfig_vmx0_alias1="inet6 vhid 1 advskew SKEW pass {ONE} alias 2001:db8:27::1/64"\n',
    "/etc/sysctl.conf": SYSCTL,
    "/boot/loader.conf.d/carp.conf": 'carp_load="YES"\n',
}
HANDBOOK = {  # the address first, a netmask, other quotes, kld_list; all in rc.conf.local
    "/etc/rc.conf.local": 'kld_list="carp if_gre"\n'
    f"ifconfig_vmx1_alias0='inet 198.51.100.230/32 vhid 2 advskew SKEW pass {TWO} peer PEER'\n"
    f'ifconfig_vmx0_alias0="vhid 1 advskew SKEW pass {ONE} alias 192.0.2.1 netmask '
    '255.255.255.224"  # the gateway\n'
    f'ifconfig_vmx0_alias1="inet6 2001:db8:27::1 prefixlen 64 vhid 1 advskew SKEW pass {ONE}"\n',
    "/etc/sysctl.conf": SYSCTL,
}


OWN_NETIF = "netif__bluegreen"


def planned(story: Story) -> list[str]:
    """Return what a plan shows: made on a twin, without passwords."""
    design = story.request.pair.design
    assert design is not None
    request = replace(story.request, passwords=placeholders(design))
    found = plan_on_twin(request, masked(look(story), story.request.setting()))
    assert found.finished.outcome == "done", found.finished.reason
    return [text for line in found.lines for text in line.commands]


@pytest.mark.parametrize(
    ("router", "old", "new"),
    [
        (OTHER, "advskew 100", "advskew 90"),
        (OTHER, TWO, "other"),
        (OTHER, "203.0.113.111", "203.0.113.1"),
        (OTHER, "192.0.2.1/27", "192.0.2.1/24"),
        (PREFERRED, "2001:db8:27::1/64", "2001:db8:27::2/64"),
    ],
)
def test_a_plan_on_a_twin_is_what_is_sent(router: str, old: str, new: str) -> None:
    story = by_hand_made(MANAGED)
    edit(story, router, SALT, lambda text: text.replace(old, new))
    told = planned(story)

    assert story.go().outcome == "done"

    programs = ("sed", "sh", "ifconfig", "sysctl", "kldload")
    done = [str(c).replace("P1", "RUN") for _, _, c in sent(story) if c.argv[0] in programs]
    assert done == [text for text in told if text.split()[0] in programs]


@pytest.mark.parametrize("files", [MANAGED, HANDBOOK], ids=["managed", "handbook"])
def test_a_pair_that_is_right_in_its_own_words_is_left_alone(files: dict[str, str]) -> None:
    story = by_hand_made(files)
    before = disks(story.world)

    assert as_wanted(story)

    assert story.go().outcome == "done"
    assert disks(story.world) == before


@pytest.mark.parametrize(
    ("router", "old", "new"),
    [
        (OTHER, "advskew 100", "advskew 90"),
        (OTHER, TWO, "other"),
        (OTHER, ONE, "other"),
        (OTHER, "203.0.113.111", "203.0.113.1"),
        (OTHER, "192.0.2.1/27", "192.0.2.1/24"),
        (OTHER, "2001:db8:27::1/64", "2001:db8:27::2/64"),
        (PREFERRED, "advskew 0", "advskew 99"),
    ],
)
def test_what_is_wrong_is_mended_where_it_stands(router: str, old: str, new: str) -> None:
    story = by_hand_made(MANAGED)
    right = disks(story.world)
    edit(story, router, SALT, lambda text: text.replace(old, new))

    assert story.go().outcome == "done"

    assert disks(story.world) == right
    assert OWN not in {path for d in disks(story.world) for path, _, _ in d.files}


def test_a_mended_file_of_somebody_else_is_given_back_to_the_byte() -> None:
    story = by_hand_made(MANAGED)
    edit(story, OTHER, SALT, lambda text: text.replace("advskew 100", "advskew 90"))
    wrong = disks(story.world)
    assert story.go().outcome == "done"
    assert disks(story.world) != wrong

    assert story.back().outcome == "rolled_back"

    assert disks(story.world) == wrong


def test_a_line_that_cannot_be_replaced_is_refused_with_what_it_should_say() -> None:
    several = {
        **MANAGED,
        SALT: 'ifconfig_vmx0_aliases="\n'
        f"  inet vhid 1 advskew SKEW pass {ONE} alias 192.0.2.1/24\n"
        f'  inet6 vhid 1 advskew SKEW pass {ONE} alias 2001:db8:27::1/64\n"\n',
    }
    story = by_hand_made(several, "one")

    finished = story.go()

    assert finished.outcome == "refused"
    assert f"{SALT}, line 2: vhid 1 is not as wanted" in finished.reason
    assert "it should say: inet vhid 1 advskew 100 pass *** alias 192.0.2.1/27" in finished.reason


def test_an_address_that_the_inventory_does_not_name_is_refused() -> None:
    more = (
        'ifconfig_vmx1_alias1="inet vhid 2 advskew SKEW pass x peer PEER alias 198.51.100.9/32"\n'
    )
    story = by_hand_made({**MANAGED, SALT: MANAGED[SALT] + more})

    finished = story.go()

    assert finished.outcome == "refused"
    assert "vhid 2 has 198.51.100.9, which the inventory does not name" in finished.reason


def test_an_alias_that_no_boot_reads_is_not_woken() -> None:
    asleep = {"/etc/rc.conf.d/netif/x": 'ifconfig_vmx0_alias3="inet 192.0.2.30/32"\n'}
    story = by_hand_made({**asleep, "/etc/sysctl.conf": SYSCTL}, "one")

    finished = story.go()

    assert finished.outcome == "refused"
    assert "ifconfig_vmx0_alias3 is read by no boot today" in finished.reason


def test_a_vhid_that_runs_and_stands_in_no_file_gets_its_line() -> None:
    story = by_hand_made(MANAGED)
    edit(story, OTHER, SALT, lambda text: "\n".join(text.split("\n")[1:]))
    told = planned(story)

    assert story.go().outcome == "done"
    assert [str(c) for _, _, c in sent(story) if c.argv[0] == "tee" and OWN_NETIF in str(c)] == [
        text for text in told if text.startswith("tee") and OWN_NETIF in text
    ]

    assert "vhid 2" in story.machine(OTHER).files.read(OWN)
    assert as_wanted(story)


def test_a_router_that_lost_its_vhids_gets_them_back_as_a_backup() -> None:
    story = by_hand_made(MANAGED)
    for words in (("inet", "192.0.2.1"), ("inet6", "2001:db8:27::1")):
        by_hand(story, OTHER, "ifconfig", "vmx0", *words, "-alias")
    assert not as_wanted(story)

    assert story.go().outcome == "done"

    assert as_wanted(story)
    assert story.world.violations() == ()


def test_a_prefix_length_is_changed_on_the_router_that_does_not_serve() -> None:
    one = "".join(line for line in MANAGED[SALT].splitlines(True) if "vhid 1" in line)
    story = by_hand_made({**MANAGED, SALT: one}, "one")
    edit(story, OTHER, SALT, lambda text: text.replace("192.0.2.1/27", "192.0.2.1/24"))
    by_hand(story, OTHER, "shutdown", "-r", "now")
    story.world.network.advance(story.world.network.now + 100.0)

    assert story.go().outcome == "done"

    assert as_wanted(story)
    assert any("-alias" in str(c) for _, _, c in sent(story))


def test_a_second_run_after_that_has_nothing_to_do() -> None:
    story = by_hand_made(MANAGED)
    edit(story, OTHER, SALT, lambda text: text.replace("advskew 100", "advskew 90"))
    assert story.go().outcome == "done"

    assert as_wanted(again(story))


def test_no_reason_shows_a_password() -> None:
    story: Story = by_hand_made({**MANAGED, SALT: MANAGED[SALT].replace("alias 198", "alias x198")})

    finished = story.go()

    assert finished.outcome == "refused"
    assert not [secret for secret in (ONE, TWO) if secret in finished.reason]
