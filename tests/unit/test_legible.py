"""What a router prints in another encoding must not break what we write down."""

from datetime import UTC, datetime

from bluegreen.model.command import Output, legible
from bluegreen.model.events import EVENT, Answered


def test_octets_that_are_no_utf8_are_written_out() -> None:
    (output,) = legible((Output("caf\udce9\n", "\udcff"),))

    assert (output.stdout, output.stderr) == ("caf\\xe9\n", "\\xff")


def test_other_scripts_stay_as_they_are() -> None:
    outputs = (Output("# 路由器\n"),)

    assert legible(outputs) == outputs


def test_an_answer_in_another_encoding_can_be_journalled() -> None:
    (output,) = legible((Output("", "caf\udce9", 1),))
    event = Answered(at=datetime(2026, 1, 1, tzinfo=UTC), run="R", number=1, said=output.stderr)

    assert EVENT.validate_json(event.model_dump_json()) == event
