"""Statements against each other: parts and wholes, one subject with two figures, a part larger than its whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from yusuan.axes import national_space
from yusuan.check.prose_figures import ratio_fits
from yusuan.check.prose_place import money, statement_place, told
from yusuan.finding import Finding
from yusuan.prose import FINE, Prose, Statement, prose_words


def sum_findings(prose: Prose) -> Iterator[Finding]:
    """Findings on several statements together."""
    yield from _partitions(prose)
    yield from _told_changes(prose)
    yield from _slices(prose)
    yield from _coded(prose)
    yield from _shared_parts(prose)
    yield from _vehicles(prose)
    yield from _twice(prose)
    yield from _inside(prose)
    yield from _balance(prose)
    yield from _balanced_changes(prose)


def _partitions(prose: Prose) -> Iterator[Finding]:
    """Wholes with known parts: 三公 items, purchases, vehicles bought and run."""
    for entry in prose_words()["partitions"]:
        for whole in prose.statements:
            if whole.topic != entry["whole"] or whole.figure is None or not whole.figure.money:
                continue
            found = _found_parts(prose, whole)
            if entry.get("told"):
                number = prose.statements.index(whole)
                found = {name: part for name, part in found.items() if part.whole == number}
            parts = _complete(found, entry)
            if parts:
                yield from _sum(prose, whole, parts)
            yield from _sum_of_changes(prose, whole, found, entry)


def _found_parts(prose: Prose, whole: Statement) -> dict[str, Statement]:
    """Parts of a whole by topic: those said to be of it, else those that follow it in its chapter."""
    number = prose.statements.index(whole)
    chapter = prose.paragraphs[whole.paragraph].path[:2]
    found: dict[str, Statement] = {}
    depth = len(chapter)
    for index in range(number + 1, len(prose.statements)):
        part = prose.statements[index]
        if prose.paragraphs[part.paragraph].path[:depth] != chapter or part.paragraph > whole.paragraph + 12:
            break
        if part.topic == whole.topic and part.figure is not None and part.account == whole.account:
            break
        alike = part.account == whole.account and part.year == whole.year and not part.detail
        if part.topic and alike and part.figure is not None and part.figure.money:
            found.setdefault(part.topic, part)
    return found


def _complete(found: dict[str, Statement], entry: dict[str, object]) -> list[Statement]:
    """The parts when all are printed, finer ones in place of a missing one; empty otherwise."""
    parts: list[Statement] = []
    finer = entry.get("finer", {})
    names = entry["parts"]
    if not isinstance(finer, dict) or not isinstance(names, list):
        return []
    for name in names:
        if name in found:
            parts.append(found[name])
        elif name in finer and all(small in found for small in finer[name]):
            parts.extend(found[small] for small in finer[name])
        else:
            return []
    return parts


def _change(statement: Statement, against: str) -> tuple[int, int] | None:
    """Signed change (分) and its quantum that a statement tells against an account; ``None`` when it tells none."""
    for comparison in statement.comparisons:
        change = comparison.change
        if comparison.against != against:
            continue
        if change is not None and change.money and comparison.direction:
            return comparison.direction * change.amount, change.quantum
        if comparison.bare and not comparison.direction and not comparison.near:
            return 0, 0
    return None


def _sum_of_changes(
    prose: Prose, whole: Statement, found: dict[str, Statement], entry: dict[str, object]
) -> Iterator[Finding]:
    """The changes of all parts against the change of the whole."""
    if not whole.comparisons:
        return
    against = whole.comparisons[0].against
    total = _change(whole, against)
    parts = _complete({name: part for name, part in found.items() if _change(part, against) is not None}, entry)
    changes = [change for part in parts if (change := _change(part, against)) is not None]
    if total is None or not parts or whole.figure is None:
        return
    added = sum(amount for amount, _ in changes)
    slack = total[1] + sum(quantum for _, quantum in changes)
    if 2 * abs(added - total[0]) > slack:
        cells = [statement_place(prose, whole), *(statement_place(prose, part) for part in parts)]
        words = {"change": money(total[0], whole.figure), "total": money(added, whole.figure)}
        yield told("prose_changes", "error", cells, **words)


def _told_changes(prose: Prose) -> Iterator[Finding]:
    """支出增加 X, 其中基本支出增加 A, 项目支出增加 B: the changes of one sentence add up."""
    for number, whole in enumerate(prose.statements):
        if whole.point is None or whole.point.parts or whole.side == "income" or not whole.comparisons:
            continue
        against = whole.comparisons[0].against
        after = prose.statements[number + 1 : number + 6]
        inside = [s for s in after if s.paragraph == whole.paragraph and s.figure is None]
        parts = [s for s in inside if s.topic == "basic"][:1] + [s for s in inside if _is_project(s)][:1]
        total = _change(whole, against)
        changes = [change for part in parts if (change := _change(part, against)) is not None]
        like = next((c.change for c in whole.comparisons if c.change is not None), None)
        if total is None or like is None or len(changes) != 2:
            continue
        added = sum(amount for amount, _ in changes)
        if 2 * abs(added - total[0]) > total[1] + sum(quantum for _, quantum in changes):
            cells = [statement_place(prose, whole), *(statement_place(prose, part) for part in parts)]
            yield told("prose_changes", "warning", cells, change=money(total[0], like), total=money(added, like))


def _is_project(statement: Statement) -> bool:
    return statement.point is not None and statement.point.get("kind") == frozenset({"project"})


def _sum(prose: Prose, whole: Statement, parts: Sequence[Statement]) -> Iterator[Finding]:
    if whole.figure is None:
        return
    figures = [part.figure for part in parts if part.figure is not None]
    total = sum(figure.amount for figure in figures)
    difference = abs(total - whole.figure.amount)
    if not difference:
        return
    finest = min(figure.quantum for figure in [whole.figure, *figures])
    count = sum(1 for figure in figures if figure.amount) + 1
    rounding = 2 * difference <= finest * count
    coarse = 2 * difference <= whole.figure.quantum + sum(figure.quantum for figure in figures if figure.amount)
    cells = [statement_place(prose, whole), *(statement_place(prose, part) for part in parts)]
    words = {
        "whole": whole.figure.text,
        "parts": " + ".join(figure.text for figure in figures),
        "total": money(total, whole.figure),
        "difference": money(difference, whole.figure),
    }
    if rounding:
        yield told("prose_parts_rounding", "info", cells, "rounding", **words)
    else:
        yield told("prose_parts", "warning" if coarse else "error", cells, **words)


def _slices(prose: Prose) -> Iterator[Finding]:
    """Wholes and parts of one chapter by their slices (财政拨款 and its three funds), every part printed."""
    usable = [s for s in prose.statements if _usable(s)]
    for entry in prose_words()["slices"]:
        axis = entry["axis"]
        for whole in usable:
            if whole.point is None or whole.point.get(axis) != frozenset(entry["whole"]):
                continue
            chapter = prose.paragraphs[whole.paragraph].path[:2]
            parts: list[Statement] = []
            for names in entry["parts"]:
                alike = [s for s in usable if _part_of(s, whole, axis, names) and _in(prose, s, chapter)]
                after = [s for s in alike if s.paragraph >= whole.paragraph and s is not whole]
                parts += after[:1]
            if len(parts) == len(entry["parts"]):
                yield from _sum(prose, whole, parts)


CODED = ("exp_func_code", "dep_bgt_eco_code", "gov_bgt_eco_code")
"""Axes whose members a text lists one by one."""


def _coded(prose: Prose) -> Iterator[Finding]:
    """Items listed by code under a total: together they are it."""
    space = national_space()
    groups: dict[int, list[Statement]] = defaultdict(list)
    for statement in prose.statements:
        if statement.whole is not None and statement.figure is not None and statement.figure.money:
            groups[statement.whole].append(statement)
    for number, parts in groups.items():
        whole = prose.statements[number]
        parts = [part for part in parts if part.account == whole.account and part.year == whole.year]
        axis = next((a for a in CODED if all(p.point is not None and p.point.get(a) for p in parts)), None)
        if axis is None or len(parts) < 3 or whole.figure is None or whole.topic:
            continue
        if whole.point is not None and whole.point.get(axis):
            continue
        codes = [code for part in parts if part.point is not None for code in part.point.get(axis) or ()]
        tree = space[axis]
        if len(set(codes)) < len(parts) or any(a != b and tree.within(a, b) for a in codes for b in codes):
            continue
        total = sum(part.figure.amount for part in parts if part.figure is not None)
        difference = abs(total - whole.figure.amount)
        if 2 * difference > whole.figure.quantum * (len(parts) + 1):
            words = {
                "whole": whole.figure.text, "count": len(parts), "total": money(total, whole.figure),
                "difference": money(difference, whole.figure),
            }  # fmt: skip
            cells = [statement_place(prose, whole), *(statement_place(prose, part) for part in parts)]
            yield told("prose_parts_codes", "warning", cells, **words)


def _part_of(part: Statement, whole: Statement, axis: str, names: Sequence[str]) -> bool:
    """Whether a statement is the part of a whole with one of the members, all else being equal."""
    if part.point is None or whole.point is None:
        return False
    members = part.point.get(axis)
    same = (part.account, part.year) == (whole.account, whole.year) and part.side in ("", whole.side)
    return same and members in [frozenset({n}) for n in names] and part.point.without(axis) == whole.point.without(axis)


def _in(prose: Prose, statement: Statement, chapter: tuple[str, ...]) -> bool:
    return prose.paragraphs[statement.paragraph].path[: len(chapter)] == chapter


def _shared_parts(prose: Prose) -> Iterator[Finding]:
    """Parts whose printed shares make up the whole must themselves make it up."""
    groups: dict[int, list[Statement]] = defaultdict(list)
    for statement in prose.statements:
        if statement.whole is None or statement.share is None or statement.shared:
            continue
        if statement.figure is not None and statement.figure.money:
            groups[statement.whole].append(statement)
    for number, parts in groups.items():
        whole = prose.statements[number]
        shares = [part.share for part in parts if part.share is not None]
        hundred = sum(share.amount for share in shares)
        if whole.figure is None or len(parts) < 2:
            continue
        sure = [p for p in parts if p.figure and p.share and ratio_fits(p.figure, whole.figure, p.share)]
        if len(sure) * 2 <= len(parts):
            continue
        if 2 * abs(hundred - 100 * FINE) <= sum(share.quantum for share in shares if share.amount):
            yield from _sum(prose, whole, parts)


def _vehicles(prose: Prose) -> Iterator[Finding]:
    """Vehicles by class: their sum is the total where a class of other vehicles closes the list, never more."""
    other = prose_words()["cars"]["other"]
    for number, whole in enumerate(prose.statements):
        if whole.figure is None or whole.figure.unit not in ("辆", "台") or whole.whole is not None:
            continue
        parts = [part for part in prose.parts(number) if part.figure and part.figure.unit == whole.figure.unit]
        if len(parts) < 2:
            continue
        total = sum(part.figure.amount for part in parts if part.figure is not None)
        closed = any(word in part.subject for part in parts for word in other.split("|"))
        if total > whole.figure.amount or (closed and total != whole.figure.amount):
            words = {"whole": whole.figure.text, "total": f"{total // FINE}{whole.figure.unit}"}
            yield told("prose_vehicles", "error", [statement_place(prose, whole)], **words)


def _key(prose: Prose, statement: Statement) -> tuple[object, ...] | None:
    """What two statements must share to be of one amount."""
    if statement.figure is None or not statement.figure.money or statement.detail:
        return None
    codes = statement.point.parts if statement.point is not None else {}
    if any(axis in codes for axis in ("exp_func_code", "gov_bgt_eco_code")) or (
        "dep_bgt_eco_code" in codes and not statement.topic and "kind" not in codes
    ):
        return None
    if statement.point is not None and (codes or statement.side == "both"):
        meaning: object = statement.point
    elif statement.topic:
        whole = prose.statements[statement.whole].subject if statement.whole is not None else ""
        meaning = (statement.topic, whole)
    else:
        return None
    return meaning, statement.side, statement.account, statement.year


def _twice(prose: Prose) -> Iterator[Finding]:
    """One subject, one account, two figures."""
    seen: dict[tuple[object, ...], list[Statement]] = defaultdict(list)
    for statement in prose.statements:
        key = _key(prose, statement)
        if key is None or statement.figure is None:
            continue
        for other in seen[key]:
            first, second = other.figure, statement.figure
            if first is None or other.subject != statement.subject:
                continue
            if 2 * abs(first.amount - second.amount) > first.quantum + second.quantum:
                cells = [statement_place(prose, other), statement_place(prose, statement)]
                words = {"subject": statement.subject, "first": first.text, "second": second.text}
                page = cells[1].source.page if cells[1].source else None
                yield told("prose_twice", "warning", cells, **words, other=page or "—", again=cells[1].text)
                break
        else:
            seen[key].append(statement)


def _inside(prose: Prose) -> Iterator[Finding]:
    """A part larger than what holds it, both of one account and year."""
    space = national_space()
    usable = [s for s in prose.statements if _usable(s)]
    for whole in usable:
        if whole.side != "both" or whole.point is None or whole.figure is None:
            continue
        for part in usable:
            if part.point is None or part.figure is None or part.account != whole.account or part.year != whole.year:
                continue
            if part.point == whole.point or not space.inside(part.point, whole.point):
                continue
            if 2 * (part.figure.amount - whole.figure.amount) > part.figure.quantum + whole.figure.quantum:
                cells = [statement_place(prose, whole), statement_place(prose, part)]
                words = {"whole": whole.figure.text, "part": part.figure.text, "subject": part.subject}
                rule = "prose_inside" if whole.figure.amount else "prose_zero_total"
                yield told(rule, "error", cells, **words)
                break


def _usable(statement: Statement) -> bool:
    return bool(
        statement.point is not None
        and statement.figure is not None
        and statement.figure.money
        and not statement.detail
        and "exp_func_code" not in statement.point.parts
    )


def _balance(prose: Prose) -> Iterator[Finding]:
    """Total income and total expenditure of a budget."""
    found: dict[str, Statement] = {}
    for statement in prose.statements:
        if statement.account != "budget" or statement.year != prose.year or statement.point is None:
            continue
        if statement.point.parts or statement.figure is None or statement.detail or statement.whole is not None:
            continue
        if statement.figure.money and statement.side in ("income", "expenditure"):
            found.setdefault(statement.side, statement)
    income, spending = found.get("income"), found.get("expenditure")
    if income is None or spending is None or income.figure is None or spending.figure is None:
        return
    if 2 * abs(income.figure.amount - spending.figure.amount) > income.figure.quantum + spending.figure.quantum:
        cells = [statement_place(prose, income), statement_place(prose, spending)]
        yield told("prose_balance", "warning", cells, income=income.figure.text, spending=spending.figure.text)


def _balanced_changes(prose: Prose) -> Iterator[Finding]:
    """Income and expenditure of one slice that are equal this year have changed by the same amount."""
    seen: list[Statement] = []
    for statement in prose.statements:
        if statement.account != "budget" or statement.point is None or statement.detail or not statement.comparisons:
            continue
        against = statement.comparisons[0].against
        change = _change(statement, against)
        if change is None or statement.side not in ("income", "expenditure", "both"):
            continue
        for other in seen:
            before = _change(other, against)
            if other.point != statement.point or other.side == statement.side or before is None:
                continue
            if _unequal(other, statement) or 2 * abs(change[0] - before[0]) <= change[1] + before[1]:
                continue
            cells = [statement_place(prose, other), statement_place(prose, statement)]
            like = next((c.change for c in statement.comparisons if c.change is not None), None)
            if like is not None:
                words = {"first": money(before[0], like), "second": money(change[0], like), "again": cells[1].text}
                yield told("prose_balance_change", "warning", cells, **words)
            break
        seen.append(statement)


def _unequal(one: Statement, two: Statement) -> bool:
    """Whether two amounts are printed and differ."""
    first, second = one.figure, two.figure
    if first is None or second is None:
        return False
    return 2 * abs(first.amount - second.amount) > first.quantum + second.quantum
