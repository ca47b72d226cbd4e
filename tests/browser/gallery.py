"""Takes a picture of every tab at every size, light and dark, in both languages, empty and full, for the eye.

    python -m tests.browser.gallery out/gallery --only wide-light-zh --filled full

Beside the single pictures it writes one sheet for each size, scheme, language and home, to look them over.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS, NAMES, ROOT, Visitor, free_port, started

SIZES = {"wide": (1440, 900), "middle": (1024, 768), "phone": (390, 844)}
SCHEMES = ("light", "dark")
LOCALES = {"zh": "中文", "en": "English"}
TABS = ("chat", "interview", "practice", "library", "models", "settings")
ASKED = ("BatchNorm 和 LayerNorm 有什么区别？", "为什么注意力要除以 √d_k？", "今天北京的天气怎么样？")
SHEET = 3
"""Pictures in one row of a sheet."""


def fill(home: str) -> None:
    """Put articles and interviews into a home: whole answers, parts of answers and unknown ones, on several days."""
    import time

    from coach.config import Settings
    from coach.service import Coach
    from coach.talk.events import Answered, Plan, Unknown

    subprocess.run([sys.executable, "ingest.py", "--home", home, "--quiet"], cwd=ROOT, check=True)
    with Coach(Settings(home=Path(home), llm="none")) as coach:
        for at, days in enumerate((16, 9, 5, 2, 1, 0)):
            coach.interviews._clock = lambda days=days: time.time() - days * 86400
            session = coach.interviews.start(Plan(count=3, follow_ups=0, seed=days))
            for number in range(3):
                reference = session.interview.rounds[number].item.reference
                known = (len(reference), 100 * at, len(reference) * (at - 2))[number]
                session = coach.interviews.send(session.id, Answered(reference[:known]) if known > 0 else Unknown())


def pictures(visitor: Visitor, *, full: bool) -> Iterator[str]:
    """Go through the tabs, and yield a name whenever there is something to look at."""
    page = visitor.page
    yield "chat"
    if full:
        for number, question in enumerate(ASKED, 1):
            visitor.ask(question, number=number)
            page.wait_for_timeout(700)
            yield f"chat-{number}"
        page.locator("#t1 .answer .cite").first.evaluate("chip => chip.click()")
    for at, tab in enumerate(TABS[1:], 2):
        page.keyboard.press(f"Alt+{at}")
        page.wait_for_timeout(1200)
        if tab == "settings":
            page.wait_for_selector(".rates, .rates-box .quiet", timeout=120_000)
        yield tab
        if full and tab == "library":
            page.locator(".articles tbody button").nth(2).click()
            page.wait_for_selector(".preview")
            yield "library-article"
            page.locator(".add > button, .add .label-wrap").first.click()
            page.wait_for_timeout(400)
            page.evaluate("scrollTo(0, 0)")
            yield "library-add"
        if full and tab == "interview":
            yield from interview(visitor)


def interview(visitor: Visitor) -> Iterator[str]:
    """Hold a short interview, and leave it at its report."""
    page = visitor.page
    page.locator(".iv-settings .label-wrap").click()
    page.wait_for_timeout(300)
    yield "interview-settings"
    page.locator(".iv-choice label").first.click()
    page.locator(".iv-start").click()
    page.wait_for_selector(".turn.question")
    yield "interview-question"
    visitor.write(page.locator(".answer-box textarea"), "先说结论：它让训练更稳定，方差不随维度变化，梯度不会消失。")
    page.locator(".answer-box textarea").press("Control+Enter")
    page.wait_for_timeout(2500)
    yield "interview-answered"
    for _ in range(12):
        if page.locator(".iv-report-page").count():
            break
        page.keyboard.press("Alt+U")
        page.wait_for_timeout(700)
    page.wait_for_selector(".iv-report-page")
    page.evaluate("scrollTo(0, 0)")
    yield "interview-report"


def visit(browser: Browser, address: str, folder: Path, size: str, scheme: str, language: str, filled: str) -> None:
    """Take the pictures of one combination, and their sheet."""
    width, height = SIZES[size]
    visitor = Visitor(browser, address, color_scheme=scheme, viewport={"width": width, "height": height})
    visitor.page.wait_for_selector(".status .line:not(:has(.now))", timeout=180_000)
    if language != "zh":
        visitor.page.locator(".language label", has_text=LOCALES[language]).click()
        visitor.page.wait_for_selector(f".brand[lang={language}]")
        visitor.page.wait_for_timeout(800)
    name, shots = f"{size}-{scheme}-{language}-{filled}", []
    for shown in pictures(visitor, full=filled == "full"):
        visitor.page.wait_for_timeout(400)
        shots.append(folder / f"{name}-{shown}.png")
        visitor.page.screenshot(path=shots[-1])
        sideways = visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if sideways > 0:
            print(f"{name} {shown}: {sideways} px wider than the window")
    visitor.context.close()
    sheet(shots, folder / f"sheet-{name}.png", width, height)


def sheet(shots: list[Path], target: Path, width: int, height: int) -> None:
    """Put pictures side by side."""
    columns = SHEET if width > height else 2 * SHEET
    rows = -(-len(shots) // columns)
    whole = Image.new("RGB", (columns * (width + 20), rows * (height + 20)), "#888")
    for at, shot in enumerate(shots):
        with Image.open(shot) as picture:
            whole.paste(picture, (at % columns * (width + 20), at // columns * (height + 20)))
    whole.save(target)


def main() -> None:
    """Fill a home and leave one empty, serve both, take the pictures."""
    parser = argparse.ArgumentParser(description="Pictures of every tab.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="part of SIZE-SCHEME-LANGUAGE")
    parser.add_argument("--filled", choices=["empty", "full"], action="append")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    program = next(filter(None, map(shutil.which, NAMES)))
    for filled in arguments.filled or ["empty", "full"]:
        with tempfile.TemporaryDirectory() as home, sync_playwright() as driver:
            corpus = ROOT / "corpus" if filled == "full" else Path(home) / "corpus"
            corpus.mkdir(exist_ok=True)
            if filled == "full":
                fill(home)
            port = free_port()
            flags = ["--home", home, "--corpus", str(corpus), "--port", str(port), "--model", "none"]
            browser = driver.chromium.launch(executable_path=program, args=FLAGS)
            with closing(started([sys.executable, "app.py", *flags], port, Path(home) / "log")) as serving:
                address = next(serving)
                for size, scheme, language in product(SIZES, SCHEMES, LOCALES):
                    if arguments.only in f"{size}-{scheme}-{language}":
                        visit(browser, address, arguments.folder, size, scheme, language, filled)
            browser.close()


if __name__ == "__main__":
    main()
