"""Is every figure of a document read? Figures of the text layer inside tables against the cells of what was read.

    python benchmarks/reading_truth.py [FOLDER or PDF …] [--list] [--relations]

The text layer is asked anew, character by character, apart from the reader. A figure is a word of digits with a
decimal point or with commas of thousands. It counts as read when exactly one cell of exactly one table holds it where
it is printed and with the same text (a figure that a line end cuts in two counts by its pieces). ``--list`` prints
every figure that is not; ``--relations`` counts tables, cells and relations instead, and prints what fails. Exits with
status 1 when less than 99 % of the figures in tables of amounts are read.
"""

from __future__ import annotations

import argparse
import ctypes
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2
import pypdfium2.raw as raw

from yusuan.agreements import disclosure_relations
from yusuan.amount import FEN, fold
from yusuan.figures import Figures
from yusuan.read.opening import Opened, open_source
from yusuan.sheet import Cell, Source
from yusuan.tested import regimes_of, test_relations
from yusuan.words import InputError

LEAST = 0.99

FIGURE = re.compile(r"[(（△-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)[)）]?")
FINE = 20
"""Parts of a point to which places are asked."""


Letter = tuple[str, float, float, float, float]
"""A character with left, right, bottom and top of its box in the coordinates of the page's content."""


@dataclass(frozen=True)
class Word:
    """A run of characters without blanks: text, page (1-based), middle of its box in points from the upper left."""

    text: str
    page: int
    x: float
    y: float


@dataclass
class Told:
    """What became of the figures of one document."""

    name: str
    inside: int = 0
    read: int = 0
    lost: list[tuple[Word, str]] = field(default_factory=list)
    outside: int = 0
    """Figures inside frames that were read as no table of amounts (targets in words, lists)."""


def words_of(path: Path) -> Iterator[Word]:
    """The words of the text layer, page by page."""
    document = pypdfium2.PdfDocument(path)
    try:
        for number in range(len(document)):
            page = document[number]
            text = page.get_textpage()
            yield from _words(text.raw, page.raw, number + 1)
            text.close()
            page.close()
    finally:
        document.close()


def _words(text: object, shown: object, page: int) -> Iterator[Word]:
    sides = [ctypes.c_double() for _ in range(4)]
    letters: list[Letter] = []
    for index in range(raw.FPDFText_CountChars(text)):
        letter = chr(raw.FPDFText_GetUnicode(text, index))
        if letter == " " and raw.FPDFText_IsGenerated(text, index) == 1:
            continue
        raw.FPDFText_GetCharBox(text, index, *sides)
        left, right, bottom, top = (side.value for side in sides)
        broken = letter.isspace() or not letter.isprintable()
        if letters and (broken or not _near(letters[-1], (letter, left, right, bottom, top))):
            yield _word(letters, shown, page)
            letters = []
        if not broken:
            letters.append((letter, left, right, bottom, top))
    if letters:
        yield _word(letters, shown, page)


def _near(last: Letter, next_: Letter) -> bool:
    """Whether a character goes on the word of the one before it; the library's own blanks are not asked, since it puts
    one before every narrow figure 1."""
    size = max(*(b - a for x in (last, next_) for a, b in ((x[1], x[2]), (x[3], x[4]))), 3.0)
    across = max(next_[1] - last[2], last[1] - next_[2], 0.0)
    along = max(next_[3] - last[4], last[3] - next_[4], 0.0)
    return across + along < (0.85 if next_[0] == "1" and last[0] in ",." else 0.6) * size


def _word(letters: Sequence[Letter], shown: object, page: int) -> Word:
    x = (letters[0][1] + letters[-1][2]) / 2
    y = (min(letter[3] for letter in letters) + max(letter[4] for letter in letters)) / 2
    wide, high = round(raw.FPDF_GetPageWidthF(shown) * FINE), round(raw.FPDF_GetPageHeightF(shown) * FINE)
    right, down = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(shown, 0, 0, wide, high, 0, x, y, right, down)
    return Word("".join(letter[0] for letter in letters), page, right.value / FINE, down.value / FINE)


def holds(source: Source | None, word: Word) -> bool:
    """Whether a word stands in a place of a document."""
    if source is None or source.page != word.page or source.box is None:
        return False
    left, top, right, bottom = source.box
    return left - 1 <= word.x <= right + 1 and top - 1 <= word.y <= bottom + 1


def examined(path: Path) -> Told:
    """What became of the figures of one PDF."""
    opened = open_source(path)
    told = Told("/".join(path.parts[-2:]))
    by_page: dict[int, list[tuple[Cell, int]]] = defaultdict(list)
    for number, sheet in enumerate(opened.disclosure.sheets):
        for cell in (*sheet.cells.values(), *sheet.words.values()):
            if cell.source is not None and cell.source.page is not None:
                by_page[cell.source.page].append((cell, number))
    tables = _tables(opened)
    for word in words_of(path):
        if not FIGURE.fullmatch(word.text):
            continue
        frames = [money for source, money in tables if holds(source, word)]
        if not frames:
            continue
        found = [(cell, number) for cell, number in by_page[word.page] if holds(cell.source, word)]
        same = [cell for cell, _ in found if _same(cell.text, word.text)]
        if not any(frames) and not same:
            told.outside += 1
            continue
        told.inside += 1
        if len(same) == 1:
            told.read += 1
        else:
            why = "in no cell" if not found else f"in {len(same)} cells" if same else f"as {found[0][0].text!r}"
            told.lost.append((word, why))
    return told


def _tables(opened: Opened) -> list[tuple[Source, bool]]:
    """Every grid of the document and whether amounts were read from it."""
    cells = [cell.source for sheet in opened.disclosure.sheets for cell in sheet.cells.values() if cell.source]
    return [
        (grid.source, any(_inside(grid.source, cell) for cell in cells)) for m in opened.materials for grid in m.grids
    ]


def _inside(grid: Source, cell: Source) -> bool:
    if grid.page != cell.page or grid.box is None or cell.box is None:
        return False
    x, y = (cell.box[0] + cell.box[2]) / 2, (cell.box[1] + cell.box[3]) / 2
    return grid.box[0] <= x <= grid.box[2] and grid.box[1] <= y <= grid.box[3]


def _same(text: str, figure: str) -> bool:
    """Whether a cell holds a figure, or the longer one of which a line end left it as the beginning."""
    mine, theirs = "".join(fold(text).split()), fold(figure)
    return mine == theirs or (len(theirs) > 6 and mine.startswith(theirs) and len(mine) - len(theirs) < 4)


def related(path: Path) -> str:
    """Tables found and understood, cells, relations held and failed, as a row; then what fails."""
    opened = open_source(path)
    sheets = opened.disclosure.sheets
    money = [[c for c in s.cells.values() if c.amount is not None] for s in sheets]
    known = sum(all(c.point is not None for c in cells) for cells in money)
    cells = sum(map(len, money))
    understood = sum(c.point is not None for cells in money for c in cells)
    figures = Figures(opened.disclosure)
    relations = disclosure_relations(opened.disclosure, opened.standard, regimes_of(figures, opened.standard))
    outcomes = [o for o in test_relations(figures, relations, opened.standard).outcomes if o.left or o.right]
    verdicts = Counter(o.verdict for o in outcomes)
    name = path.parent.name + ("" if path.stem == "full" else f" ({path.stem})")
    row = (
        f"| {name} | {len(sheets)} / {known} | {cells:,} / {understood:,} | {verdicts['holds']:,} "
        f"| {verdicts['rounding']} | {verdicts['fails']} |"
    )
    lines = [row]
    for o in outcomes:
        if o.verdict == "fails":
            left = figures.ref(o.relation.left[0])
            off = (o.left - o.right) / FEN["万元"]
            place = f"[{left.form}] {left.row_name} {'/'.join(left.column)} {left.text}"
            lines.append(f"    {o.relation.basis} {place}, the other side differs by {off:.6f} 万元")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, default=[Path("../shared/documents")])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--relations", action="store_true")
    options = parser.parse_args()
    files = [f for p in options.paths for f in (sorted(p.glob("*/*.pdf")) if p.is_dir() else [p])]
    inside = read = 0
    for path in files:
        try:
            if options.relations:
                print(related(path))
                continue
            told = examined(path)
        except InputError as error:
            print(f"{'/'.join(path.parts[-2:]):46} not read: {error}")
            continue
        share = told.read / told.inside if told.inside else 1.0
        print(f"{told.name:46} in tables {told.inside:5} read {told.read:5} {share:7.2%}  elsewhere {told.outside:4}")
        inside, read = inside + told.inside, read + told.read
        for word, why in told.lost if options.list else ():
            print(f"    page {word.page:3}  {word.text:>18}  {why}")
    if options.relations:
        return
    share = read / inside if inside else 1.0
    print(f"{'together':46} in tables {inside:5} read {read:5} {share:7.2%}")
    sys.exit(share < LEAST)


if __name__ == "__main__":
    main()
