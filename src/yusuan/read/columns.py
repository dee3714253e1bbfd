"""Which printed column is which column of the form: what the head says, and the readings that rival it.

A head and a body that came apart in extraction leave several readings. Each is a map from printed columns to the form's
columns; which one holds is decided by the relations, elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from yusuan.forms import Form, Head
from yusuan.lexicon import bare, squeeze
from yusuan.read.tables import Table

Places = Mapping[int, int]
"""Printed column → leaf of the form."""

STUB_ROLES = frozenset({"code", "name", "part", "agency"})


@dataclass(frozen=True, slots=True)
class HeadFault:
    """A difference between the printed head and the form's: kind and the values that describe it."""

    kind: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reading:
    """A rival reading: printed column → leaf, how it departs from the printed labels and in how many steps."""

    places: Places
    kind: str
    values: Mapping[str, object]
    cost: int


def first_column(table: Table) -> int:
    """The printed column where the table begins."""
    return min((c for row in table.head for c in row.cells), default=0)


def expected_head(form: Form) -> list[list[tuple[int, str]]]:
    """Per head row the (column, label) pairs that the form prints."""
    rows: list[list[tuple[int, str]]] = []
    at = 0

    def walk(head: Head, depth: int) -> None:
        nonlocal at
        while len(rows) <= depth:
            rows.append([])
        rows[depth].append((at, bare(head.label)))
        if not head.children:
            at += 1
        for child in head.children:
            walk(child, depth + 1)

    for head in form.heads:
        walk(head, 0)
    return rows


def printed_head(table: Table, start: int) -> list[list[tuple[int, str]]]:
    """Per head row the (column, label) pairs as printed."""
    return [[(c - start, bare(cell.text)) for c, cell in row.filled()] for row in table.head]


def head_faults(table: Table, form: Form) -> Iterator[HeadFault]:
    """Where the printed head departs from the form's: rows displaced, labels lost, changed, or columns without any."""
    start = first_column(table)
    printed, expected = printed_head(table, start), expected_head(form)
    for depth, wanted in enumerate(expected):
        here = printed[depth] if depth < len(printed) else []
        labels, names = [label for _, label in here], [label for _, label in wanted]
        common = 0
        while common < min(len(labels), len(names)) and alike(labels[common], names[common]):
            common += 1
        moved = [(c, w, label) for (c, label), (w, _) in zip(here[:common], wanted[:common]) if c != w]
        if common < len(names) and common == len(labels):
            yield HeadFault("head_truncated", {"row": depth + 1, "lost": list(names[common:])})
        elif common < len(names) or common < len(labels):
            yield HeadFault(
                "head_different", {"row": depth + 1, "printed": labels[common:], "expected": names[common:]}
            )
        if moved:
            steps = {c - w for c, w, _ in moved}
            yield HeadFault(
                "head_displaced",
                {"row": depth + 1, "labels": [label for _, _, label in moved], "steps": sorted(steps),
                 "at": moved[0][0] + 1, "expected_at": moved[0][1] + 1},
            )  # fmt: skip
        for label, name in zip(labels[:common], names[:common]):
            if label != name:
                yield HeadFault("label_differs", {"printed": label, "expected": name})
    extra = table.width - start - len(form.leaves())
    if extra > 0:
        last = max((c for row in table.head for c, _ in row.filled()), default=0) - start + 1
        yield HeadFault(
            "phantom_columns",
            {"printed": table.width - start, "expected": len(form.leaves()), "count": extra, "last": last},
        )


def alike(left: str, right: str) -> bool:
    """Whether two labels are one, small slips allowed."""
    return left == right or (min(len(left), len(right)) > 4 and SequenceMatcher(None, left, right).ratio() > 0.8)


def leaf_labels(table: Table, start: int) -> dict[int, str]:
    """Printed column → its lowest label."""
    found: dict[int, str] = {}
    for row in table.head:
        for column, cell in row.filled():
            found[column - start] = bare(cell.text)
    return found


def by_labels(table: Table, form: Form) -> dict[int, int]:
    """The reading that the printed labels give: each labelled column to the leaf of that label, in order."""
    start = first_column(table)
    printed = sorted(leaf_labels(table, start).items())
    wanted = [bare(path[-1]) for path in form.paths()]
    stub = sum(leaf.role in STUB_ROLES for leaf in form.leaves())
    found = {i: i for i in range(stub)}
    rest = [(c, label) for c, label in printed if c >= stub]
    matcher = SequenceMatcher(None, [label for _, label in rest], wanted[stub:], autojunk=False)
    for a, b, size in matcher.get_matching_blocks():
        for step in range(size):
            found[rest[a + step][0]] = stub + b + step
    taken = set(found.values())
    for column, label in rest:
        if column not in found:
            open_leaves = [i for i, w in enumerate(wanted) if i not in taken and alike(w, label)]
            if open_leaves:
                nearest = min(open_leaves, key=lambda i: abs(i - column))
                found[column] = nearest
                taken.add(nearest)
    return found


def readings(table: Table, form: Form, used: list[int]) -> list[Reading]:
    """Rival readings of the columns ``used`` by figures, the printed labels' own first, each reading once."""
    leaves = len(form.leaves())
    labels = by_labels(table, form)
    plain = {i: i for i in range(leaves)}
    found: dict[tuple[tuple[int, int | None], ...], Reading] = {}

    def add(places: Places, kind: str, values: Mapping[str, object], cost: int) -> None:
        key = tuple((c, places.get(c)) for c in used)
        targets = [t for _, t in key if t is not None]
        if len(set(targets)) == len(targets) and key not in found:
            found[key] = Reading(places, kind, values, cost)

    add(labels, "as_printed", {}, 0)
    add(plain, "head_moved", {}, 1)
    for base in (labels, plain):
        for at in _cuts(used):
            for step in (1, -1, 2, -2):
                moved = {
                    c: base[c] if c < at else base[c + step]
                    for c in range(leaves + 3)
                    if (c if c < at else c + step) in base
                }
                low, high = _cut_range(used, at)
                values = {"from": low + 1, "to": high + 1, "step": abs(step)}
                add(moved, "columns_shifted", values, 1 + abs(step) + (base is plain))
    return list(found.values())


def _cuts(used: list[int]) -> Iterator[int]:
    previous = -1
    for column in used:
        yield previous + 1 if previous >= 0 else column
        previous = column


def _cut_range(used: list[int], at: int) -> tuple[int, int]:
    after = min((c for c in used if c >= at), default=at)
    before = max((c for c in used if c < at), default=at - 1)
    return before + 1, after


def path_text(path: tuple[str, ...]) -> str:
    """A column as people name it."""
    return "/".join(squeeze(label) for label in path)
