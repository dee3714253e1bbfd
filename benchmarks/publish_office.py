"""Time of DOCX and of XLSX with live sums, against the bare libraries writing the same cells.

Run: ``python benchmarks/publish_office.py``. XlsxWriter replays the recorded calls of one run; python-docx fills tables
of the same rows, columns, texts and merges through its own API, without widths, fonts or contents.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import docx
import xlsxwriter

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit"))
sys.path.insert(0, str(Path(__file__).parent))
from publish_example import example

import workbook as cells
from yusuan.publish.docx import docx_bytes
from yusuan.publish.layout import Layout, lay_out_all
from yusuan.publish.sums import formulas, sums_of
from yusuan.publish.workbook import workbook_bytes

ROUNDS = 15


def median(work: Callable[[], object]) -> float:
    """Median milliseconds of the work."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def bare_docx(layouts: tuple[Layout, ...]) -> bytes:
    """The forms as tables of python-docx and nothing else."""
    document = docx.Document()
    for layout in layouts:
        document.add_heading(layout.title, 2)
        first = layout.head.start
        table = document.add_table(layout.body.stop - first, len(layout.roles))
        grid = [row.cells for row in table.rows]
        for box in layout.boxes:
            if first <= box.row < layout.body.stop:
                cell = grid[box.row - first][box.column]
                if box.width > 1 or box.height > 1:
                    cell = cell.merge(grid[box.row - first + box.height - 1][box.column + box.width - 1])
                cell.text = box.text
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def recorded() -> cells.Recorder:
    """The calls that the workbook with live sums needs."""
    recorder = cells.Recorder()
    real = xlsxwriter.Workbook
    cells.SHEET_CALLS = (*cells.SHEET_CALLS, "write_formula")
    xlsxwriter.Workbook = lambda *_: recorder
    try:
        workbook_bytes(*example(), formulas=True)
    finally:
        xlsxwriter.Workbook = real
    for i, (sheet, name, args, settings) in enumerate(recorder.calls):
        if name == "write_formula":
            recorder.calls[i] = (sheet, name, args[:4], {**settings, "value": args[4]})
    return recorder


def main() -> None:
    disclosure, standard = example()
    layouts = lay_out_all(disclosure, standard)
    live = sum(len(formulas(layout, sums)) for layout, sums in zip(layouts, sums_of(disclosure, standard)))
    amounts = sum(cell.amount is not None for sheet in disclosure.sheets for cell in sheet.cells.values())
    print(f"{live} of {amounts} figures are live sums")
    ours, bare = median(lambda: docx_bytes(disclosure, standard, None)), median(lambda: bare_docx(layouts))
    print(f"DOCX: ours {ours:.1f} ms, python-docx alone {bare:.1f} ms, ratio {ours / bare:.2f}")
    recorder = recorded()
    if cells.replay(recorder) != workbook_bytes(disclosure, standard, formulas=True):
        sys.exit("the replay does not give the same workbook")
    ours, bare = (
        median(lambda: workbook_bytes(disclosure, standard, formulas=True)),
        median(lambda: cells.replay(recorder)),
    )
    plain = median(lambda: workbook_bytes(disclosure, standard))
    print(f"XLSX with sums: ours {ours:.1f} ms, XlsxWriter alone {bare:.1f} ms, ratio {ours / bare:.2f}")
    print(f"XLSX without sums: {plain:.1f} ms")


if __name__ == "__main__":
    main()
