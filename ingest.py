"""Read new and changed articles: `python ingest.py [PATH …]`."""

import sys

from coach.cli import ingest_main

if __name__ == "__main__":
    sys.exit(ingest_main())
