"""Correct disclosures of made-up agencies: 机关, 参公 and 事业, single units and departments, printed in four ways.

Document ``number`` of a ``seed`` is always the same. Facts have a place in every form unless gaps are asked for, so
whatever is found in a document here is a false alarm, as long as nothing was planted in it.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from support.ledgers import Pair, placed, pools
from yusuan.amount import Scale, round_half
from yusuan.fill import fill
from yusuan.ledger import Fact, Ledger, Project
from yusuan.relations import derive_relations
from yusuan.rounding import round_together
from yusuan.sheet import Agency, Cell, Disclosure, Sheet
from yusuan.standard import load_standard

STANDARD = load_standard("hunan/2025")
DEPARTMENT = "104"
YUAN = Scale("元", 2)

PRINTINGS = ("whole", "together", "alone", "units")
"""How amounts are printed: whole last digits, rounded together, each cell rounded alone, some forms in 元."""

SIZES = ((1, 1), (2, 4), (5, 15), (16, 60))
WEIGHTS = (70, 20, 9, 1)
"""How many units a document has, and how often."""

KINDS = ("basic", "project", "business", "remit", "subsidy", "yearend", "agent", "transfer")
HELD = ("project", "agent", "transfer")
OWN_MONEY = ("31", "32", "33", "34", "39")
"""Sources that pay for operations, for superiors and for affiliated units."""

TRIES = 400
"""Draws of one fact before it is left out."""


@dataclass(frozen=True)
class Document:
    """A correct disclosure and how it came about."""

    name: str
    disclosure: Disclosure
    printing: str
    units: int
    facts: int


@dataclass(frozen=True)
class Habit:
    """What one agency spends on and from: few sources and kinds, or all of them."""

    agency: Agency
    functions: tuple[str, ...]
    funds: tuple[str, ...]
    kinds: tuple[str, ...]
    pairs: tuple[Pair, ...]
    projects: tuple[Project, ...]
    carried: float
    step: int
    largest: float


def document(seed: int, number: int, *, units: tuple[int, int] | None = None, gaps: bool = False) -> Document:
    """Document ``number`` of a seed, with its number of units drawn from the range."""
    rng = random.Random(f"{seed}/{number}")
    low, high = units or rng.choices(SIZES, WEIGHTS)[0]
    count = rng.randint(low, high)
    printing = rng.choice(PRINTINGS)
    ledger = drawn_ledger(rng, count, step=STANDARD.scale.quantum if printing == "whole" else 1, gaps=gaps)
    code = DEPARTMENT if count > 1 else next(iter(ledger.agencies))
    disclosure = replace(printed(fill(ledger, STANDARD, code), printing, rng), file=f"{seed}/{number}")
    return Document(f"{seed}/{number}", disclosure, printing, count, len(ledger))


def drawn_ledger(rng: random.Random, count: int, *, step: int, gaps: bool) -> Ledger:
    """A single unit (with or without a department above it) or a department of ``count`` units."""
    above = count > 1 or rng.random() < 0.5
    agencies, facts, projects = [], dict[Fact, int](), list[Project]()
    for number in range(1, count + 1):
        regime = rng.choice(("organ", "assimilated", "institution"))
        code, name = f"{DEPARTMENT}{number:03d}", f"示例单位{number}"
        agency = Agency(code, name, DEPARTMENT if above else None, "示例部门" if above else "", regime)
        habit = drawn_habit(rng, agency, step, gaps=gaps)
        for _ in range(round(5 * 16 ** rng.random())):
            fact = drawn_fact(rng, habit, gaps=gaps)
            if fact is not None:
                place = fact._replace(amount=0)
                facts[place] = facts.get(place, 0) + fact.amount
        agencies.append(agency)
        projects += habit.projects
    listed = [place._replace(amount=amount) for place, amount in facts.items()]
    return Ledger.of(2025, agencies, listed, projects=projects)


def drawn_habit(rng: random.Random, agency: Agency, step: int, *, gaps: bool) -> Habit:
    pool = pools("institution" if agency.regime == "institution" else "organ")
    sources = [fund for fund in pool.funds if fund not in OWN_MONEY]
    funds = ("1111", *rng.sample(sources, rng.choice((0, 0, 1, 3, len(sources)))))
    kinds = KINDS if rng.random() < 0.4 else rng.choice((("basic",), ("basic", "project")))
    tree = STANDARD.space["exp_func_code"]
    items = [code for code in (pool.functions if gaps else pool.listed) if code not in tree or tree.level(code) > 2]
    functions = rng.sample(items, rng.randint(1, 6))
    projects = tuple(
        Project(f"{agency.code}P{n}", agency.code, f"项目{agency.code}{n}", rng.choice(("special", "other")))
        for n in range(rng.randint(1, 4))
    )
    carried = rng.choice((0.0, 0.0, 0.2))
    largest = rng.choice((8.0, 9.5, 11.0))
    return Habit(agency, tuple(functions), funds, kinds, pool.pairs, projects, carried, step, largest)


def drawn_fact(rng: random.Random, habit: Habit, *, gaps: bool) -> Fact | None:
    """A fact with a place in every form; ``None`` when none was met."""
    kind = rng.choices(habit.kinds, [60 if k == "basic" else 25 if k == "project" else 3 for k in habit.kinds])[0]
    project = rng.choice(habit.projects) if kind in HELD else None
    amount = max(1, int(10 ** rng.uniform(4, habit.largest)) // habit.step) * habit.step
    for _ in range(TRIES):
        function, (dep, gov) = rng.choice(habit.functions), rng.choice(habit.pairs)
        fund = rng.choice(OWN_MONEY if kind in ("business", "remit", "subsidy") else habit.funds)
        if kind == "yearend":
            function, dep, gov = "", "", ""
        vintage = "carryover" if rng.random() < habit.carried else "current"
        code = project.code if project else ""
        fact = Fact(habit.agency.code, function, dep, gov, fund, vintage, kind, code, amount)
        if gaps or placed(fact, project.pro_type if project else "other"):
            return fact
    return None


def printed(exact: Disclosure, printing: str, rng: random.Random) -> Disclosure:
    """The disclosure as published: nothing is left of the amounts behind the printed ones."""
    if printing == "together":
        exact = round_together(exact, derive_relations(exact, STANDARD, ("institution", "organ"))).disclosure
    sheets = [in_unit(s, YUAN) if printing == "units" and rng.random() < 0.5 else s for s in exact.sheets]
    return replace(exact, sheets=tuple(bare(sheet) for sheet in sheets))


def in_unit(sheet: Sheet, scale: Scale) -> Sheet:
    """The sheet with its exact amounts printed in another unit."""
    cells = {place: _in_unit(cell, scale) for place, cell in sheet.cells.items()}
    return replace(sheet, scale=scale, unit_label=f"单位：{scale.unit}", cells=MappingProxyType(cells))


def _in_unit(cell: Cell, scale: Scale) -> Cell:
    if not cell.exact:
        return cell
    amount = round_half(cell.exact, scale.quantum) * scale.quantum
    return replace(cell, text=scale.format(amount), amount=amount)


def bare(sheet: Sheet) -> Sheet:
    cells = {place: replace(cell, exact=None) for place, cell in sheet.cells.items()}
    return replace(sheet, cells=MappingProxyType(cells))
