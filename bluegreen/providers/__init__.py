"""Floating addresses of hosting providers."""
