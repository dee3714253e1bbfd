"""The bundled example published in every form people use, read back, compared cell by cell.

    python benchmarks/renderings.py FOLDER [--scan]

The example is compiled to a workbook; LibreOffice makes PDF, XLS and HTML of it, Chromium another PDF of the HTML,
its tables are put into a Word document, and a scan is drawn from a PDF: 200 dots per inch, turned by half a degree,
with noise. Programs that are not
installed are told and left out. A figure is right when the same form, row and column hold the same amount.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

from yusuan.read.formats.pdf import page_picture
from yusuan.read.grid import Grid
from yusuan.read.opening import open_source
from yusuan.sheet import Disclosure
from yusuan.words import InputError

PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = f"""<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels"
 ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml"
 ContentType="{MAIN}"/></Types>"""
LINKS = f"""<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}"
 Target="word/document.xml"/></Relationships>"""

DPI, TURN, NOISE = 200, 0.5, 14.0


def figures(disclosure: Disclosure) -> dict[tuple[object, ...], int]:
    """(form, row, column) → 分 of every printed figure; rows by code and name, repeated ones by their order."""
    found: dict[tuple[object, ...], int] = {}
    for sheet in disclosure.sheets:
        for (r, c), cell in sorted(sheet.cells.items()):
            if cell.amount is None:
                continue
            row = sheet.rows[r]
            label = row.labels[c] if row.role == "statement" and c < len(row.labels) else row.name
            key = (sheet.form, row.code, label, sheet.columns[c].labels, c)
            order = 0
            while (*key, order) in found:
                order += 1
            found[*key, order] = cell.amount
    return found


def office(kind: str, source: Path, folder: Path) -> Path | None:
    """The source as LibreOffice converts it."""
    program = shutil.which("soffice")
    if program is None:
        return None
    profile = folder / "profile"
    subprocess.run(
        [program, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", kind, "--outdir",
         str(folder), str(source)], check=False, capture_output=True, timeout=300,
    )  # fmt: skip
    made = folder / f"{source.stem}.{kind.partition(':')[0]}"
    return made if made.exists() else None


def chromium(source: Path, folder: Path) -> Path | None:
    """The source as Chromium prints it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        return None
    made = folder / "chromium.pdf"
    subprocess.run(
        [program, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={made}",
         source.as_uri()], check=False, capture_output=True, timeout=300,
    )  # fmt: skip
    return made if made.exists() else None


def word(grids: list[Grid], folder: Path) -> Path:
    """The worksheets as a Word document: a table each, merged cells merged."""
    body = []
    for grid in grids:
        width = max((c + cell.span[1] for row in grid.rows for c, cell in row.cells.items()), default=1)
        under: dict[int, tuple[int, int]] = {}
        rows = []
        for row in grid.rows:
            cells, c = [], 0
            while c < width:
                cell = row.cells.get(c)
                left, span = under.get(c, (0, 1))
                if cell is None and left:
                    merge, text, under[c] = "<w:vMerge/>", "", (left - 1, span)
                else:
                    down, span = cell.span if cell else (1, 1)
                    merge = '<w:vMerge w:val="restart"/>' if down > 1 else ""
                    text, under[c] = escape(cell.text) if cell else "", (down - 1, span)
                properties = f'<w:tcPr><w:gridSpan w:val="{span}"/>{merge}</w:tcPr>'
                cells.append(f'<w:tc>{properties}<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p></w:tc>')
                c += span
            rows.append(f"<w:tr>{''.join(cells)}</w:tr>")
        columns = "<w:gridCol/>" * width
        body.append(f"<w:tbl><w:tblPr/><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl><w:p/>")
    path = folder / "forms.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("[Content_Types].xml", TYPES), ("_rels/.rels", LINKS),
            ("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{"".join(body)}</w:body></w:document>'),
        ):  # fmt: skip
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return path


def scan(source: Path, pages: int, folder: Path) -> Path:
    """A scan of a PDF: every page a picture, turned and with noise."""
    chance = np.random.default_rng(1)
    made = []
    for page in range(1, pages + 1):
        picture = page_picture(source, page, DPI).convert("L")
        turned = picture.rotate(TURN, Image.Resampling.BICUBIC, fillcolor=255)
        noisy = np.asarray(turned, np.float32) + chance.normal(0, NOISE, (turned.height, turned.width))
        made.append(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)))
    path = folder / "scan.pdf"
    made[0].save(path, save_all=True, append_images=made[1:], resolution=DPI, quality=60)
    return path


def renderings(workbook: Path, folder: Path) -> Iterator[tuple[str, Path | None]]:
    """Every form in which the example is read back."""
    yield "XLSX", workbook
    yield "PDF (LibreOffice)", office("pdf", workbook, folder)
    yield "XLS", office("xls", workbook, folder)
    html = office("html", workbook, folder)
    yield "HTML (LibreOffice)", html
    yield "PDF (Chromium)", chromium(html, folder) if html is not None else None
    yield "DOCX", word(open_source(workbook).materials[0].grids, folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scan", action="store_true", help="also read a scan (minutes)")
    options = parser.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "yusuan", "demo", "-o", str(folder / "demo")], check=True,
                   capture_output=True)  # fmt: skip
    workbook = folder / "demo" / "forms.xlsx"
    truth = figures(open_source(workbook).disclosure)
    made = list(renderings(workbook, folder))
    if options.scan and (pdf := dict(made)["PDF (LibreOffice)"]) is not None:
        pages = len(open_source(pdf).materials[0].pages)
        made.append(("scan", scan(pdf, pages, folder)))
    for name, path in made:
        if path is None:
            print(f"{name:20} not made here")
            continue
        try:
            opened = open_source(path)
        except InputError as error:
            print(f"{name:20} {error}")
            continue
        read = figures(opened.disclosure)
        right = sum(read.get(key) == amount for key, amount in truth.items())
        more = len(set(read) - set(truth))
        told = f"{opened.disclosure.standard or '-':12} forms {len(opened.disclosure.sheets):3}"
        print(f"{name:20} {told}  right {right}/{len(truth)} ({100 * right / len(truth):.1f} %), others {more}")
        if right < len(truth):
            missing = [(key, amount, read.get(key)) for key, amount in truth.items() if read.get(key) != amount]
            for key, amount, other in missing[:5]:
                print("    ", key[0], key[1], key[2], "/".join(map(str, key[3])), amount, other)  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    sys.exit(main())
