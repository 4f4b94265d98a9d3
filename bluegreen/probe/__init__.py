"""Outage measurement from outside, while a run is under way."""

from bluegreen.probe.live import make_probe

__all__ = ["make_probe"]
