"""Labs for tests: made for one module or one test, and always taken away."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pinger import Pinger

from bluegreen.lab.lab import Lab, lab_of
from bluegreen.lab.site import Options

MakeLab = Callable[[Options], Lab]


@pytest.fixture
def make_lab() -> Iterator[MakeLab]:
    """Return what makes one lab of one's own."""
    with ExitStack() as stack:
        yield lambda options: stack.enter_context(lab_of(options, f"t{os.getpid()}"))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """Return a lab that the tests of a module share, each leaving it as it was."""
    with lab_of(Options(boot_s=3.0), f"m{os.getpid()}") as made:
        yield made


@pytest.fixture
def ping() -> Iterator[Callable[[Lab], Pinger]]:
    """Return what pings VIPs of a lab from its client, as often as a run would probe them."""
    with ExitStack() as stack:
        yield lambda lab: stack.enter_context(Pinger(lab))
