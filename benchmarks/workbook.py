"""Time of the 23-form workbook against XlsxWriter alone writing the same cells, merges and styles.

Run: ``python benchmarks/workbook.py``. The calls of one run are recorded and replayed on the bare library.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit"))
from publish_example import example

from yusuan.publish import workbook

SHEET_CALLS = (
    "set_column", "set_row", "write_string", "write_number", "write_blank", "write_url", "merge_range", "print_area",
    "repeat_rows", "freeze_panes", "set_footer", "set_paper", "set_landscape", "fit_to_pages", "set_margins",
    "center_horizontally", "hide_gridlines",
)  # fmt: skip
BOOK_CALLS = ("add_format", "add_worksheet", "set_properties")
ROUNDS = 40


class Recorder:
    """Stands where the library stands and notes every call; sheets and formats are noted by their number."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, str, tuple[Any, ...], dict[str, Any]]] = []
        self.sheets = 0
        self.formats = 0

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def note(self, sheet: int, name: str, args: tuple[Any, ...], settings: dict[str, Any]) -> Any:
        self.calls.append((sheet, name, args, settings))
        if name == "add_worksheet":
            self.sheets += 1
            return Noted(self, self.sheets - 1, SHEET_CALLS)
        if name == "add_format":
            self.formats += 1
            return ("format", self.formats - 1)
        return None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        assert name in BOOK_CALLS, name
        return lambda *args, **settings: self.note(-1, name, args, settings)


class Noted:
    """A worksheet that is only noted."""

    def __init__(self, recorder: Recorder, number: int, known: tuple[str, ...]) -> None:
        self.recorder, self.number, self.known = recorder, number, known

    def __getattr__(self, name: str) -> Callable[..., Any]:
        assert name in self.known, name
        return lambda *args, **settings: self.recorder.note(self.number, name, args, settings)


def recorded() -> Recorder:
    """The calls that the example needs."""
    recorder = Recorder()
    real = xlsxwriter.Workbook
    xlsxwriter.Workbook = lambda *_: recorder
    try:
        workbook.workbook_bytes(*example())
    finally:
        xlsxwriter.Workbook = real
    return recorder


def replay(recorder: Recorder) -> bytes:
    """The same calls on the bare library."""
    target = BytesIO()
    sheets: list[Worksheet] = []
    formats: list[Format] = []
    with xlsxwriter.Workbook(target, workbook.OPTIONS) as file:
        for sheet, name, args, settings in recorder.calls:
            if args and type(args[-1]) is tuple and args[-1][0] == "format":
                args = (*args[:-1], formats[args[-1][1]])
            made = getattr(sheets[sheet] if sheet >= 0 else file, name)(*args, **settings)
            if name == "add_worksheet":
                sheets.append(made)
            elif name == "add_format":
                formats.append(made)
    return target.getvalue()


def main() -> None:
    disclosure, standard = example()
    recorder = recorded()
    if replay(recorder) != workbook.workbook_bytes(disclosure, standard):
        sys.exit("the replay does not give the same workbook")
    ours, bare = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        workbook.workbook_bytes(disclosure, standard)
        between = time.perf_counter()
        replay(recorder)
        bare.append(time.perf_counter() - between)
        ours.append(between - start)
    mine, theirs = statistics.median(ours), statistics.median(bare)
    print(f"{len(recorder.calls)} calls: ours {1000 * mine:.1f} ms, XlsxWriter alone {1000 * theirs:.1f} ms")
    print(f"ratio {mine / theirs:.2f}")


if __name__ == "__main__":
    main()
