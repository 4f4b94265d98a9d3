"""Upgrades a pair of FreeBSD routers that share addresses with CARP."""

__version__ = "0.1.0"
