"""One module a file format: bytes → `Document`."""
