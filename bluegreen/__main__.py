"""``python -m bluegreen``."""

from bluegreen.cli import main

main()
