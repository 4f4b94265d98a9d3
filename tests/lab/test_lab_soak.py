"""One round of random trouble, another one each time; ``soak.py`` plays them for hours."""

import random
from pathlib import Path

from soak import drawn, play


def test_whatever_falls_on_an_upgrade_it_ends_right(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)

    told = play(drawn(seed), tmp_path)

    assert not told.wrong, f"{told.round}: {told.ends} {told.wrong}"
