"""Every figure in the documentation comes from here: ``python -m benchmarks``."""
