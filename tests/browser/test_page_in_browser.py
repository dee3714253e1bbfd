"""The page of a checked disclosure in a real browser: scripts run without error, every form and every link is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from yusuan.cli import main

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

WATCH = """<script>
const page = document.documentElement;
page.setAttribute('data-watched', 'yes');
window.addEventListener('error', e => page.setAttribute('data-error', e.message));
window.addEventListener('unhandledrejection', e => page.setAttribute('data-error', e.reason));
</script>"""


@pytest.fixture(scope="module", params=["zh", "en"])
def dom(request: pytest.FixtureRequest, example_file: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The document after its scripts have run, script errors kept as an attribute."""
    folder = tmp_path_factory.mktemp("page")
    source, page = folder / "wrong.txt", folder / "page.html"
    text = example_file.read_text(encoding="utf-8")
    source.write_text(text.replace("收入总计\t437.79", "收入总计\t437.97"), encoding="utf-8")
    assert main(["check", str(source), "--format", "html", "-o", str(page), "--lang", request.param]) == 1
    html = page.read_text(encoding="utf-8")
    page.write_text(html.replace("<head>", "<head>" + WATCH, 1), encoding="utf-8")
    assert WATCH in page.read_text(encoding="utf-8")
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
        "--virtual-time-budget=5000", "--enable-logging=stderr", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line and ("rror" in line or "Refused" in line)]
    assert not console
    return done.stdout


def test_no_script_error(dom: str) -> None:
    assert re.search(r"<html[^>]*data-watched", dom), "errors would go unseen"
    assert re.search(r"<html[^>]*data-error", dom) is None


def test_every_form_is_on_the_page(dom: str) -> None:
    shown = set(re.findall(r"预算(\d\d)表", dom))
    assert {f"{number:02d}" for number in range(1, 24)} <= shown
    assert dom.count("<table") >= 23


def test_every_link_leads_somewhere(dom: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', dom)
    assert len(ids) == len(set(ids))
    targets = set(re.findall(r'href="#([^"]+)"', dom))
    assert targets
    assert targets <= set(ids)


def test_the_wrong_figure_is_linked(dom: str) -> None:
    """A finding leads to the cell that prints the wrong figure, and the cell back to the finding."""
    cell = re.search(r'<td[^>]*\sid="([^"]+)"[^>]*>((?:(?!</td>).)*)437\.97</td>', dom)
    assert cell is not None
    assert f'href="#{cell[1]}"' in dom
    assert 'class="mark error"' in cell[2]
