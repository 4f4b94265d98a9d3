"""The system's clock: the one place that really sleeps."""

import time
from datetime import datetime


class SystemClock:
    """Time of day with its zone, and a monotonic clock that deadlines are measured on."""

    def now(self) -> datetime:
        return datetime.now().astimezone()

    def now_s(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
