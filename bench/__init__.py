"""Measurements that print tables: run one with `python -m bench.NAME`."""

import coach  # noqa: F401 - before numpy: it sets how many threads BLAS starts
