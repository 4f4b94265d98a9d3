"""The one place that waits: tenacity, on the world's clock."""

from collections.abc import Callable
from math import inf

from tenacity import RetryCallState, Retrying, retry_if_result

from bluegreen.world import Clock

FIRST_S = 0.1
SHARE = 0.2  # wait a fifth of what has passed: quick at first
MINUTES_S = 3.0  # then at most this, so that a boot of a minute is seen 1.5 s late, not 5 s
PATIENT = 0.01  # and what takes hours, like a download, is not asked after every 3 s
LONGEST_S = 10.0


def wait_until(
    clock: Clock,
    holds: Callable[[], bool],
    *,
    limit_s: float,
    jitter: Callable[[], float] = lambda: 0.0,
    longest_s: float = LONGEST_S,
) -> bool:
    """Ask until it holds, or until ``limit_s`` has passed on *this* clock.

    tenacity's own stop_after_delay reads time.monotonic, so a virtual clock would
    never expire. The attempt bound covers a clock that stands still.
    """
    began_s = clock.now_s()
    attempts_max = inf if limit_s == inf else 1000 + limit_s / FIRST_S

    def expired(call: RetryCallState) -> bool:
        return clock.now_s() - began_s >= limit_s or call.attempt_number >= attempts_max

    def pause_s(_: RetryCallState) -> float:
        passed_s = clock.now_s() - began_s
        soon_s = min(MINUTES_S, passed_s * SHARE)
        return min(longest_s, max(FIRST_S, soon_s, passed_s * PATIENT)) * (1 + jitter())

    return Retrying(
        sleep=clock.sleep,
        wait=pause_s,
        stop=expired,
        retry=retry_if_result(lambda done: not done),
        retry_error_callback=lambda _: False,
    )(holds)
