"""Two emulated routers behind real sshd, as fixtures.

A test module has them by ``pytest_plugins = ("pair",)``.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from routers import Doors, door_to, pair_specs

from bluegreen.lab.config import Specs
from bluegreen.lab.loopback import LoopbackPair

StartPair = Callable[[Specs], LoopbackPair]


@pytest.fixture
def start_pair(tmp_path: Path) -> Iterator[StartPair]:
    """Return what starts a pair of one's own; it ends with the test."""
    with ExitStack() as stack:
        yield lambda specs: stack.enter_context(LoopbackPair(specs, tmp_path / "pair"))


@pytest.fixture
def ssh_pair(start_pair: StartPair) -> LoopbackPair:
    """Return a pair of which router-001 is MASTER of both vhids."""
    return start_pair(pair_specs())


@pytest.fixture
def doors(ssh_pair: LoopbackPair) -> Iterator[Doors]:
    """Return a transport to each router of ``ssh_pair``, by its name."""
    with opened(ssh_pair) as doors:
        yield doors


@pytest.fixture(scope="module")
def calm_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackPair]:
    """Return the same pair to all tests of a module that only look at it."""
    with LoopbackPair(pair_specs(), tmp_path_factory.mktemp("calm") / "pair") as pair:
        yield pair


@pytest.fixture
def calm_doors(calm_pair: LoopbackPair) -> Iterator[Doors]:
    """Return a transport to each router of ``calm_pair``, by its name."""
    with opened(calm_pair) as doors:
        yield doors


@contextmanager
def opened(pair: LoopbackPair) -> Iterator[Doors]:
    with ExitStack() as stack:
        doors = {router.name: door_to(router) for router in pair.routers}
        for door in doors.values():
            stack.callback(door.close)
        yield doors
