"""Figures of one statement against each other: change, base, percentage, completion, share, words of direction."""

from __future__ import annotations

import re
from collections.abc import Iterator

from yusuan.check.prose_place import money, percent, statement_place, told
from yusuan.finding import Finding, Severity
from yusuan.prose import FINE, Comparison, Figure, Prose, Statement, prose_words

NEARLY = 10
"""Percent by which figures may differ that are said to be nearly the same (基本持平)."""

Range = tuple[int, int]
"""Least and greatest value that a rounded figure can stand for, doubled so that halves stay whole."""


def figure_findings(prose: Prose) -> Iterator[Finding]:
    """Findings on single statements."""
    for statement in prose.statements:
        if statement.figure is None or not statement.figure.money:
            continue
        for comparison in statement.comparisons:
            yield from _turn(prose, statement, comparison)
            yield from _reason(prose, statement, comparison)
            yield from _base(prose, statement, comparison)
            yield from _percent(prose, statement, comparison)
            yield from _same(prose, statement, comparison)
        yield from _against_budget(prose, statement)
        yield from _completion(prose, statement)
    yield from _shares(prose)


def span(figure: Figure) -> Range:
    """The range of a figure, doubled."""
    return 2 * figure.amount - figure.quantum, 2 * figure.amount + figure.quantum


def _turn(prose: Prose, statement: Statement, comparison: Comparison) -> Iterator[Finding]:
    """A change and its percentage in opposite words."""
    if comparison.turn is None or not comparison.change or not comparison.percent:
        return
    if comparison.direction * comparison.turn < 0 and comparison.change.amount and comparison.percent.amount:
        words = {"change": comparison.change.text, "percent": comparison.percent.text}
        yield told("prose_turn", "error", [statement_place(prose, statement)], **words)


def _reason(prose: Prose, statement: Statement, comparison: Comparison) -> Iterator[Finding]:
    """A change one way and the reason of a change the other way: 增加 X 万元, 减少的主要原因是…."""
    change = comparison.change or comparison.percent
    if not comparison.direction or change is None or not change.amount:
        return
    words = prose_words()["direction"]
    text = prose.paragraphs[statement.paragraph].text
    for direction, group in ((1, words["up"]), (-1, words["down"])):
        told_as = "|".join(word for word in group if len(word) > 1)
        found = re.compile(rf"[，。；]?({told_as})的?(?:主要)?原因").match(text, comparison.end)
        if found is not None and direction != comparison.direction:
            place = [statement_place(prose, statement)]
            yield told("prose_reason_turn", "error", place, change=change.text, words=found.group(1))


def _base(prose: Prose, statement: Statement, comparison: Comparison) -> Iterator[Finding]:
    """The change against both figures when both are printed."""
    figure, base, change = statement.figure, comparison.base, comparison.change
    if figure is None or base is None or not base.money:
        return
    difference = figure.amount - base.amount
    slack = figure.quantum + base.quantum
    words = {"figure": figure.text, "base": base.text}
    if comparison.direction * difference < 0 and abs(difference) > slack:
        yield told("prose_direction", "error", [statement_place(prose, statement)], **words)
    elif change is not None and comparison.direction:
        expected = comparison.direction * difference
        if 2 * abs(change.amount - expected) > change.quantum + slack:
            shown = {"change": change.text, "expected": money(abs(difference), change)}
            yield told("prose_change", "error", [statement_place(prose, statement)], **words, **shown)


def _percent(prose: Prose, statement: Statement, comparison: Comparison) -> Iterator[Finding]:
    """The percentage recomputed from figure and change."""
    figure, change, share = statement.figure, comparison.change, comparison.percent
    if figure is None or share is None or not comparison.direction:
        return
    if change is None:
        yield from _percent_of_base(prose, statement, comparison)
        return
    if fits(figure, change, share, comparison.direction):
        return
    if _elsewhere(prose, statement, comparison):
        return
    base = figure.amount - comparison.direction * change.amount
    place = [statement_place(prose, statement)]
    if 2 * abs(base) <= figure.quantum + change.quantum:
        if share.amount:
            yield told("prose_base_zero", "warning", place, figure=figure.text, percent=share.text)
        return
    expected = 100 * FINE * abs(change.amount) // abs(base)
    words = {"figure": figure.text, "change": change.text, "percent": share.text}
    yield told("prose_percent", "error", place, **words, expected=percent(expected, share))


def _percent_of_base(prose: Prose, statement: Statement, comparison: Comparison) -> Iterator[Finding]:
    """The percentage recomputed from the figure and the base printed beside it."""
    figure, base, share = statement.figure, comparison.base, comparison.percent
    if figure is None or base is None or share is None or not base.money:
        return
    size = abs(figure.amount - base.amount)
    change = Figure(figure.text, size, figure.quantum + base.quantum, figure.unit)
    if fits(figure, change, share, comparison.direction):
        return
    if base.amount:
        words = {"figure": figure.text, "base": base.text, "percent": share.text}
        shown = percent(100 * FINE * size // abs(base.amount), share)
        yield told("prose_percent_base", "error", [statement_place(prose, statement)], **words, expected=shown)


def fits(figure: Figure, change: Figure, share: Figure, direction: int) -> bool:
    """Whether a percentage can be what the change is of the figure before it, one last digit allowed for cutting."""
    low, high = span(figure)
    less, more = span(change)
    less = max(less, 0)
    base = (low - direction * (more if direction > 0 else less), high - direction * (less if direction > 0 else more))
    if base[0] <= 0 <= base[1]:
        return change.amount == 0 or figure.amount == 0
    small, large = sorted((abs(base[0]), abs(base[1])))
    wide = 3 * share.quantum
    printed = (2 * abs(share.amount) - wide, 2 * abs(share.amount) + wide)
    return 2 * 100 * FINE * less <= printed[1] * large and 2 * 100 * FINE * more >= printed[0] * small


def _elsewhere(prose: Prose, statement: Statement, comparison: Comparison) -> bool:
    """Whether change and percentage fit another amount of the paragraph, so that whose they are is not sure."""
    change, share = comparison.change, comparison.percent
    if change is None or share is None:
        return False
    return any(
        other is not statement
        and other.figure is not None
        and other.figure.money
        and fits(other.figure, change, share, comparison.direction)
        for other in prose.statements
        if abs(other.paragraph - statement.paragraph) <= 1
    )


def _same(prose: Prose, statement: Statement, comparison: Comparison) -> Iterator[Finding]:
    """持平 beside a change that is not nothing."""
    if not comparison.bare or comparison.direction or comparison.near or comparison.against == "budget":
        return
    for other in statement.comparisons:
        change = other.change
        if other.against != comparison.against or not other.direction or other.end > comparison.start:
            continue
        if change is not None and change.money and 2 * change.amount > change.quantum:
            yield told("prose_same", "error", [statement_place(prose, statement)], change=change.text)
            return


def _against_budget(prose: Prose, statement: Statement) -> Iterator[Finding]:
    """决算数大于预算数 and its like against the two figures."""
    figure = statement.figure
    turns = [c for c in statement.comparisons if c.bare and c.against == "budget"]
    budget = budget_of(prose, statement)
    if figure is None or budget is None or budget.figure is None or not turns:
        return
    difference = figure.amount - budget.figure.amount
    sure = 2 * abs(difference) > figure.quantum + budget.figure.quantum
    sign = 0 if not sure else 1 if difference > 0 else -1
    for turn in turns:
        near = turn.near and 100 * abs(difference) <= NEARLY * max(abs(figure.amount), abs(budget.figure.amount))
        if turn.direction != sign and not near:
            words = {
                "figure": figure.text,
                "base": budget.figure.text,
                "words": prose.paragraphs[statement.paragraph].text[turn.start : turn.end],
            }
            severity: Severity = "error" if turn.direction or not turn.near else "warning"
            yield told("prose_direction_budget", severity, [statement_place(prose, statement)], **words)


def budget_of(prose: Prose, statement: Statement) -> Statement | None:
    """The budget of the same subject in the same paragraph, nearest before."""
    best = None
    for other in prose.statements:
        if other is statement:
            break
        if other.paragraph == statement.paragraph and other.account == "budget" and other.subject == statement.subject:
            best = other if other.figure is not None and other.figure.money else best
    return best


def _completion(prose: Prose, statement: Statement) -> Iterator[Finding]:
    """完成预算的…% recomputed."""
    figure, rate = statement.figure, statement.completion
    budget = budget_of(prose, statement)
    if figure is None or rate is None or budget is None or budget.figure is None:
        return
    place = [statement_place(prose, statement)]
    if not budget.figure.amount:
        if rate.amount:
            yield told("prose_base_zero", "warning", place, figure=figure.text, percent=rate.text)
        return
    if not ratio_fits(figure, budget.figure, rate):
        expected = 100 * FINE * figure.amount // budget.figure.amount
        words = {"figure": figure.text, "base": budget.figure.text, "percent": rate.text}
        yield told("prose_completion", "error", place, **words, expected=percent(expected, rate))


def ratio_fits(part: Figure, whole: Figure, share: Figure) -> bool:
    """Whether a percentage can be the ratio of two rounded figures, one last digit allowed for cutting."""
    low, high = span(part)
    least, most = span(whole)
    low, least = max(low, 0), max(least, 1)
    wide = 3 * share.quantum
    return 2 * 100 * FINE * low <= (2 * share.amount + wide) * most and (
        2 * 100 * FINE * high >= (2 * share.amount - wide) * least
    )


def _shares(prose: Prose) -> Iterator[Finding]:
    """占…% recomputed where the whole is sure: it is named, or the shares beside it fit it."""
    for parts, wholes, named in _share_groups(prose):
        large = [part for part in parts if part.figure is not None and part.figure.amount]
        best: Figure | None = None
        fitting: list[Statement] = []
        for whole in wholes:
            fit = [p for p in large if p.figure and p.share and ratio_fits(p.figure, whole, p.share)]
            if best is None or len(fit) > len(fitting):
                best, fitting = whole, fit
        wrong = [part for part in large if part not in fitting]
        if best is None or not wrong or not best.amount:
            continue
        if not named and len(fitting) < max(1, len(wrong)):
            continue
        for part in wrong:
            if part.figure is None or part.share is None:
                continue
            expected = 100 * FINE * part.figure.amount // best.amount
            words = {"figure": part.figure.text, "whole": best.text, "percent": part.share.text}
            place = [statement_place(prose, part)]
            yield told(
                "prose_share", "warning" if named else "error", place, **words, expected=percent(expected, part.share)
            )


def _share_groups(prose: Prose) -> Iterator[tuple[list[Statement], list[Figure], bool]]:
    """Statements with shares of one whole, the figures that the whole may be, and whether it is named."""
    groups: dict[int, list[Statement]] = {}
    runs: list[list[Statement]] = []
    last: Statement | None = None
    for statement in prose.statements:
        figure = statement.figure
        if statement.share is None or figure is None or not figure.money:
            continue
        if statement.share_of is not None:
            whole = prose.statements[statement.share_of].figure
            if whole is not None:
                yield [statement], [whole], True
        elif statement.shared:
            continue
        elif statement.whole is not None:
            groups.setdefault(statement.whole, []).append(statement)
        else:
            beside = last is not None and runs and _beside(prose, last, statement)
            if beside:
                runs[-1].append(statement)
            else:
                runs.append([statement])
            last = statement
    for number, parts in groups.items():
        whole = prose.statements[number].figure
        if whole is not None and whole.money:
            yield parts, [whole], False
    for parts in runs:
        if len(parts) > 2:
            yield parts, _before(prose, parts[0]), False


def _beside(prose: Prose, last: Statement, statement: Statement) -> bool:
    """Whether two shares stand in one list."""
    one, two = prose.paragraphs[last.paragraph], prose.paragraphs[statement.paragraph]
    return statement.paragraph - last.paragraph <= 5 and one.path[:2] == two.path[:2]


def _before(prose: Prose, first: Statement) -> list[Figure]:
    """Amounts without shares that stand before a list in its chapter."""
    chapter = prose.paragraphs[first.paragraph].path[:2]
    found: list[Figure] = []
    for statement in prose.statements:
        if statement is first:
            break
        inside = prose.paragraphs[statement.paragraph].path[: len(chapter)] == chapter
        if inside and statement.share is None and statement.figure is not None and statement.figure.money:
            found.append(statement.figure)
    return found[-8:]
