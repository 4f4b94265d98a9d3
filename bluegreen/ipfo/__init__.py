"""Floating addresses at OVH: requests as commands, replies as values. No I/O."""
