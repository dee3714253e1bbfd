"""The working paper of a check in a real browser: scripts run, filters work, frames lie on the printed figures."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from yusuan.check.render import message
from yusuan.finding import CellRef, Finding, Report
from yusuan.forms import Standard
from yusuan.publish.evidence import write_evidence
from yusuan.read.grid import Material
from yusuan.read.opening import Opened
from yusuan.sheet import Disclosure, Source
from yusuan.standard import load_standard

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

PROBE = """<script>
const root = document.documentElement;
root.setAttribute('data-watched', 'yes');
addEventListener('error', e => root.setAttribute('data-error', e.message));
addEventListener('load', () => setTimeout(() => {
  for (const g of document.querySelectorAll('.entry:first-of-type .strip g.frame')) {
    const box = g.querySelector('.line').getBoundingClientRect(), svg = g.closest('svg');
    const all = svg.getBoundingClientRect(), view = svg.viewBox.baseVal;
    const x = view.x + (box.left - all.left) * view.width / all.width;
    const y = view.y + (box.top - all.top) * view.height / all.height;
    const line = document.createElement('p');
    line.className = 'probe';
    const wide = box.width * view.width / all.width, high = box.height * view.height / all.height;
    line.textContent = [x, y, x + wide, y + high].join(' ');
    document.body.append(line);
  }
  const word = document.getElementById('words');
  word.value = '\\u5c45\\u4f4f';
  word.form.requestSubmit();
  root.setAttribute('data-kept', [...document.querySelectorAll('.entry:not([hidden])')].map(e => e.id).join(' '));
  root.setAttribute('data-wide', root.scrollWidth - root.clientWidth);
}, 300));
</script>"""
BOXES = [(300.0, 120.0, 340.0, 130.0), (300.0, 180.0, 340.0, 190.0)]


@pytest.fixture(scope="module", params=["1280,900", "390,844"])
def dom(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The paper on a picture with two dark boxes, after its scripts have run, at the width of a desk and of a phone."""
    folder = tmp_path_factory.mktemp("evidence")
    scan = Image.new("RGB", (1240, 1754), "white")
    for box in BOXES:
        ImageDraw.Draw(scan).rectangle([side * 150 / 72 for side in box], fill="black")
    scan.save(folder / "scan.png")
    cells = [
        CellRef("01", "收支总表", "", "合计", ("金额",), text, amount, Source("scan.png", 1, box))
        for (text, amount), box in zip((("5.00", 5_000_000), ("6.00", 6_000_000)), BOXES)
    ]
    findings = (
        Finding("relation_row_sum", "error", "fails", tuple(cells), {}, 6_000_000, 5_000_000, terms=(1, -1), form="01"),
        Finding(
            "year_unsaid", "info", "cannot_tell", (CellRef("02", "居住表", "", "", (), "", None, None),), form="02"
        ),
    )
    disclosure = Disclosure("scan.png", "", None, 2026, "budget", "unit", None, ())
    standard: Standard = load_standard("hunan/2025")
    material = Material("scan.png", "image", [], [(595.2, 841.92)])
    opened = Opened(disclosure, standard, None, (material,), (folder / "scan.png",))
    page = folder / "page.html"

    def words(finding: Finding, lang: str) -> str:
        return message(finding, lang)

    def no_pdf(path: Path, page: int, dpi: int) -> Image.Image:
        raise AssertionError("no PDF is here")

    write_evidence(opened, Report("scan.png", "", findings, {}, None), page, message=words, picture=no_pdf)
    html = page.read_text(encoding="utf-8")
    # The probe is no part of the paper, whose policy would not run it.
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    page.write_text(html.replace("<head>", "<head>" + PROBE, 1), encoding="utf-8")
    return dumped(page, folder, request.param)


def dumped(page: Path, folder: Path, size: str) -> str:
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
        f"--window-size={size}", "--virtual-time-budget=5000", "--enable-logging=stderr", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    told = [line for line in done.stderr.splitlines() if "CONSOLE" in line and ("rror" in line or "Refused" in line)]
    assert not told
    return done.stdout


def test_no_script_error(dom: str) -> None:
    assert re.search(r"<html[^>]*data-watched", dom), "errors would go unseen"
    assert re.search(r"<html[^>]*data-error", dom) is None


def test_frames_lie_on_what_is_printed(dom: str) -> None:
    """Where the browser draws a frame, in points of the page: around the box, by less than a line's height."""
    drawn = [[float(v) for v in line.split()] for line in re.findall(r'<p class="probe">([^<]*)</p>', dom)]
    assert len(drawn) == len(BOXES)
    for (left, top, right, foot), box in zip(drawn, BOXES):
        assert box[0] - 5 < left <= box[0] + 0.5
        assert box[1] - 5 < top <= box[1] + 0.5
        assert box[2] - 0.5 <= right < box[2] + 5
        assert box[3] - 0.5 <= foot < box[3] + 5


def test_words_filter_the_entries(dom: str) -> None:
    kept = re.search(r'data-kept="([^"]*)"', dom)
    assert kept is not None
    assert kept[1] == "f2"


def test_the_page_itself_never_scrolls_sideways(dom: str) -> None:
    wide = re.search(r'data-wide="([^"]*)"', dom)
    assert wide is not None
    assert int(wide[1]) <= 0


def test_the_policy_lets_its_own_script_run(tmp_path: Path) -> None:
    """With its policy in force, the paper's script shows the filter, which stays hidden without it."""
    finding = Finding("year_unsaid", "info", "cannot_tell")
    disclosure = Disclosure("a.txt", "", None, 2026, "budget", "unit", None, ())
    page = tmp_path / "page.html"
    opened = Opened(disclosure, load_standard("hunan/2025"))
    write_evidence(
        opened, Report("a.txt", "", (finding,), {}, None), page,
        message=lambda f, _: f.rule, picture=lambda *_: Image.new("L", (1, 1)),
    )  # fmt: skip
    assert '<form class="filter" hidden' in page.read_text(encoding="utf-8")
    form = re.search(r'<form class="filter"[^>]*>', dumped(page, tmp_path, "1280,900"))
    assert form is not None
    assert "hidden" not in form[0]
