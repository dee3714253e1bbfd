"""The derived column identities are complete: they span every linear relation that the Points imply."""

from __future__ import annotations

import pytest

from yusuan.axes import Point
from yusuan.identities import Atoms, Closure, Identity, View, close, cut_axes, identities_of
from yusuan.pairing import pair_codes
from yusuan.plan import column_views
from yusuan.standard import list_standards, load_standard

PRIME = 2**61 - 1
Row = dict[int, int]


def rank(rows: list[Row]) -> int:
    """Rank modulo a large prime; a lower rank than the true one has a chance of about 1e-17."""
    pivots: dict[int, Row] = {}
    for source in rows:
        row = {k: v % PRIME for k, v in source.items() if v % PRIME}
        while row:
            lead = min(row)
            if lead not in pivots:
                inverse = pow(row[lead], PRIME - 2, PRIME)
                pivots[lead] = {k: v * inverse % PRIME for k, v in row.items()}
                break
            factor = row[lead]
            for k, v in pivots[lead].items():
                left = (row.get(k, 0) - factor * v) % PRIME
                if left:
                    row[k] = left
                else:
                    row.pop(k, None)
    return len(pivots)


def incidence(atoms: Atoms) -> list[Row]:
    """One row an atom: the columns that hold it."""
    found: dict[int, Row] = {}
    for column, bits in enumerate(atoms.live):
        while bits:
            low = bits & -bits
            found.setdefault(low, {})[column] = 1
            bits ^= low
    return list(found.values())


def as_row(left: tuple[int, ...], right: tuple[int, ...], live: set[int]) -> Row:
    row: Row = {}
    for sign, columns in ((1, left), (-1, right)):
        for column in columns:
            if column in live:
                row[column] = row.get(column, 0) + sign
    return row


def true_at(atoms: Atoms, identity: Identity) -> bool:
    sides = []
    for columns in (identity.left, identity.right):
        union = 0
        for column in columns:
            if union & atoms.live[column]:
                return False
            union |= atoms.live[column]
        sides.append(union)
    return sides[0] == sides[1]


@pytest.fixture(params=list_standards())
def shape(request: pytest.FixtureRequest) -> tuple[str, tuple[Point, ...], tuple[View, ...], tuple[Closure, ...]]:
    standard = load_standard(request.param)
    points, views, closures, _ = column_views(standard, tuple(standard.forms))
    return request.param, points, views, closures


@pytest.mark.parametrize("regimes", [("institution", "organ"), ("institution",), ("organ",)])
@pytest.mark.parametrize("gaps_empty", [False, True])
def test_identities_span_every_relation(
    shape: tuple[str, tuple[Point, ...], tuple[View, ...], tuple[Closure, ...]],
    regimes: tuple[str, ...],
    gaps_empty: bool,
) -> None:
    name, points, views, closures = shape
    space = load_standard(name).space
    pairing = pair_codes(space, regimes)
    used = closures if gaps_empty else tuple(c for c in closures if not c.gapped)
    atoms = close(cut_axes(points, space, pairing), used)
    live = {column for column, bits in enumerate(atoms.live) if bits}
    found = identities_of(points, views, closures, space, pairing)
    derived = [as_row(i.left, i.right, live) for i in found if not i.bound and true_at(atoms, i)]
    derived += [as_row((c.total,), c.parts, live) for c in used]
    assert rank(derived) == len(live) - rank(incidence(atoms))
