"""Serves the page over a scripted coach that writes slowly: `python -m tests.browser.slow_server PORT HOME`."""

import sys
import threading

from coach.config import Settings
from coach.ui.page import launch
from tests.ui.fake import FakeCoach

if __name__ == "__main__":
    launch(FakeCoach(delay=0.2), Settings(home=sys.argv[2], port=int(sys.argv[1])))
    threading.Event().wait()
