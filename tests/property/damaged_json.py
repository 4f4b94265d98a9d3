"""JSON as a daemon of another version might print it: other types, other names, nothing."""

import json
from collections.abc import Iterator

from hypothesis import strategies as st

Path = tuple[str | int, ...]
LEAVES = (None, True, False, 0, -1, 1e309, 10**30, "", "Full", "Full/DR", "²", [], {}, [[]], [None])


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield where each value of a document stands, the outermost first."""
    yield path
    if isinstance(value, dict):
        for key, member in value.items():
            yield from places(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from places(member, (*path, index))


@st.composite
def otherwise(draw: st.DrawFn, text: str) -> str:
    """Replace one value of a document, wherever it stands, by one of another kind."""
    document = json.loads(text)
    path = draw(st.sampled_from(list(places(document))))
    value = draw(st.sampled_from(LEAVES) | st.integers() | st.text(max_size=5))
    if not path:
        return json.dumps(value)
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return json.dumps(document)
