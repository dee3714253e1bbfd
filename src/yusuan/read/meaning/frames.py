"""Tables of a material as frames: title, unit, head and body put together over page breaks.

A frame is one printed table whatever number of pages it runs over. Titles stand above the grid or in its first rows;
a grid without a title of its own continues the one before it when their columns agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise

from yusuan.amount import FEN, looks_like_amount
from yusuan.lexicon import lexicon, squeeze
from yusuan.read.grid import Grid, GridRow, Line, Material
from yusuan.read.meaning.words import head_unit, layout_words, plain
from yusuan.sheet import Source

REPORTER = re.compile(
    r"^(?:填报单位|编制单位|填报部门|编制部门|公开部门|单位名称|部门名称|部门\(单位\)|部门|单位|预算单位|公开单位)[::]\s*(\S.*?)(?:\s*(?:金额)?单位[::].*)?$"
)
UNIT = re.compile(rf"(?:金额单位|计量单位|单位)[::]?\s*(?:人民币)?({'|'.join(sorted(FEN, key=len, reverse=True))})")
NUMBER = re.compile(
    r"^(?:部门)?(?:预算|公开|附|决算|GK)?表?0*(\d{1,2})(?:-\d+)?(?:号?表)?$|^(?:部门)?(?:公开|预算|附)?表([一二三四五六七八九十]+)$"
)
# recognition takes a dash for the numeral one
TITLE = re.compile(r"表(?:[-—一]+[^()。;]{2,30})?(?:\((?:[^()]|\([^()]*\))*\))*(?:\(续\))?$")
NOTE = re.compile(r"^[(]?(?:注\d*|备注|说明|附注)[::]")
SUBJECT = re.compile(r"收支|收入|支出|经费|采购|绩效|拨款|基金|资本|购买|专项|结转|资产|项目|预算|决算")
ASIDE = re.compile(r"^[←<]*(?:返回)?目录$")
EMPTY = re.compile(
    r"(?:没有|无|未).{0,60}(?:空表|无数据|为空|发生额)|(?:没有|未)(?:使用|安排).{0,40}(?:支出|资金|预算)"
)
PAGES = re.compile(r"第\d+页,?[/共]*\d*页?")
CLOSE = 4.0
"""Points by which column borders of one table may differ between pages."""

ABOVE = 8
"""Lines above a grid that may hold its title."""


@dataclass
class Frame:
    """One printed table. ``titles`` are all titles printed over its parts; ``head`` and ``body`` are rows of one
    column grid; ``pages`` the pages it stands on."""

    title: str = ""
    titles: list[str] = field(default_factory=list)
    number: str = ""
    reporter: str = ""
    unit: str | None = None
    unit_label: str = ""
    head: list[GridRow] = field(default_factory=list)
    body: list[GridRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    edges: tuple[float, ...] = ()
    width: int = 0
    name: str = ""
    source: Source | None = None
    opens: bool = False
    """Whether no text but a page number stands between it and what comes before."""


def frames_of(material: Material) -> list[Frame]:
    """The tables of a material in order."""
    frames: list[Frame] = []
    above: list[Line] = []
    for item in material.items:
        if isinstance(item, Line):
            if frames and _note(frames[-1], item, above):
                continue
            above.append(item)
            continue
        for grid in _split(item):
            part = _frame(grid, above)
            opens = all(len(squeeze(line.text)) < 7 for line in above)
            above = []
            if part is None:
                continue
            part.opens = opens
            if frames and _continues(frames[-1], part):
                _join(frames[-1], part)
            else:
                frames.append(part)
    return frames


def _split(grid: Grid) -> Iterable[Grid]:
    """A worksheet may hold several tables one below the other, each with a title row."""
    starts = [i for i, row in enumerate(grid.rows) if _title_row(row, grid) is not None]
    starts = [i for k, i in enumerate(starts) if not k or i > starts[k - 1] + 3]
    if len(starts) < 2:
        return [grid]
    cuts = [0, *starts[1:], len(grid.rows)]
    return [replace(grid, rows=grid.rows[a:b]) for a, b in pairwise(cuts)]


def _title_row(row: GridRow, grid: Grid) -> str | None:
    filled = row.filled()
    if not filled or len(filled) > 3:
        return None
    for _, cell in filled:
        if is_title(cell.text) and all(c is cell or meta(c.text) for _, c in filled):
            return cell.text
    return None


def is_title(text: str) -> bool:
    """Whether a line is the title of a table."""
    name = PAGES.sub("", squeeze(text))
    return (
        3 < len(name) <= 70
        and not NUMBER.match(name)
        and bool(TITLE.search(name))
        and bool(SUBJECT.search(name))
        and not re.search(r"[。;;]|详见|见附|如下|本表|空表|\.{4}|…", name)
    )


def meta(text: str) -> bool:
    """Whether a text says who reports, in which unit, or which number the table has."""
    name = PAGES.sub("", squeeze(text))
    return bool(REPORTER.match(name) or (UNIT.search(name) and len(name) < 16) or NUMBER.match(name))


def _frame(grid: Grid, above: list[Line]) -> Frame | None:
    frame = Frame(edges=grid.edges, name=grid.name, source=grid.source)
    frame.pages += [] if grid.source.page is None else [grid.source.page]
    _read_above(frame, above)
    rows = [row for row in grid.rows if row.cells]
    while rows and _take_meta(frame, rows[0], len(rows)):
        rows.pop(0)
    while rows and len(rows[-1].cells) == 1 and NOTE.match(squeeze(next(iter(rows[-1].cells.values())).text)):
        frame.notes.insert(0, next(iter(rows.pop().cells.values())).text)
    if not rows or max(len(row.cells) for row in rows) < 2:
        return None
    frame.width = max(1 + max(row.cells) for row in rows)
    depth = head_depth(rows)
    if depth < len(rows) and (parted := _parted(rows[depth])) is not None:
        rows[depth : depth + 1] = parted
        depth += 1
    frame.head, frame.body = rows[:depth], rows[depth:]
    frame.unit = frame.unit or head_unit(cell.text for row in frame.head for cell in row.cells.values())
    if not frame.title and is_title(grid.name):
        frame.title = grid.name
        frame.titles.append(grid.name)
    return frame


def _read_above(frame: Frame, above: list[Line]) -> None:
    """Title, unit and reporter from the lines above a grid, the nearest first; a title may run over lines."""
    near = above[-ABOVE:]
    index = len(near) - 1
    while index >= 0:
        title = _title_at(near, index)
        if title is not None:
            frame.title, first = title
            frame.titles.append(frame.title)
            if first:
                _meta_text(frame, squeeze(near[first - 1].text))
            return
        name = squeeze(near[index].text)
        if not _meta_text(frame, name) and len(name) > 40:
            return
        index -= 1


def _title_at(lines: list[Line], last: int) -> tuple[str, int] | None:
    """The title that ends with a line and the number of its first line; the longest run of lines of one type size."""
    found = None
    text = ""
    for first in range(last, max(-1, last - 3), -1):
        line = lines[first]
        if first < last and (not _one_size(line, lines[last]) or meta(line.text) or _closed(line.text)):
            break
        text = line.text.strip() + text
        aside = squeeze(lines[min(first + 1, last)].text).startswith("(")
        if is_title(text) and (first == last or aside or not is_title(line.text)):
            found = text, first
    return found


def _one_size(line: Line, other: Line) -> bool:
    """Whether two lines are set in one size of type; recognised sizes vary with the signs of a line."""
    sure = line.source.confidence is None
    return abs(line.size - other.size) <= (0.6 if sure else 0.25 * max(line.size, other.size))


def _closed(text: str) -> bool:
    return bool(re.search(r"[。;;::]$|^第.{1,3}部分|^[(]?[一二三四五六七八九十]+[)、]", squeeze(text)))


def _meta_text(frame: Frame, name: str) -> bool:
    name = PAGES.sub("", name)
    found = False
    if unit := UNIT.search(name):
        frame.unit = frame.unit or unit[1]
        frame.unit_label = frame.unit_label or "单位"
        found = True
    if (who := REPORTER.match(name)) and not UNIT.fullmatch(name) and len(who[1]) > len("万元"):
        frame.reporter = frame.reporter or who[1]
        found = True
    if NUMBER.match(name):
        frame.number = frame.number or name
        found = True
    return found


def _take_meta(frame: Frame, row: GridRow, left: int) -> bool:
    """Take a row that only holds title, unit, reporter or number."""
    filled = row.filled()
    texts = [squeeze(cell.text) for _, cell in filled]
    if len(filled) <= 3 and left > 2:
        titles = [cell.text for _, cell in filled if is_title(cell.text)]
        if titles and all(is_title(cell.text) or meta(cell.text) for _, cell in filled):
            frame.title = titles[0]
            frame.titles.append(titles[0])
            for text in texts:
                _meta_text(frame, text)
            return True
    if (
        all(meta(cell.text) or _dated(cell.text) or ASIDE.search(squeeze(cell.text)) for _, cell in filled)
        and len(filled) <= 4
    ):
        for text in texts:
            _meta_text(frame, text)
        return True
    return False


def _dated(text: str) -> bool:
    return bool(re.fullmatch(r"\(?20\d\d年?(?:度)?\)?", squeeze(text)))


def _note(frame: Frame, line: Line, above: list[Line]) -> bool:
    """Keep a note under a table with it."""
    text = squeeze(line.text)
    if (NOTE.match(text) or (EMPTY.search(text) and len(text) < 120)) and not above:
        frame.notes.append(line.text.strip())
        return True
    return False


def head_depth(rows: list[GridRow]) -> int:
    """How many rows form the head: those that spans of the head hold together, and further rows of labels alone."""
    depth = reach = 0
    while depth < len(rows):
        row = rows[depth]
        last = depth == len(rows) - 1
        if depth >= reach and (not _like_head(row, depth) or (last and len(row.cells) < 3)):
            break
        reach = max([reach, *(depth + cell.span[0] for cell in row.cells.values())]) if depth < 6 else reach
        depth += 1
        if depth >= 8:
            break
    return depth


def _parted(row: GridRow) -> tuple[GridRow, GridRow] | None:
    """A row that holds the labels 类 款 项 and figures of the first body row beside them, as two."""
    parts = {c: cell for c, cell in row.cells.items() if layout_words().role_of(cell.text) == "part"}
    rest = {c: cell for c, cell in row.cells.items() if c not in parts}
    if len(parts) < 2 or not any(_figure(cell.text) for cell in rest.values()):
        return None
    return GridRow(row.number, parts, row.hidden, row.width), GridRow(row.number, rest, row.hidden, row.width)


ORDINAL = re.compile(
    r"^(?:[一二三四五六七八九十]+[、.]|[(][一二三四五六七八九十]+[)]|\d{1,2}[、.](?!\d)|[(]\d{1,2}[)])"
)


def _like_head(row: GridRow, depth: int) -> bool:
    words = layout_words()
    filled = row.filled()
    if any(_figure(cell.text) for _, cell in filled):
        return False
    names = [plain(cell.text) for _, cell in filled]
    known = sum(
        name in words.stub or name in words.terms or name in lexicon().terms or words.is_total(name)
        or name in words.changes or any(name in group for group in words.accounts.values())
        for name in names
    )  # fmt: skip
    if any(
        re.match(r"\[?\d{3,7}", squeeze(cell.text)) and not re.match(r"20\d\d年", squeeze(cell.text))
        for _, cell in filled
    ):
        return False
    if any(ORDINAL.match(squeeze(cell.text)) for _, cell in filled):
        return False
    if depth and len(filled) == 1 and (words.is_total(names[0]) or filled[0][0] == 0):
        return False
    if depth and filled[0][0] == 0 and words.is_total(names[0]) and known < 2:
        return False
    return depth == 0 or known * 2 >= len(filled) or known >= 2


def _figure(text: str) -> bool:
    name = squeeze(text)
    return looks_like_amount(text) and not re.fullmatch(r"20\d\d", name)


def _continues(last: Frame, part: Frame) -> bool:
    """Whether a grid is more of the table before it."""
    if part.pages and last.pages and not 0 <= part.pages[0] - last.pages[-1] <= 1:
        return False
    if part.pages and last.pages and part.pages[0] == last.pages[-1] and not _same_edges(last, part):
        return False
    if part.title and squeeze(part.title).replace("(续)", "") != squeeze(last.title).replace("(续)", ""):
        return False
    if not part.title and last.notes:
        return False
    if part.title and not part.pages:
        return False
    if _same_edges(last, part) or _head_cut(last, part) or _fewer_columns(last, part):
        return True
    return part.width == last.width and bool(part.head) and head_texts(part) == head_texts(last)


def _same_edges(last: Frame, part: Frame) -> bool:
    if len(last.edges) != len(part.edges) or not last.edges:
        return False
    shift = part.edges[0] - last.edges[0]
    return all(abs(a + shift - b) <= CLOSE for a, b in zip(last.edges, part.edges))


def _fewer_columns(last: Frame, part: Frame) -> bool:
    """Whether a grid is the last rows of a table, whose cells span columns all the way down the page."""
    edges = part.edges
    return (
        part.opens and not part.title and bool(last.body) and part.pages[:1] == [page + 1 for page in last.pages[-1:]]
        and 3 < len(edges) < len(last.edges) and abs(edges[0] - last.edges[0]) < CLOSE
        and abs(edges[-1] - last.edges[-1]) < CLOSE
        and all(any(abs(edge - other) < CLOSE for other in last.edges) for edge in edges)
    )  # fmt: skip


def head_texts(frame: Frame) -> list[list[tuple[int, str]]]:
    """The head of a frame as texts."""
    return [[(c, squeeze(cell.text)) for c, cell in row.filled()] for row in frame.head]


def _head_cut(last: Frame, part: Frame) -> bool:
    """Whether a page ended within the head of a table: nothing but labels there, and the same outer borders here."""
    rows = [*last.head, *last.body]
    if part.title or not last.edges or not part.edges or len(rows) > 3:
        return False
    if any(_figure(cell.text) for row in rows for cell in row.cells.values()):
        return False
    return all(abs(a - b) <= CLOSE for a, b in zip((last.edges[0], last.edges[-1]), (part.edges[0], part.edges[-1])))


def _regridded(rows: list[GridRow], edges: tuple[float, ...], union: tuple[float, ...]) -> list[GridRow]:
    """Rows of one column grid in a finer one that has all of its borders."""
    at = [min(range(len(union)), key=lambda k: abs(union[k] - edge)) for edge in edges]
    made = []
    for row in rows:
        cells = {}
        for c, cell in row.cells.items():
            right = at[min(c + cell.span[1], len(at) - 1)]
            cells[at[c]] = replace(cell, span=(cell.span[0], max(1, right - at[c])))
        made.append(GridRow(row.number, cells, row.hidden, len(union) - 1))
    return made


def _join_heads(last: Frame, part: Frame) -> None:
    """Put the head that a page cut in two together on the borders of both parts."""
    union = list(last.edges)
    union += [edge for edge in part.edges if all(abs(edge - other) > CLOSE for other in union)]
    edges = tuple(sorted(union))
    rows = _regridded([*last.head, *last.body], last.edges, edges)
    rows += _regridded([*part.head, *part.body], part.edges, edges)
    depth = len(last.head) + len(last.body)
    rest = head_depth(rows[depth:])
    last.head, last.body = rows[: depth + rest], rows[depth + rest :]
    last.edges, last.width = edges, len(edges) - 1
    last.pages += [page for page in part.pages if page not in last.pages]
    last.notes += part.notes


def _join(last: Frame, part: Frame) -> None:
    if not _same_edges(last, part) and _head_cut(last, part):
        _join_heads(last, part)
        return
    rows = [*part.head, *part.body]
    if not _same_edges(last, part) and _fewer_columns(last, part):
        rows = _regridded(rows, part.edges, last.edges)
    mine = head_texts(last)
    same = 0
    while same < len(mine) and same < len(rows) and _row_texts(rows[same]) == mine[same]:
        same += 1
    if same < len(mine):
        same = len(part.head) if part.title or _alike(part, last) else 0
    rows = rows[same:]
    if last.body and rows and _row_texts(rows[0]) == _row_texts(last.body[0]) and len(rows[0].cells) > 1:
        rows = rows[1:]
    if last.body and rows and _split_row(last.body[-1], rows[0]):
        last.body[-1] = _merged(last.body[-1], rows.pop(0))
    last.body += rows
    last.pages += [page for page in part.pages if page not in last.pages]
    last.notes += part.notes
    last.titles += part.titles
    last.unit = last.unit or part.unit


def _alike(part: Frame, last: Frame) -> bool:
    ours = {text for row in head_texts(last) for _, text in row}
    theirs = [text for row in head_texts(part) for _, text in row]
    return bool(theirs) and sum(text in ours for text in theirs) * 2 > len(theirs)


def _row_texts(row: GridRow) -> list[tuple[int, str]]:
    return [(c, squeeze(cell.text)) for c, cell in row.filled()]


def _split_row(upper: GridRow, lower: GridRow) -> bool:
    """Whether a row was cut by the end of the page: the rest of a label without figures, or figures without a label."""
    texts = [cell.text for _, cell in lower.filled()]
    if any(_figure(text) for text in texts) or len(texts) != 1:
        return False
    column, cell = lower.filled()[0]
    above = upper.cells.get(column)
    name = squeeze(cell.text)
    words = layout_words()
    if above is not None and len(name) <= 8 and any(_figure(c.text) for c in upper.cells.values()):
        whole = squeeze(above.text) + name
        if words.is_total(name) and plain(whole) in words.terms and plain(name) not in words.terms:
            return True
        if (
            ORDINAL.match(whole)
            and not ORDINAL.match(name)
            and name.endswith("支出")
            and not whole.endswith("支出支出")
        ):
            return not squeeze(above.text).endswith("支出")
    return (
        above is not None and len(name) <= 8 and not ORDINAL.match(name) and not re.match(r"\d", name)
        and not layout_words().is_total(name) and any(_figure(c.text) for c in upper.cells.values())
        and squeeze(above.text).endswith(("保险", "缴费", "事业", "单位", "管理", "支", "的", "及", "和", "、"))
    )  # fmt: skip


def _merged(upper: GridRow, lower: GridRow) -> GridRow:
    cells = dict(upper.cells)
    for column, cell in lower.cells.items():
        above = cells.get(column)
        cells[column] = replace(above, text=above.text + cell.text) if above else cell
    return GridRow(upper.number, cells, upper.hidden, upper.width)
