"""How many examples a property is shown: few in every run of the tests, many when asked for."""

import os

from hypothesis import HealthCheck, settings

LONG = "long"
TIMES = 25  # as many examples, where BLUEGREEN_PROPERTIES=long


def examples(quick: int, steps: int = 8) -> settings:
    """Return settings for so many examples; of a state machine, with so many steps each.

    A fresh seed each time: what one run misses, the next may find. The seed is printed
    where something fails, and replays it (`--hypothesis-seed`).
    """
    return settings(
        max_examples=quick * (TIMES if os.environ.get("BLUEGREEN_PROPERTIES") == LONG else 1),
        stateful_step_count=steps,
        deadline=None,
        derandomize=False,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
