"""The live world: SSH."""
