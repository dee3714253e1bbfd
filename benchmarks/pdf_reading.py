"""Tables of PDF beside other readers: milliseconds of processor a page on the same pages, and memory of a process.

    python3 -m venv .peers && .peers/bin/pip install . pdfplumber camelot-py
    .peers/bin/python benchmarks/pdf_reading.py [FOLDER] [--pages 200] [--rounds 3] [--camelot 20] [--memory 260]

FOLDER holds published disclosures (../shared/documents by default). Whole documents are drawn evenly from it until they
have --pages pages; the readers take turns on each, and a figure is the median of the rounds. A peer that is not
installed is left out. "checked" is everything: tables, explanation, meaning and findings (scans left out). "text" is
the bare text of a page through pypdfium2, the floor of any reader on it. camelot reads single pages of them. Memory is
the highest of a fresh process that reads one document of --memory pages, put together from pages of all documents (each
with fonts of its own, which is worse than any published document).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import logging
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pypdfium2

from yusuan.check.opened import check_opened
from yusuan.read.formats.pdf import read_pdf
from yusuan.read.opening import open_source


def ours(path: Path) -> int:
    return len(read_pdf(path).grids)


def checked(path: Path) -> int:
    opened = open_source(path)
    check_opened(opened.disclosure, opened.standard, opened.prose)
    return len(opened.disclosure.sheets)


def text(path: Path) -> int:
    document = pypdfium2.PdfDocument(path)
    try:
        return sum(bool(page.get_textpage().get_text_range()) for page in document)
    finally:
        document.close()


def pdfplumber(path: Path) -> int:
    import pdfplumber as peer

    with peer.open(path) as document:
        found = 0
        for page in document.pages:
            found += len(page.extract_tables())
            page.close()
        return found


def camelot(path: Path) -> int:
    import camelot as peer

    return len(peer.read_pdf(str(path), pages="all", flavor="lattice"))


READERS: dict[str, Callable[[Path], int]] = {
    "yusuan": ours,
    "checked": checked,
    "text": text,
    "pdfplumber": pdfplumber,
    "camelot": camelot,
}


def installed(name: str) -> bool:
    return name in ("yusuan", "checked", "text") or importlib.util.find_spec(name) is not None


def joined(sources: list[tuple[Path, int]], target: Path) -> Path:
    """A document of single pages (0-based) of others."""
    made = pypdfium2.PdfDocument.new()
    for path, page in sources:
        source = pypdfium2.PdfDocument(path)
        made.import_pages(source, [page])
        source.close()
    made.save(target)
    made.close()
    return target


def pages_of(folder: Path) -> dict[Path, int]:
    """Number of pages by document."""
    found = {}
    for path in sorted(folder.glob("*/*.pdf")):
        document = pypdfium2.PdfDocument(path)
        found[path] = len(document)
        document.close()
    return found


def drawn(folder: Path, count: int) -> list[tuple[Path, int]]:
    """Pages drawn evenly from all documents."""
    every = [(path, page) for path, pages in pages_of(folder).items() for page in range(pages)]
    step = max(len(every) / count, 1.0)
    return [every[int(i * step)] for i in range(min(count, len(every)))]


def whole(folder: Path, count: int) -> dict[Path, int]:
    """Documents drawn evenly, with their pages, until they have so many."""
    pages = pages_of(folder)
    order = sorted(pages, key=lambda path: hash_of(path.parent.name + path.name))
    found: dict[Path, int] = {}
    for path in order:
        if "scan" in path.stem:
            continue
        if sum(found.values()) >= count:
            break
        found[path] = pages[path]
    return found


def hash_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def timed(documents: dict[Path, int], names: list[str], rounds: int) -> dict[str, tuple[float, int]]:
    """Milliseconds a page and tables found, by reader."""
    spent: dict[str, list[float]] = {name: [] for name in names}
    found = dict.fromkeys(names, 0)
    for turn in range(rounds):
        seconds = dict.fromkeys(names, 0.0)
        for number, document in enumerate(documents):
            for name in names if (number + turn) % 2 else reversed(names):
                begin = time.process_time()
                tables = READERS[name](document)
                seconds[name] += time.process_time() - begin
                found[name] += tables if turn == 0 else 0
        for name in names:
            spent[name].append(1000 * seconds[name] / sum(documents.values()))
    return {name: (statistics.median(spent[name]), found[name]) for name in names}


def show(told: dict[str, tuple[float, int]], pages: int) -> None:
    print(f"{pages} pages")
    for name, (each, tables) in told.items():
        print(f"{name:12}{each:9.2f} ms a page {each / told['yusuan'][0]:8.2f} × yusuan {tables:5} tables")


def memory(name: str, document: Path) -> float:
    """MiB that a fresh process takes at most."""
    told = subprocess.run(
        [sys.executable, __file__, "--only", name, str(document)],
        check=True, capture_output=True, text=True, env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    return float(told.stdout.split()[-1])


def peak() -> float:
    """MiB of this process at most; what it inherited when it was started does not count, where the system tells."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("../shared/documents"))
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--camelot", type=int, default=20)
    parser.add_argument("--memory", type=int, default=260)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    if options.only:
        READERS[options.only](options.folder)
        print(peak())
        return
    names = [name for name in READERS if installed(name)]
    documents = whole(options.folder, options.pages)
    show(timed(documents, [name for name in names if name != "camelot"], options.rounds), sum(documents.values()))
    with tempfile.TemporaryDirectory() as place:
        if "camelot" in names and options.camelot:
            few = joined(drawn(options.folder, options.camelot), Path(place) / "few.pdf")
            show(timed({few: options.camelot}, ["yusuan", "camelot"], 1), options.camelot)
        if options.memory:
            long = joined(drawn(options.folder, options.memory), Path(place) / "long.pdf")
            for name in names:
                if name != "camelot":
                    print(f"{name:12}{memory(name, long):9.0f} MiB for {options.memory} pages")


if __name__ == "__main__":
    main()
