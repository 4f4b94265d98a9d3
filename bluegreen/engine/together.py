"""Ask several at once, where the doors allow it."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Answer = TypeVar("Answer")


def together(asked: Mapping[str, Callable[[], Answer]], *, parallel: bool) -> dict[str, Answer]:
    """Return every answer by its name; who stops at once does not wait for one that hangs."""
    if not parallel:
        return {name: ask() for name, ask in asked.items()}
    pool = ThreadPoolExecutor(max_workers=len(asked))
    try:
        futures = {name: pool.submit(ask) for name, ask in asked.items()}
        return {name: future.result() for name, future in futures.items()}
    finally:
        pool.shutdown(wait=False)
