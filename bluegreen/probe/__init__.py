"""Outage measurement."""
