"""What fping prints is counted as it is: lost probes, and the longest time without an answer."""

from benchmarks.fping import Tally, parse

SWITCH = """\
[1795378467.96155] 198.51.100.230 : [0], 64 bytes, 0.085 ms (0.085 avg, 0% loss)
[1795378467.96257] 198.51.100.230 : [1], 64 bytes, 0.014 ms (0.049 avg, 0% loss)
[1795378467.97757] 198.51.100.230 : [4], 64 bytes, 0.013 ms (0.031 avg, 0% loss)
[1795378468.46367] 198.51.100.230 : [2], timed out (0.031 avg, 25% loss)
[1795378468.46467] 198.51.100.230 : [3], timed out (0.031 avg, 40% loss)
[1795378467.97855] 198.51.100.230 : [5], 64 bytes, 0.011 ms (0.027 avg, 0% loss)

198.51.100.230 : xmt/rcv/%loss = 6/4/33%, min/avg/max = 0.011/0.027/0.085
"""


def test_lost_probes_are_counted_and_the_gap_is_as_long_as_somebody_asked_in_vain() -> None:
    assert parse(SWITCH) == Tally(sent=6, lost=2, longest_gap_ms=13.9)


def test_a_number_without_a_line_could_not_be_sent_and_is_lost() -> None:
    later = "[1795378468.02855] 198.51.100.230 : [9], 64 bytes, 0.02 ms (0.02 avg, 28% loss)\n"

    assert parse(SWITCH + later) == Tally(sent=10, lost=5, longest_gap_ms=50.0)


def test_an_answer_that_came_late_is_a_gap() -> None:
    late = "[1795378468.02855] 198.51.100.230 : [6], 64 bytes, 49.0 ms (9.0 avg, 28% loss)\n"

    assert parse(SWITCH + late).longest_gap_ms == 49.0


def test_a_prober_that_was_held_up_itself_saw_no_gap() -> None:
    later = "[1795378468.97855] 198.51.100.230 : [6], 64 bytes, 0.02 ms (0.02 avg, 28% loss)\n"

    assert parse(SWITCH + later) == Tally(sent=7, lost=2, longest_gap_ms=13.9)


def test_one_answer_twice_is_one_answer() -> None:
    twice = "[1795378467.97900] 198.51.100.230 : duplicate for [5], 64 bytes, 0.011 ms\n"

    assert parse(SWITCH + twice) == parse(SWITCH)


def test_an_address_that_nobody_serves_any_more_has_a_gap_to_the_last_probe() -> None:
    lines = [f"[100.0000{n}] 192.0.2.1 : [{n}], 64 bytes, 0.01 ms (0.01 avg, 0%)" for n in (0, 1)]
    lines += [f"[100.50{n}] 192.0.2.1 : [{n}], timed out (0.01 avg, 50% loss)" for n in range(2, 9)]

    assert parse("\n".join(lines)) == Tally(sent=9, lost=7, longest_gap_ms=7.0)


def test_a_target_that_never_answered_was_silent_all_the_time() -> None:
    lines = [f"[100.50{n}] 192.0.2.1  : [{n}], timed out (NaN avg, 100% loss)" for n in range(5)]

    assert parse("\n".join(lines)) == Tally(sent=5, lost=5, longest_gap_ms=5.0)


def test_of_two_targets_the_one_that_lost_more_counts() -> None:
    assert Tally(10, 1, 3.0).worse(Tally(20, 0, 5.0)) == Tally(10, 1, 3.0)


def test_of_two_targets_that_lost_nothing_the_longer_gap_counts() -> None:
    assert Tally(10, 0, 3.0).worse(Tally(20, 0, 5.0)) == Tally(20, 0, 5.0)


def test_no_line_is_no_probe() -> None:
    assert parse("") == Tally(0, 0, 0.0)
