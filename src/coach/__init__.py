"""The interview coach: grounded answers and mock interviews from a folder of articles."""

import os

# Read when numpy is first imported. The products here are small: more threads wait for each other, use two to three
# times the processor's time, and are slower as soon as anything else runs (docs/retrieval.md). Torch has its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
