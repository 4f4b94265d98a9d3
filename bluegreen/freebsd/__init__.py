"""FreeBSD's commands and their outputs: builders and parsers, pure."""
