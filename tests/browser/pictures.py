"""Takes the pictures of the documentation: `python -m tests.browser.pictures [docs/images]`, over the real corpus."""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS, NAMES, ROOT, Visitor, free_port, started
from tests.browser.gallery import fill

QUESTION = "为什么注意力要除以 √d_k？"
FOLLOW = "BatchNorm 和 LayerNorm 有什么区别？"
OFF = "今天北京的天气怎么样？"


def take(browser: Browser, address: str, folder: Path) -> None:
    """The first page, chat in light and dark and on a phone, an abstention, and the other tabs."""
    wide = Visitor(browser, address)
    wide.page.wait_for_selector(".welcome .pick", timeout=120_000)
    wide.page.wait_for_selector(".status .line:not(:has(.now))", timeout=120_000)
    wide.page.screenshot(path=folder / "welcome.png")
    wide.ask(FOLLOW).locator(".answer .cite").last.click()
    wide.page.wait_for_timeout(600)
    wide.page.screenshot(path=folder / "chat.png")
    wide.ask(OFF, number=2)
    wide.page.wait_for_timeout(600)
    wide.page.screenshot(path=folder / "abstained.png")
    wide.page.locator('[role="tab"][data-tab-id="interview"]').click()
    wide.page.wait_for_timeout(2500)
    wide.page.screenshot(path=folder / "interview.png")
    wide.page.get_by_role("tab", name="练习").click()
    wide.page.wait_for_timeout(2500)
    wide.page.screenshot(path=folder / "practice.png")
    wide.page.get_by_role("tab", name="资料库").click()
    wide.page.locator(".articles tbody button").nth(2).click()
    wide.page.wait_for_selector(".preview")
    wide.page.mouse.move(1, 1)
    wide.page.evaluate("scrollTo(0, 0)")
    wide.page.wait_for_timeout(400)
    wide.page.screenshot(path=folder / "library.png")
    wide.page.get_by_role("tab", name="设置").click()
    wide.page.wait_for_selector(".rates", timeout=300_000)
    wide.page.get_by_role("button", name="开始测").click()
    wide.page.wait_for_selector("svg.report", timeout=600_000)
    wide.page.wait_for_timeout(400)
    wide.page.screenshot(path=folder / "settings.png")
    dark = Visitor(browser, address, color_scheme="dark", viewport={"width": 1024, "height": 768})
    dark.ask(QUESTION).locator(".answer .cite").first.click()
    dark.page.wait_for_timeout(600)
    dark.page.screenshot(path=folder / "dark.png")
    phone = Visitor(browser, address, viewport={"width": 390, "height": 844})
    phone.ask(QUESTION)
    phone.page.wait_for_timeout(600)
    phone.page.screenshot(path=folder / "phone.png")


def main() -> None:
    """Fill a home, serve the page, take the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as driver:
        fill(home)
        port = free_port()
        command = [sys.executable, "app.py", "--home", home, "--port", str(port), "--model", "none"]
        program = next(filter(None, map(shutil.which, NAMES)))
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        serving = started(command, port, Path(home) / "log")
        take(browser, next(serving), folder)
        serving.close()
        browser.close()


if __name__ == "__main__":
    main()
