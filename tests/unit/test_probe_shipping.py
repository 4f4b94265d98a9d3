"""The prober that is sent to another host brings all of itself along."""

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from bluegreen.probe.shipping import MODULES


def imported(module: str) -> Iterator[str]:
    """Yield every module that one imports when it is loaded, but for types alone."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    for node in ast.parse(Path(spec.origin).read_text()).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("module", MODULES)
def test_what_is_sent_rests_on_python_and_on_what_is_sent_too(module: str) -> None:
    missing = {
        name
        for name in imported(module)
        if name not in MODULES and name.partition(".")[0] not in sys.stdlib_module_names
    }

    assert missing == set()
