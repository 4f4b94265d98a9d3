"""The CARP protocol itself, without I/O."""
