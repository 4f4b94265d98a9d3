"""One file a capability, pure; the table of names is in `table`."""
