"""Outage measurement from outside, while a run is under way."""
