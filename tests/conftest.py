"""Fixtures that every test may use, and the seed that all properties are shown with."""

import os
import secrets
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no defect: nothing here is judged by the clock.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("steady")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Draw a fresh seed before there are worker processes, so that all have it and it is told."""
    if config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seed = terminalreporter.config.getoption("hypothesis_seed")
    terminalreporter.write_line(f"properties: --hypothesis-seed={seed} shows the same again")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder with the outputs of real machines."""
    named = os.environ.get("BLUEGREEN_CORPUS")
    if not named:
        pytest.skip("BLUEGREEN_CORPUS is not set: outputs of real machines were not read")
    root = Path(named)
    assert root.is_dir(), f"BLUEGREEN_CORPUS is set to {root}, which is missing"
    return root.resolve()
