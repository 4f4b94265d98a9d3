"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no defect: nothing here is judged by the clock.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the folder with the outputs of real machines."""
    named = os.environ.get("BLUEGREEN_CORPUS")
    if not named:
        pytest.skip("BLUEGREEN_CORPUS is not set: outputs of real machines were not read")
    root = Path(named)
    assert root.is_dir(), f"BLUEGREEN_CORPUS is set to {root}, which is missing"
    return root.resolve()
