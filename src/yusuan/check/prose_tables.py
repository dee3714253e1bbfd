"""The explanation against the tables: figures, changes against last year, the 款 that it lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from yusuan.axes import Point, national_space
from yusuan.check.prose_place import money, place_of, statement_place, told
from yusuan.finding import CellRef, Finding
from yusuan.lexicon import bare, named
from yusuan.prose import Figure, Prose, Statement, prose_words

Asked = Callable[[Point, str], Sequence[tuple[int, int, CellRef]]]

UNITS = (10_000, 100_000_000)
"""Factors between figures that a wrong unit (元, 万元, 亿元) leaves."""


def table_findings(prose: Prose, lookup: Asked) -> Iterator[Finding]:
    """Findings on what text and tables print differently."""
    for statement in prose.statements:
        if statement.point is None or statement.detail or statement.figure is None or not statement.figure.money:
            continue
        yield from _figure(prose, statement, lookup)
        yield from _changes(prose, statement, lookup)
    yield from _listed(prose, lookup)


def _figure(prose: Prose, statement: Statement, lookup: Asked) -> Iterator[Finding]:
    """A figure of the text against the same figure of the tables."""
    figure = statement.figure
    if figure is None or statement.point is None:
        return
    cells = printed(statement, statement.account, lookup)
    if not cells or any(agrees(figure, amount, quantum) for amount, quantum, _ in cells):
        return
    amount, quantum, cell = min(cells, key=lambda entry: abs(entry[0] - figure.amount))
    place = [statement_place(prose, statement), cell]
    words = {"figure": figure.text, "table": _printed_as(cell, money(amount, figure)), "title": cell.title}
    factor = next((f for f in UNITS if agrees(figure, amount * f, 1) or agrees(figure, amount // f, quantum)), None)
    if factor is not None and amount and abs(figure.amount) >= 100 * figure.quantum:
        yield told("prose_table_unit", "error", place, **words)
    elif abs(figure.amount - amount) <= 2 * max(figure.quantum, quantum):
        yield told("prose_table_rounding", "info", place, "rounding", **words)
    else:
        yield told("prose_table", "error", place, **words, difference=money(abs(figure.amount - amount), figure))


def readings(statement: Statement) -> list[Point]:
    """The slices that tables may print for a statement: words leave open what the head of a table says (the kind of
    expenditure, this year's income), and tables give 人员经费 by class or as one column."""
    point = statement.point
    if point is None:
        return []
    kinds = {"income": ("budget",), "expenditure": ("spending", "budget"), "both": ("budget",)}
    bases = [dict(point.parts)]
    group = GROUPS.get(point.get("dep_bgt_eco_code") or frozenset())
    if group is not None:
        rest = {axis: members for axis, members in point.parts.items() if axis != "dep_bgt_eco_code"}
        bases.append({**rest, "group": frozenset({group})})
    for base in list(bases):
        funds = FUNDS.get(base.get("fund_type_code", frozenset()), ())
        bases += [{**base, "fund_type_code": fund} for fund in funds]
    found = [*bases]
    for base in bases:
        if "kind" not in base:
            found += [{**base, "kind": frozenset({kind})} for kind in kinds.get(statement.side, ("spending",))]
    if statement.side == "income" and "vintage" not in point.parts:
        found += [{**base, "vintage": frozenset({"current"})} for base in found]
    return [Point(parts) for parts in found]


FUNDS: dict[frozenset[str], tuple[frozenset[str], ...]] = {
    frozenset({"111"}): (frozenset({"11"}),),
    frozenset({"121"}): (frozenset({"12"}),),
    frozenset({"131"}): (frozenset({"13"}),),
}
"""Appropriations that tables without subsidies from above print as the fund itself."""

GROUPS = {frozenset({"301", "303"}): "personnel", frozenset({"302", "310"}): "operating"}
"""Classes of basic expenditure that tables print as one column."""


def printed(statement: Statement, account: str, lookup: Asked) -> list[tuple[int, int, CellRef]]:
    """Everything that the tables print for any reading of a statement."""
    return [entry for point in readings(statement) for entry in lookup(point, account)]


def agrees(figure: Figure, amount: int, quantum: int) -> bool:
    """Whether an amount of a table can be the figure, half a last digit allowed on either side.

    Figures printed to one digit are the same or they differ.
    """
    return 2 * abs(figure.amount - amount) < figure.quantum + quantum


def _changes(prose: Prose, statement: Statement, lookup: Asked) -> Iterator[Finding]:
    """A change against last year's figure where a table prints that."""
    figure = statement.figure
    if figure is None or statement.point is None:
        return
    apart = re.compile(prose_words()["against"]["apart"])
    for comparison in statement.comparisons:
        if comparison.against not in ("prior_budget", "prior_final"):
            continue
        text = prose.paragraphs[statement.paragraph].text
        if apart.search(text, max(0, comparison.start - 12), comparison.end):
            continue
        cells = printed(statement, comparison.against, lookup)
        if not cells:
            continue
        differences = [(figure.amount - amount, figure.quantum + quantum, cell) for amount, quantum, cell in cells]
        change = comparison.change
        told_change = comparison.direction * change.amount if change is not None and change.money else None
        if told_change is not None and change is not None:
            if any(2 * abs(d - told_change) <= slack + change.quantum for d, slack, _ in differences):
                continue
        elif any(_same_sign(d, slack, comparison.direction) or comparison.near for d, slack, _ in differences):
            continue
        difference, _, cell = differences[0]
        words = {
            "figure": figure.text,
            "table": cell.text.strip(),
            "title": cell.title,
            "expected": money(difference, figure),
            "words": prose.paragraphs[statement.paragraph].text[comparison.start : comparison.end].lstrip("，。；、"),
        }
        opposite = all(d * comparison.direction < 0 and 2 * abs(d) > slack for d, slack, _ in differences)
        rule = "prose_table_direction" if opposite else "prose_table_change"
        yield told(rule, "error" if opposite else "warning", [statement_place(prose, statement), cell], **words)


def _same_sign(difference: int, slack: int, direction: int) -> bool:
    if 2 * abs(difference) <= slack:
        return direction == 0
    return (difference > 0) - (difference < 0) == direction


_LISTS = re.compile(r"(人员(?:经费|支出)|(?:日常)?公用(?:经费|支出))[^：。；]{0,40}?包括：?([^；。]{6,600})")
_CLASSES = {"人": ("301", "303"), "公": ("302", "307", "309", "310", "312", "313", "399")}


def listed_classes(prose: Prose) -> Iterator[Finding]:
    """款 listed under 人员经费 or 公用经费 that belong to the other."""
    tree = national_space()["dep_bgt_eco_code"]
    for number, start, kind, names in _lists(prose):
        for name in names:
            codes = named(tree, bare(name), None)
            if codes and not any(tree.path(code)[0] in _CLASSES[kind] for code in codes):
                place = [place_of(prose, number, start, start + 20)]
                yield told("prose_listed_class", "warning", place, name=name, owner=tree[tree.path(codes[0])[0]].name)


def _lists(prose: Prose) -> Iterator[tuple[int, int, str, list[str]]]:
    """Lists of 款 in the text: paragraph, place, 人 or 公, names."""
    outside = re.compile(prose_words()["outside"]["chapters"])
    for number, paragraph in prose.body():
        if any(outside.search(title) for title in paragraph.path) or "指" in paragraph.text[:60]:
            continue
        for found in _LISTS.finditer(paragraph.text):
            names = [name.removesuffix("等") for name in found.group(2).split("、")]
            kind = "人" if found.group(1).startswith("人") else "公"
            yield number, found.start(), kind, [name for name in names if name]


def _listed(prose: Prose, lookup: Asked) -> Iterator[Finding]:
    """款 that the text lists and the tables leave empty, where most of the list has figures."""
    tree = national_space()["dep_bgt_eco_code"]
    account = "final" if prose.kind == "final" else "budget"
    for number, start, kind, names in _lists(prose):
        present: list[str] = []
        absent: list[str] = []
        for name in names:
            codes = [c for c in named(tree, bare(name), None) if tree.path(c)[0] in _CLASSES[kind]]
            if codes:
                money_of = any(_printed(code, account, lookup) for code in codes)
                (present if money_of else absent).append(name)
        if absent and len(present) >= max(3, 2 * len(absent)):
            yield told("prose_listed_empty", "warning", [place_of(prose, number, start, start + 20)], names=absent)


def _printed(code: str, account: str, lookup: Asked) -> bool:
    """Whether the tables print money of a 款 of basic expenditure."""
    one = frozenset({code})
    basic = {"kind": frozenset({"basic"}), "dep_bgt_eco_code": one}
    for parts in ({**basic, "fund_type_code": frozenset({"11"})}, {**basic, "fund_type_code": frozenset({"1"})}, basic):
        if any(amount for amount, _, _ in lookup(Point(parts), account)):
            return True
    return False


def _printed_as(cell: CellRef, told: str) -> str:
    """What a table prints, with its unit where that is the one in which it is told; else both."""
    text = cell.text.strip()
    digits, unit = told.rstrip("元万亿千百"), told[len(told.rstrip("元万亿千百")) :]
    if not text:
        return told
    return f"{text}{unit}" if text.replace(",", "") == digits.replace(",", "") else f"{told}（{text}）"
