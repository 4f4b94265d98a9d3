"""A router that was not seen: what shows it, and the command by which a person tries it."""

from dataclasses import replace

from facts import GREEN, a_pair, unseen

from bluegreen.model.pair import Jump, Router
from bluegreen.policy.reach import unreached

BY_HAND = {GREEN: "ssh -o BatchMode=yes 192.0.2.12 true"}


def test_what_the_inventory_says_stands_in_the_command_and_ssh_config_says_the_rest() -> None:
    jump = Jump("bastion.example", 2200, "ops")
    named = {"identity": "~/.ssh/id", "known_hosts": "/etc/known", "user": "deploy"}
    router = Router(GREEN, "192.0.2.12", 2222, jump=jump, **named)

    assert router.by_hand == (
        *("ssh", "-o", "BatchMode=yes", "-p", "2222", "-i", "~/.ssh/id"),
        *("-o", "UserKnownHostsFile=/etc/known", "-J", "ops@bastion.example:2200"),
        *("deploy@192.0.2.12", "true"),
    )
    assert Router(GREEN, "192.0.2.12").by_hand == ("ssh", *BY_HAND[GREEN].split()[1:])


def test_a_router_that_is_not_reached_is_shown_by_the_error_and_tried_by_hand() -> None:
    [found] = unreached(a_pair(green=unseen()), BY_HAND)

    assert [seen.seen for seen in found.evidence] == ["no answer from sshd"]
    assert [fix.type for fix in found.fix] == [BY_HAND[GREEN]]


def test_an_answer_that_cannot_be_read_is_no_matter_of_ssh() -> None:
    cut = replace(unseen(), kind="ParseError", next_move="Send us the output.")

    [found] = unreached(a_pair(green=cut), BY_HAND)

    assert [(fix.do, fix.type) for fix in found.fix] == [("Send us the output.", "")]


def test_two_that_were_seen_are_no_finding() -> None:
    assert list(unreached(a_pair())) == []
