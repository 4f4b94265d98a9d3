"""What an error tells the operator."""

import pytest

from bluegreen.errors import LockedError


@pytest.mark.parametrize("what", ["r1 is held by run x", "r1: held by run x"])
def test_an_error_names_its_router_once(what: str) -> None:
    assert str(LockedError(what, "r1", "Wait.")) == f"{what}\n  next: Wait."


@pytest.mark.parametrize("what", ["r10 is held by run x", "held by run x"])
def test_an_error_that_tells_of_something_else_first_names_its_router(what: str) -> None:
    assert str(LockedError(what, "r1", "Wait.")) == f"r1: {what}\n  next: Wait."
