"""The product before a pair of emulated routers, as fixtures.

A test module has them by ``pytest_plugins = ("pair", "product")``.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from running import Hire, Product

from bluegreen.lab.loopback import LoopbackPair


@pytest.fixture
def hire(tmp_path: Path) -> Iterator[Hire]:
    """Return what makes one more machine with the product, for an inventory."""
    with ExitStack() as stack:
        hired: list[Product] = []

        def one_more(inventory: Path) -> Product:
            hired.append(Product(inventory, tmp_path / f"machine-{len(hired)}"))
            stack.callback(hired[-1].close)
            return hired[-1]

        yield one_more


@pytest.fixture
def product(hire: Hire, ssh_pair: LoopbackPair) -> Product:
    """Return the product before a pair of one's own, of which both routers have an update."""
    return hire(ssh_pair.inventory)


@pytest.fixture
def calm_product(hire: Hire, calm_pair: LoopbackPair) -> Product:
    """Return the product before a pair that is only looked at."""
    return hire(calm_pair.inventory)
