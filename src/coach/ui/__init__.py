"""The page: one file per tab, joined in `page.py`. It translates and shows; it decides nothing."""

import os

# Read when gradio is imported, so it is set before any module of this package can import it.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
