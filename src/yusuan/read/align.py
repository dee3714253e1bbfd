"""Choose among rival readings of each table's columns: the one that the relations of the whole disclosure accept.

Readings are weighed as wrong cells are located: by the fewest figures that would have to be wrong if it were the right
one. Another reading than the printed labels' own is taken only when it saves several figures; the reason is kept. Where
two readings that differ are worth the same, both are named and the choice is marked as unsettled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from yusuan.hitting import least_size
from yusuan.read.columns import Reading
from yusuan.read.sheets import Draft, finish_grid
from yusuan.relations import Relation
from yusuan.sheet import Place, Repair, Sheet

ENOUGH = 3
"""A reading must save so many figures: fewer can be wrong in other forms."""


@dataclass(frozen=True, slots=True)
class Score:
    """How a reading fares: figures wrong at least, relations broken, figures left without a column, departures from
    print."""

    wrong: int
    broken: int
    orphans: int
    cost: int

    def key(self) -> tuple[int, int, int, int]:
        """What is compared: faults first, then departures from print."""
        return (self.wrong + self.orphans, self.broken, self.orphans, self.cost)


Amounts = dict[Place, int]
"""(sheet, row, column) → 分."""


def amounts_of(number: int, sheet: Sheet) -> Amounts:
    """Printed figures of a sheet."""
    return {(number, *place): cell.amount for place, cell in sheet.cells.items() if cell.amount is not None}


def broken(relations: list[Relation], amounts: Amounts) -> list[frozenset[Place]]:
    """The cells of every relation that does not hold exactly."""
    found, get = [], amounts.get
    for relation in relations:
        left = sum([get(place, 0) for place in relation.left])
        right = sum([get(place, 0) for place in relation.right])
        if left > right if relation.bound else left != right:
            found.append(frozenset((*relation.left, *relation.right)))
    return found


def align(
    sheets: list[Sheet], drafts: dict[int, Draft], rivals: dict[int, list[Reading]], relations: list[Relation]
) -> None:
    """Settle the reading of every draft with rivals; ``sheets`` and the drafts' repairs are brought up to date."""
    touching = _touching(rivals, relations)
    amounts: Amounts = {}
    for number, sheet in enumerate(sheets):
        amounts.update(amounts_of(number, sheet))
    chosen = {number: readings[0] for number, readings in rivals.items()}
    scores: dict[int, list[Score]] = {}
    order = sorted(rivals, key=lambda n: len(rivals[n]))
    for _ in range(3):
        changed = False
        for number in order:
            scores[number], best = _choose(drafts[number], rivals[number], number, touching[number], amounts)
            if rivals[number][best] is not chosen[number]:
                chosen[number], changed = rivals[number][best], True
                _overlay(drafts[number], chosen[number], number, amounts)
        if not changed:
            break
    for number in order:
        drafts[number].places = chosen[number].places
        _explain(drafts[number], rivals[number], chosen[number], scores[number])
        sheets[number] = finish_grid(drafts[number])


def _touching(rivals: dict[int, list[Reading]], relations: list[Relation]) -> dict[int, list[Relation]]:
    touching: dict[int, list[Relation]] = {number: [] for number in rivals}
    for relation in relations:
        if relation.sure and not relation.bound:
            for number in {place[0] for place in (*relation.left, *relation.right)}:
                if number in touching:
                    touching[number].append(relation)
    return touching


def _choose(
    draft: Draft, rivals: list[Reading], number: int, relations: list[Relation], amounts: Amounts
) -> tuple[list[Score], int]:
    literal = _score(draft, rivals[0], number, relations, amounts)
    if not literal.broken + literal.orphans:
        return [literal], 0
    scores = [literal, *(_score(draft, reading, number, relations, amounts) for reading in rivals[1:])]
    best = min(range(len(scores)), key=lambda i: scores[i].key())
    if not best or _moved(draft, rivals[0], rivals[best]) < 2:
        return scores, 0
    rest = _less(draft, rivals[0], rivals[best])
    before = literal if rest is rivals[0] else _score(draft, rest, number, relations, amounts)
    return scores, best if _worth(before, scores[best]) else 0


def _overlay(draft: Draft, reading: Reading, number: int, amounts: Amounts) -> int:
    """Put a sheet's figures where a reading places them; returns how many find no money column."""
    for place in [p for p in amounts if p[0] == number]:
        del amounts[place]
    columns, orphans = draft.money_columns(), 0
    for (row, printed), amount in draft.amounts().items():
        column = columns.get(reading.places.get(printed, -1))
        if column is None:
            orphans += 1
        else:
            amounts[number, row, column] = amount
    return orphans


def _score(draft: Draft, reading: Reading, number: int, relations: list[Relation], amounts: Amounts) -> Score:
    trial = dict(amounts)
    orphans = _overlay(draft, reading, number, trial)
    off = broken(relations, trial)
    return Score(least_size(off), len(off), orphans, reading.cost)


def _less(draft: Draft, first: Reading, second: Reading) -> Reading:
    """The first reading without the columns that only the second leaves out: leaving figures out mends nothing."""
    money = draft.money_columns()
    out = {c for c in draft.used if first.places.get(c) in money and second.places.get(c) not in money}
    return replace(first, places={c: leaf for c, leaf in first.places.items() if c not in out}) if out else first


def _moved(draft: Draft, first: Reading, second: Reading) -> int:
    """Figures that find another column in the second reading; a single one beside its column is its own fault."""
    return sum(second.places.get(c) not in (None, first.places.get(c)) for _, c in draft.amounts())


def _worth(literal: Score, other: Score) -> bool:
    """Whether a reading saves enough wrong figures to be preferred to the printed labels."""
    return literal.wrong + literal.orphans - other.wrong - other.orphans >= ENOUGH


def _explain(draft: Draft, rivals: list[Reading], chosen: Reading, scores: list[Score]) -> None:
    if len(scores) == 1 or chosen is rivals[0]:
        return
    literal, mine = scores[0], scores[rivals.index(chosen)]
    ties = [
        reading
        for reading, score in zip(rivals, scores)
        if reading is not chosen and score.key()[:3] == mine.key()[:3] and score.cost <= mine.cost
    ]
    values = {
        **chosen.values, "broken": literal.broken, "orphans": literal.orphans, "left": mine.broken,
        "moved": moved_labels(draft, rivals[0], chosen), "rivals": [moved_labels(draft, chosen, tie) for tie in ties],
    }  # fmt: skip
    exchanged = _exchanged(rivals[0], chosen, draft.used)
    kind = "labels_exchanged" if exchanged and chosen.kind == "head_moved" else chosen.kind
    draft.repairs.append(Repair(kind, "", values, settled=not ties))


def _exchanged(first: Reading, second: Reading, used: list[int]) -> bool:
    before = sorted(x for c in used if (x := first.places.get(c)) is not None and x != second.places.get(c))
    after = sorted(x for c in used if (x := second.places.get(c)) is not None and x != first.places.get(c))
    return bool(before) and before == after


def moved_labels(draft: Draft, first: Reading, second: Reading) -> list[str]:
    """Printed columns whose meaning differs between two readings: 'column: label → label'."""
    paths = draft.form.paths()
    found = []
    for column in draft.used:
        a, b = first.places.get(column), second.places.get(column)
        if a != b:
            names = ["/".join(paths[x][-2:]) if x is not None and x < len(paths) else "—" for x in (a, b)]
            found.append(f"{column + 1}: {names[0]} → {names[1]}")
    return found
