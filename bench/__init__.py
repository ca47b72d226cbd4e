"""Measurements that print tables: run one with `python -m bench.NAME`."""
