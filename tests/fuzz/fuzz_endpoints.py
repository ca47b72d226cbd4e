"""Sends random payloads of right and wrong types to every event of the page: `python -m tests.fuzz.fuzz_endpoints URL`.

Counts what comes back; a traceback in an answer, or a server that no longer answers, ends it with exit code 1. It
reads, deletes and changes whatever it meets: serve a home of its own, with `--model none`.
"""

import argparse
import random
import sys
import time
from collections import Counter

import httpx

from tests.support.visitors import Visitor

ODD = (None, True, 0, -1, 10**30, 0.5, 1e308, "", "zh", "en", "open", "\x00", "<img src=x onerror=1>",
       "../../etc/passwd", "' OR 1=1 --", "x" * 5000, [], {}, ["a"], {"path": "/etc/passwd"},
       {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, [[1]], "[99]", "http://127.0.0.1:1/")  # fmt: skip
KEYS = ("action", "conversation", "session", "question", "title", "text", "article", "line", "round", "point", "model")
ACTIONS = (
    "open",
    "delete",
    "ask",
    "close",
    "finish",
    "weak",
    "contest",
    "hint",
    "skip",
    "use",
    "meaning-pull",
    "nothing",
)
LEAKS = ("Traceback (most recent", 'File "', "site-packages")


def main() -> int:
    """Fuzz until the time is over; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance, counted, until = random.Random(given.seed), Counter(), time.monotonic() + 60 * given.minutes
    visitor = Visitor(given.address, seconds=20)
    events = visitor.config["dependencies"]
    leaks: list[str] = []
    while time.monotonic() < until and not leaks:
        event = chance.choice(events)
        data = [chance.choice(ODD) for _ in event["inputs"]]
        if chance.random() < 0.1:
            data = chance.choice([[], None, {}, "x", [1] * 50])
        more = {key: chance.choice(ODD) for key in KEYS if chance.random() < 0.7}
        told = more | {"action": chance.choice(ACTIONS)} if chance.random() < 0.8 else chance.choice(ODD)
        try:
            if event["queue"]:
                _, text = visitor.call(event["id"], data, told)
            else:
                body = {"fn_index": event["id"], "data": data, "event_data": told, "session_hash": visitor.session}
                answer = visitor.http.post("/gradio_api/run/predict", json=body)
                counted[f"status {answer.status_code}"] += 1
                text = answer.text
        except httpx.TimeoutException:
            counted["slower than 20 s"] += 1
            visitor, text = Visitor(given.address, seconds=20), ""
        counted["inputs"] += 1
        leaks = [f"{event['api_name']} {data} {told}: {text[:500]}" for leak in LEAKS if leak in text]
    alive = httpx.get(given.address, timeout=30).status_code == 200
    print(dict(counted), "alive" if alive else "dead", *leaks, sep="\n")
    return 1 if leaks or not alive else 0


if __name__ == "__main__":
    sys.exit(main())
