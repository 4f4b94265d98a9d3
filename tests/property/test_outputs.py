"""Whatever a text has been through: it is read as it says, or refused."""

from contextlib import suppress
from dataclasses import replace

import pytest
from budget import examples
from damage import damaged, interleaved
from damaged_json import otherwise
from hypothesis import given
from hypothesis import strategies as st
from samples import PARSERS, documents, look, observed, readable, texts

from bluegreen.errors import ParseError

JSON_READERS = ("neighbors", "ospf routes", "router id", "frr")


def read_or_refused(kind: str, text: str) -> None:
    """Never another exception: a run must be able to go on."""
    with suppress(ParseError):
        PARSERS[kind](text)


@pytest.mark.parametrize("kind", PARSERS)
@examples(40)
@given(data=st.data())
def test_a_damaged_output_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    known = readable(kind)
    text = data.draw(st.sampled_from(known if known and data.draw(st.booleans()) else texts()))

    read_or_refused(kind, data.draw(damaged(text)))


@pytest.mark.parametrize("kind", PARSERS)
@examples(15)
@given(data=st.data())
def test_two_outputs_in_one_are_read_or_refused(kind: str, data: st.DataObject) -> None:
    one, other = (data.draw(st.sampled_from(readable(kind) or texts())) for _ in range(2))

    read_or_refused(kind, data.draw(interleaved(one, other)))


@pytest.mark.parametrize("kind", JSON_READERS)
@examples(100)
@given(data=st.data())
def test_json_of_another_shape_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(documents()))

    read_or_refused(kind, data.draw(otherwise(text)))


@examples(400)
@given(data=st.data())
def test_a_look_with_one_damaged_answer_is_read_or_refused(data: st.DataObject) -> None:
    answers = dict(observed())
    name = data.draw(st.sampled_from(sorted(answers)))
    spoilt = data.draw(damaged(answers[name].stdout or data.draw(st.sampled_from(texts()))))
    answers[name] = replace(answers[name], stdout=spoilt)

    with suppress(ParseError):
        look(answers)
