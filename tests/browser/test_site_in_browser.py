"""The site in a real browser, opened from a disk: no script error, no barrier, nothing wider than a phone."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("axe_playwright_python.sync_playwright")

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from test_site import FOLDER, rows, site

from yusuan.publish.site.index import index_files

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

PAGES = {
    "agency": FOLDER + "index.html",
    "agency_en": FOLDER + "index.en.html",
    "statement": FOLDER + "form-01.html",
    "grid": FOLDER + "form-09.html",
    "targets": FOLDER + "form-22.html",
    "explanation": FOLDER + "explanation.html",
    "index": "index.html",
    "index_en": "index.en.html",
}
WIDTHS = (1280, 390, 360)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    for path, data in site().items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(data)
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as player:
        opened = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose script errors and refused contents fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda told: wrong.append(told.text) if told.type in ("error", "warning") else None)
    yield opened
    context.close()
    assert not wrong


def settled(page: Page, folder: Path, name: str) -> None:
    """Open a page and wait until its scripts have done their work."""
    page.goto((folder / PAGES[name]).as_uri())
    if name.startswith("agency"):
        page.locator("#flow").scroll_into_view_if_needed()
        page.wait_for_selector("html[data-drawn]")
    if name.startswith("index"):
        page.wait_for_selector("html[data-ready]")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", PAGES)
def test_no_barrier(page: Page, folder: Path, name: str, dark: bool) -> None:
    page.emulate_media(color_scheme="dark" if dark else "light")
    settled(page, folder, name)
    if name == "grid":
        page.locator(".figure").first.click()
        page.wait_for_selector("dialog[open]")
    if name.startswith("index"):
        for number in range(2):
            page.locator(".pick input").nth(number).check()
        page.locator("#tray-go").click()
        page.wait_for_selector("#compared table")
    found = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response["violations"]
    assert not [(each["id"], each["nodes"][0]["html"]) for each in found]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_screen(page: Page, folder: Path, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    settled(page, folder, name)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    if name.startswith("agency"):
        outside = page.evaluate("""() => {
            const frame = document.getElementById('flow').getBoundingClientRect();
            return [...document.querySelectorAll('#flow text')].filter((text) => {
                const box = text.getBoundingClientRect();
                return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1
                    || box.top < frame.top - 1 || box.bottom > frame.bottom + 1);
            }).map((text) => text.textContent);
        }""")
        assert not outside
        assert page.locator("#flow text").count()


def test_a_figure_tells_where_it_comes_from(page: Page, folder: Path) -> None:
    settled(page, folder, "grid")
    page.locator(".figure").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] h2")
    text = page.locator("dialog").inner_text()
    for wanted in ("这个数字是", "收支类别", "参与的勾稽关系"):
        assert wanted in text
    page.keyboard.press("Escape")
    assert not page.locator("dialog[open]").count()


def test_a_link_of_a_derivation_leads_to_the_same_figure(page: Page, folder: Path) -> None:
    page.goto((folder / FOLDER / "form-03.html").as_uri())
    page.locator(".figure").first.click()
    link = page.locator("dialog .sum a[href*='form-']").first
    printed = page.locator("dialog .sum .n").first.inner_text()
    link.click()
    page.wait_for_url("**#p*")
    target = page.evaluate("document.querySelector(location.hash).textContent.trim()")
    assert float(target) == float(printed.replace(",", ""))


def test_forms_are_searched(page: Page, folder: Path) -> None:
    settled(page, folder, "agency")
    page.locator("#query").fill("科学技术支出")
    page.wait_for_selector("#results a")
    page.locator("#query").fill("437.79")
    expect(page.locator("#results b").first).to_have_text("437.79")
    page.locator("#results a").first.click()
    page.wait_for_selector("td:target")


def test_the_index_searches_sorts_and_compares(page: Page, tmp_path: Path) -> None:
    for path, data in index_files(rows(900), shared=True):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    page.goto((tmp_path / "index.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    page.locator("#list thead button").nth(3).click()
    assert page.locator("#list tbody th").first.inner_text().startswith("单位899")
    page.locator("#query").fill("单位77")
    expect(page.locator("#list tbody tr")).to_have_count(11)
    page.locator(".pick input").first.check()
    page.locator("#query").fill("00003")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.locator(".pick input").first.check()
    page.locator("#tray-go").click()
    page.wait_for_selector("#compared table")
    assert "单位779" in page.locator("#compared thead").inner_text()
    assert "3.00" in page.locator("#compared").inner_text()
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("#compared table")


def test_theme_is_kept(page: Page, folder: Path) -> None:
    settled(page, folder, "index")
    page.locator("#theme").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_without_a_script_all_figures_are_there(browser: Browser, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / FOLDER / "index.html").as_uri())
    assert "437.79" in page.locator("main").inner_text()
    page.locator("summary").first.click()
    assert page.locator("details[open] table").first.is_visible()
    page.goto((folder / FOLDER / "form-01.html").as_uri())
    assert page.locator("td", has_text="437.79").first.is_visible()
    context.close()
