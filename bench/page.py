"""How soon the page can be read and used beside an empty Gradio page, and how smooth a conversation of 200 turns is.

    python -m bench.page --runs 5

Both pages are served once and opened in turn by one Chromium, each time in a fresh profile. First contentful paint is
the browser's own; a page is interactive when its first own component stands and the last task of more than 50 ms before
a quiet second is over. Beside the clock, which a busy machine slows, stands the renderer's own processor time. For the
long conversation, the longest task (a blocked main thread; the browser tells only of those over 50 ms) is noted while
it is opened, unfolded, scrolled, typed into and streamed to.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.startup import EMPTY
from tests.browser.conftest import FLAGS, NAMES, ROOT, free_port, started

WATCH = """(selector) => {
    window.seen = { tasks: [], stands: 0 };
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.seen.tasks.push([entry.startTime, entry.duration]);
    }).observe({ type: "longtask", buffered: true });
    const look = () => {
        if (!window.seen.stands && document.querySelector(selector)) window.seen.stands = performance.now();
        else requestAnimationFrame(look);
    };
    look();
}"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
LAST = "Math.max(window.seen.stands, ...window.seen.tasks.map(([at, ms]) => at + ms))"
QUIET_MS = 1000
BOX = ".ask-box textarea"


FIGURES = ("first contentful paint", "time to interactive", "scripts", "style and layout", "main thread busy")


def open_page(browser: Browser, address: str, selector: str) -> tuple[float, ...]:
    """Open a page in a fresh profile; return the figures in ms: two of the clock, three of processor time."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    renderer = context.new_cdp_session(page)
    renderer.send("Performance.enable")
    page.add_init_script(f"({WATCH})({selector!r})")
    page.goto(address)
    page.wait_for_function("window.seen.stands > 0", timeout=60_000)
    page.wait_for_function(f"performance.now() - {LAST} > {QUIET_MS}", timeout=60_000)
    paint = float(page.evaluate(PAINT))
    last = page.evaluate(LAST)
    took = {metric["name"]: 1000 * metric["value"] for metric in renderer.send("Performance.getMetrics")["metrics"]}
    context.close()
    drawn = took["RecalcStyleDuration"] + took["LayoutDuration"]
    return paint, max(paint, float(last)), took["ScriptDuration"], drawn, took["TaskDuration"]


def longest(page: Page) -> float:
    """Return the longest task since the last call, in ms; 0 if none took 50 ms."""
    page.wait_for_timeout(300)
    return float(page.evaluate("Math.max(0, ...window.seen.tasks.splice(0).map(([, ms]) => ms))"))


def long_conversation(browser: Browser, address: str, turns: int) -> dict[str, float]:
    """Open, unfold, scroll, type into and stream to a conversation; return the longest task of each."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(f"({WATCH})({BOX!r})")
    page.goto(address)
    page.wait_for_selector(".talk-open")
    page.wait_for_timeout(2000)
    longest(page)
    found: dict[str, float] = {}
    page.locator(".talk-open").first.click()
    page.wait_for_selector(f"#t{turns}")
    found["open"] = longest(page)
    page.locator(BOX).fill("为什么注意力要除以 √d_k？")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#t{turns + 1}.writing")
    found["ask"] = longest(page)
    page.locator(BOX).press_sequentially("typing while the answer streams", delay=40)
    found["type while it streams"] = longest(page)
    page.wait_for_selector(f"#t{turns + 1}.done", timeout=60_000)
    found["stream to the end"] = longest(page)
    while page.locator(".earlier").count():
        first = page.locator(".exchange").first.get_attribute("id")
        page.locator(".earlier").evaluate("button => button.click()")
        page.wait_for_function("(first) => document.querySelector('.exchange').id !== first", arg=first)
    found["unfold all"] = longest(page)
    page.mouse.move(700, 400)
    for _ in range(120):
        page.mouse.wheel(0, -900)
        page.wait_for_timeout(30)
    found["scroll"] = longest(page)
    context.close()
    return found


def serve(port: int, turns: int) -> None:
    """Serve a scripted coach that writes slowly, with one long conversation."""
    from coach.config import Settings
    from coach.ui.conversation import converse
    from coach.ui.page import launch
    from tests.ui.fake import ASKED, FakeCoach

    coach: Any = FakeCoach()
    for number in range(turns):
        question = ASKED[number % len(ASKED)]
        *_, exchange = converse(coach, question, ())
        coach.conversations.finish("long", coach.conversations.begin("long", question), exchange)
    coach.delay = 0.08
    launch(coach, Settings(home=Path(tempfile.mkdtemp()), port=port))
    threading.Event().wait()


@contextmanager
def server(*command: str) -> Iterator[str]:
    """Run a server for a block, and give its address; `{port}` in the command is its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, *(word.format(port=port) if word == "{port}" else word for word in command)]
        with closing(started(words, port, Path(folder) / "log")) as running:  # type: ignore[type-var]  # a generator
            yield next(running)


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description="Paint, interactivity and smoothness of the page.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.turns)
    program = next(filter(None, map(shutil.which, NAMES)))
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as home:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        subprocess.run([sys.executable, "ingest.py", "--home", home, "--quiet"], cwd=ROOT, check=True)
        app = ("app.py", "--home", home, "--model", "none", "--port", "{port}")
        with server("-c", EMPTY, "{port}") as empty, server(*app) as ours:
            open_page(browser, ours, BOX)  # the first visit waits for the encoder
            pairs = [
                (open_page(browser, empty, ".prose"), open_page(browser, ours, BOX)) for _ in range(arguments.runs)
            ]
        for at, name in enumerate(FIGURES):
            first, second = (statistics.median(pair[side][at] for pair in pairs) for side in (0, 1))
            print(f"{name:24}empty {first:5.0f} ms   coach {second:5.0f} ms   ratio {second / first:.2f}")
        with server("-m", "bench.page", "--turns", str(arguments.turns), "--serve", "{port}") as address:
            for name, task in long_conversation(browser, address, arguments.turns).items():
                print(f"{arguments.turns} turns, {name:24}longest task {task:4.0f} ms")
        browser.close()


if __name__ == "__main__":
    main()
