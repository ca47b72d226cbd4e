"""axe-core finds nothing serious on any tab, light and dark, wide and narrow, in both languages."""

import json
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.browser

AXE = "axe-core@4.14.1"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="session")
def axe(tmp_path_factory):
    """The text of axe-core, which npm brings."""
    npm = shutil.which("npm")
    if not npm:
        pytest.skip("no npm here, which brings axe-core")
    folder = tmp_path_factory.mktemp("axe")
    command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), AXE]
    installed = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=folder)
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if installed.returncode or not script.is_file():
        pytest.skip(f"npm could not bring {AXE}: {installed.stderr.strip()[-200:]}")
    return script.read_text(encoding="utf-8")


def serious(page, axe):
    """What axe finds, as lines that name the rule and the element."""
    page.wait_for_timeout(500)  # colours fade in
    page.evaluate(f"() => {{ if (!window.axe) {{ {axe} }} }}")
    options = json.dumps({"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]})
    found = page.evaluate(f"() => axe.run(document, {options})")
    return [
        f"{violation['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
        # What lies half under the composer, which sticks to the window's edge, comes out by scrolling.
        if not (violation["id"] == "target-size" and "partially obscured" in node["failureSummary"])
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["wide", "narrow"])
def test_nothing_serious_on_any_tab(visit, axe, scheme, size):
    visitor = visit(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    page, found = visitor.page, {}
    page.wait_for_selector(".status .now", state="detached", timeout=120_000)
    found["first"] = serious(page, axe)
    visitor.ask("什么是 LayerNorm？").locator(".answer .cite").last.click()
    visitor.ask("今天北京的天气怎么样？", number=2)
    found["chat"] = serious(page, axe)
    count = page.locator("[role=tab][data-tab-id]").count()
    for at in range(1, count):
        page.keyboard.press(f"Alt+{at + 1}")
        page.wait_for_timeout(1500)
        found[str(at)] = serious(page, axe)
        visitor.shot(f"axe-{scheme}-{size[0]}-{at}")
    assert count >= 4 and {name: lines for name, lines in found.items() if lines} == {}


def test_nothing_serious_in_what_opens(visit, axe):
    visitor = visit()
    page = visitor.page
    visitor.ask("LoRA 为什么能减少显存？")
    page.locator(".language label", has_text="English").click()
    page.wait_for_selector("text=Quoted from your articles")
    page.locator(".talk-row summary").first.click()
    assert serious(page, axe) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+e")
    assert serious(page, axe) == []
    page.keyboard.press("Escape")
    page.locator(".brand .name").click()
    page.keyboard.press("?")
    assert serious(page, axe) == []
    assert page.evaluate("document.documentElement.lang"), "a screen reader must know which language it reads"


def test_the_focus_goes_through_the_page_in_its_order(visit):
    visitor = visit()
    page, seen = visitor.page, []
    visitor.ask("LoRA 为什么能减少显存？")
    page.locator("[data-keys]").focus()
    while "box" not in seen and len(seen) < 60:
        seen.append(
            page.evaluate(
                """() => [["brand", ".brand"], ["tab", "[role=tab]"], ["new", ".new-talk"], ["find", ".find-talk *"],
                    ["talk", ".talk-open"], ["cite", ".answer .cite"], ["passage", ".passage .head"],
                    ["box", ".ask-box textarea"]].find(([_, part]) => document.activeElement.closest(part))?.[0]"""
            )
        )
        page.keyboard.press("Tab")
    order = [name for name in dict.fromkeys(seen) if name]
    assert order == ["brand", "tab", "new", "find", "talk", "cite", "passage", "box"]
