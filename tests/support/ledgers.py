"""Random ledgers: departments of 机关 and 事业 units with facts that have a place in every form, or that need not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

from yusuan.fill import blanks, place_of
from yusuan.forms import Form, Standard
from yusuan.ledger import Fact, Ledger, Project
from yusuan.pairing import pair_codes
from yusuan.relations import Relation
from yusuan.sheet import Agency, Disclosure
from yusuan.standard import load_standard

REGIMES = ("organ", "institution")
HELD = ("project", "agent", "transfer")
"""Kinds whose money belongs to a project."""

ODD_FUNCTIONS = ("2019977", "2069988")
"""Functions that no code list knows; their 款 is known."""

PLACED_KINDS = ("basic", "basic", "basic", "project", "project", "yearend", "agent", "transfer")
ANY_KINDS = (*PLACED_KINDS, "business", "remit", "subsidy")

Pair = tuple[str, str]
Item = TypeVar("Item")


def standard() -> Standard:
    """The form set that the tests fill."""
    return load_standard("hunan/2025")


@dataclass(frozen=True)
class Pools:
    """Codes to draw facts from."""

    functions: tuple[str, ...]
    listed: tuple[str, ...]
    """Functions whose 类 has a line in every form that has lines for functions."""
    funds: tuple[str, ...]
    pairs: tuple[Pair, ...]
    loose: tuple[Pair, ...]
    """Pairs of codes of which the correspondence says nothing sure."""


@cache
def pools(regime: str) -> Pools:
    """What an agency of this regime can use."""
    space = standard().space
    functions = space["exp_func_code"]
    leaves = tuple(c for c in functions.members if not functions.children.get(c)) + ODD_FUNCTIONS
    funds = space["fund_type_code"]
    pairing = pair_codes(space, (regime,))
    loose = {(d, g) for d in pairing.doubtful for g in space["gov_bgt_eco_code"].members} - pairing.allowed
    lines = [
        {c for block in form.blocks for line in block.lines for c in line.point.parts.get("exp_func_code", ())}
        for form in standard().forms.values()
    ]
    known = space["exp_func_code"].with_members((c, "") for c in ODD_FUNCTIONS)
    listed = tuple(c for c in leaves if all(not named or known.path(c)[0] in named for named in lines))
    sources = tuple(c for c in funds.members if not funds.children.get(c))
    return Pools(leaves, listed, sources, tuple(sorted(pairing.allowed)), tuple(sorted(loose)))


@cache
def splits(form: Form) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """The printed sums of a form: position of the total and of its parts among the form's places for money."""
    spots = [(b, line.index) for b, block in enumerate(form.blocks) for line in block.lines]
    index = {spot: i for i, spot in enumerate(spots)} if form.blocks else {(0, i): i for i in range(len(form.money()))}
    return tuple((index[total.total], tuple(index[part] for part in total.parts)) for total in form.sums)


@cache
def whole(number: str, bits: int) -> bool:
    """Whether these places of a form have one part for each total: no gap of the template."""
    return all(
        sum(bits >> part & 1 for part in parts) == 1
        for total, parts in splits(standard().forms[number])
        if bits >> total & 1
    )


def placed(fact: Fact, pro_type: str) -> bool:
    """Whether every form that has a place for a fact's total has one for the fact."""
    place = place_of(fact, pro_type)
    function = place[-1]
    if function and function not in standard().space["exp_func_code"]:
        place = (*place[:-1], function[:5])
    return all(whole(number, blank.member.bits(place)) for number, blank in blanks(standard()).items())


def turned(pool: Sequence[Item], start: int) -> Iterator[Item]:
    """The pool from a place on, round to it again."""
    return (pool[(start + step) % len(pool)] for step in range(len(pool)))


@st.composite
def drawn_facts(
    draw: st.DrawFn, agency: Agency, functions: Sequence[str], projects: Sequence[Project], *, gaps: bool, loose: bool
) -> Fact:
    """One fact of an agency. Without ``gaps`` its codes move on until every form has a place for it."""
    pool = pools("institution" if agency.regime == "institution" else "organ")
    kind = draw(st.sampled_from(ANY_KINDS if gaps else PLACED_KINDS))
    held = kind in HELD and bool(projects)
    project = draw(st.sampled_from(projects)) if held else None
    function, vintage = draw(st.sampled_from(functions)), draw(st.sampled_from(("current", "current", "carryover")))
    amount = draw(st.integers(0, 10**12))
    pairs = pool.pairs + pool.loose if loose else pool.pairs
    starts = draw(st.integers(0, len(pairs) - 1)), draw(st.integers(0, len(pool.funds) - 1))
    for dep, gov in turned(pairs, starts[0]):
        if kind == "yearend":
            function, dep, gov = "", "", ""
        for fund in turned(pool.funds, starts[1]):
            code = project.code if project else ""
            fact = Fact(agency.code, function, dep, gov, fund, vintage, kind, code, amount)
            if gaps or placed(fact, project.pro_type if project else "other"):
                return fact
        if kind == "yearend":
            vintage = "carryover"
    raise AssertionError(f"no place for {kind}")


@st.composite
def ledgers(
    draw: st.DrawFn, *, units: int = 3, facts: int = 12, gaps: bool = False, loose: bool = False, lone: bool = False
) -> Ledger:
    """A ledger of one department with up to ``units`` units of any regime and up to ``facts`` facts each.

    ``gaps`` lets facts fall where a form has no place; ``loose`` lets economic codes pair that no sure correspondence
    forbids; ``lone`` makes a single unit without a department.
    """
    count = 1 if lone else draw(st.integers(2, max(2, units)))
    agencies, rows, projects = [], [], []
    for number in range(1, count + 1):
        code = f"104{number:03d}"
        regime = draw(st.sampled_from(("organ", "assimilated", "institution")))
        agency = Agency(code, f"示例单位{number}", None if lone else "104", "" if lone else "示例部门", regime)
        pool = pools("institution" if regime == "institution" else "organ")
        functions = draw(st.lists(st.sampled_from(pool.functions if gaps else pool.listed), min_size=1, max_size=4))
        own = [
            Project(f"{code}P{i}", code, f"项目{i}", draw(st.sampled_from(("special", "other"))))
            for i in range(draw(st.integers(1, 3)))
        ]
        one = drawn_facts(agency, functions, own, gaps=gaps, loose=loose)
        rows += draw(st.lists(one, max_size=facts))
        agencies.append(agency)
        projects += own
    return Ledger.of(2025, agencies, rows, projects=projects)


def regimes_of(ledger: Ledger) -> tuple[str, ...]:
    """The regimes of the ledger's agencies, as the correspondence names them."""
    found = {"institution" if a.regime == "institution" else "organ" for a in ledger.agencies.values()}
    return tuple(sorted(found))


def broken(disclosure: Disclosure, relations: Iterable[Relation]) -> list[tuple[Relation, int, int]]:
    """Relations that the exact amounts of a filled disclosure contradict, with both sides."""
    exact = {
        (number, cell.row, cell.column): cell.exact or 0
        for number, sheet in enumerate(disclosure.sheets)
        for cell in sheet.cells.values()
    }
    found = []
    for relation in relations:
        left, right = (sum(exact.get(p, 0) for p in side) for side in (relation.left, relation.right))
        if left > right if relation.bound else left != right:
            found.append((relation, left, right))
    return found
