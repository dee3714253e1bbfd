"""Recover the ledger behind a disclosure: which amounts its printed figures determine, and a plain choice for the rest.

A ledger is a non-negative amount per atom, and every printed figure the sum of its atoms: one linear programme. An atom
whose amount no other solution changes is determined; for the others the solution with the fewest facts is chosen and
marked as assumed, with the least and most that any solution has there. No ledger is made up when no solution exists:
then the figures contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from yusuan.atoms import LOOSE, REGIMES, Cutter, Figures, Location, World, figures_of, path_of, placed_space, world_of
from yusuan.axes import Space
from yusuan.codes import Tree
from yusuan.extremes import Extremes, Range
from yusuan.forms import Standard
from yusuan.ledger import Fact, Ledger, Project
from yusuan.programme import Programme, programmes
from yusuan.sheet import Agency, Disclosure, Place
from yusuan.solver import UndecidedError
from yusuan.words import say

CHOICE_AXES: tuple[str, ...] = (
    "kind", "vintage", "agency_code", "pro_code", "exp_func_code", "fund_type_code", "dep_bgt_eco_code",
    "gov_bgt_eco_code",
)  # fmt: skip
"""Order in which the members of a fact are chosen among those that the figures admit."""

ECONOMIC = CHOICE_AXES[-2:]
"""Axes on which a fact may name an inner member."""


SECONDS = 10.0
"""Longest search for the least and most of all facts together."""


UNTOLD = frozenset({"recover_no_agency", "recover_undecided"})
"""Problems of which no figure is guilty."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """One fact as recovered: whether no other amount is possible, the least and most that facts in the same figures
    can have together, and the axes whose member is only one of several."""

    fact: Fact
    pro_type: str
    unique: bool
    range: Range
    open_axes: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """determined or assumed."""
        return "determined" if self.unique and not self.open_axes else "assumed"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The recovered ledger with what is known of each fact, or why there is none.

    ``rounded``: no ledger gives the printed figures exactly; this one does when each is rounded to its last digit.
    ``loose``: it needs a source told no finer than its group, or a pair of economic codes that the correspondence
    table does not (surely) have.
    """

    ledger: Ledger | None
    facts: tuple[Recovered, ...] = ()
    rounded: bool = False
    loose: bool = False
    atoms: int = 0
    problems: tuple[tuple[str, Mapping[str, object]], ...] = ()

    @property
    def widest(self) -> int | None:
        """分 between the least and most of the fact that is known least well; ``None`` when one has no most."""
        widths = [item.range.width for item in self.facts]
        return None if None in widths else max((w for w in widths if w is not None), default=0)

    @property
    def ends(self) -> tuple[tuple[int, int | None], ...]:
        """Least and most (分) of every fact."""
        return tuple((item.range.least, item.range.most) for item in self.facts)

    @property
    def tight(self) -> bool:
        """Whether every least and most is reached by some ledger."""
        return all(item.range.tight for item in self.facts)

    @property
    def possible(self) -> bool:
        """Whether some ledger yields all printed figures."""
        return self.ledger is not None

    @property
    def contradictory(self) -> bool:
        """Whether the figures contradict each other; without that, something was missing to tell."""
        return bool(self.problems) and not any(key in UNTOLD for key, _ in self.problems)

    def sentences(self, lang: str = "zh") -> list[str]:
        """Why there is no ledger, in words."""
        return [say(key, lang, values) for key, values in self.problems]


def recover(
    disclosure: Disclosure,
    standard: Standard,
    *,
    hidden: frozenset[Place] = frozenset(),
    seconds: float = SECONDS,
) -> Recovery:
    """What the published forms determine of the ledger (amounts in 分); never a ledger that contradicts a figure.

    Withheld and ``hidden`` cells tell nothing. ``seconds`` limits the search for the least and most of the facts.
    """
    space = placed_space(disclosure, standard)
    plain = figures_of(disclosure, standard, space, hidden=hidden)
    world = world_of(disclosure, standard, space, plain)
    problems = _faults(disclosure, plain, world)
    if problems:
        return Recovery(None, problems=problems)
    problems = ()
    for programme, cutter in programmes(disclosure, standard, hidden):
        try:
            amounts = programme.amounts()
        except UndecidedError:
            problems = (("recover_undecided", {}),)
            continue
        if amounts is not None:
            facts = _facts(programme, amounts, cutter, seconds)
            ledger = _ledger(disclosure, standard, world, facts)
            return Recovery(ledger, tuple(facts), programme.rounded, cutter.loose > 0, len(programme.atoms))
    return Recovery(None, problems=problems or _contradiction(disclosure, plain, space, world))


Problems = tuple[tuple[str, Mapping[str, object]], ...]


def _faults(disclosure: Disclosure, figures: Figures, world: World) -> Problems:
    """Why no ledger is possible, told before anything is solved."""
    if not world.agencies:
        return (("recover_no_agency", {}),)
    found: list[tuple[str, Mapping[str, object]]] = []
    for figure in figures.money:
        named = [_named(disclosure, place) for place in figure.places]
        if figure.high < 0:
            found.append(("recover_negative", _named(disclosure, _least(disclosure, figure.places))))
        elif figure.low > figure.high:
            different = [n for n in named if n["text"] != named[0]["text"]] or named[1:]
            other = {f"other_{key}": value for key, value in different[0].items()}
            found.append(("recover_slice_twice", {**named[0], **other}))
    return tuple(found)


def _least(disclosure: Disclosure, places: Iterable[Place]) -> Place:
    return min(places, key=lambda p: disclosure.sheets[p[0]].cells[p[1], p[2]].amount or 0)


def _contradiction(disclosure: Disclosure, figures: Figures, space: Space, world: World) -> Problems:
    """Why no ledger is possible: figures that nothing can explain, or figures that contradict each other."""
    seen = 0
    for signature in Cutter(figures, space, world, LOOSE[-1]).atoms():
        seen |= signature
    lost = [f for i, f in enumerate(figures.money) if f.low > 0 and not seen >> i & 1]
    largest = sorted(lost, key=lambda f: -f.low)[:3]
    found = [("recover_unexplained", _named(disclosure, figure.places[0])) for figure in largest]
    return tuple(found) or (("recover_contradiction", {}),)


def _named(disclosure: Disclosure, place: Place) -> dict[str, object]:
    sheet = disclosure.sheets[place[0]]
    row, column = sheet.rows[place[1]], sheet.columns[place[2]]
    label = row.labels[place[2]] if len(row.labels) > 1 else " ".join(filter(None, (row.code, row.name)))
    path = column.labels[:1] if len(row.labels) > 1 else column.labels
    text = sheet.cells[place[1], place[2]].text
    return {"form": sheet.title, "row": label, "column": "/".join(path), "text": text or "0", "unit": sheet.scale.unit}


def _facts(programme: Programme, amounts: list[int], cutter: Cutter, seconds: float) -> list[Recovered]:
    """A fact for every atom with money, in the order of the ledger."""
    unique = programme.unique(amounts)
    amounts = programme.fewest(amounts, unique)
    money = [j for j, amount in enumerate(amounts) if amount]
    # rounded figures leave even the unique amounts a last digit of room
    asked = money if programme.rounded else [j for j in money if j not in unique]
    ranges = Extremes(programme).ranges(amounts, asked, seconds)
    room = programme.quantum if programme.rounded else 0
    found = []
    for j in money:
        place, open_axes = choose(cutter.locations(programme.atoms[j]), cutter)
        project, kind = project_of(place, cutter.world)
        fact = Fact(
            place.agency_code, place.exp_func_code, place.dep_bgt_eco_code, place.gov_bgt_eco_code,
            place.fund_type_code, place.vintage, place.kind, project, amounts[j],
        )  # fmt: skip
        if project and not place.pro_code:
            open_axes = (*open_axes, "pro_code")
        span = ranges.get(j, Range(amounts[j], amounts[j]))
        settled = j in unique or (span.width is not None and span.width <= room)
        found.append(Recovered(fact, kind, settled, span, open_axes))
    return sorted(found, key=lambda r: _order(r.fact, cutter.space))


def _order(fact: Fact, space: Space) -> tuple[object, ...]:
    ranks = [list(space[a].members).index(c) for a, c in (("kind", fact.kind), ("vintage", fact.vintage))]
    return (fact.agency_code, *ranks, fact.exp_func_code, fact.dep_bgt_eco_code, fact.pro_code, fact.fund_type_code)


def choose(admitted: list[Location], cutter: Cutter) -> tuple[Location, tuple[str, ...]]:
    """One location for an atom, and the axes on which the figures leave others possible.

    The member above all admitted ones is taken where it stands in the same figures (302 where only the 类 is
    published): it claims nothing. Elsewhere the first admitted member is, and that is a choice.
    """
    signature = cutter.signature(admitted[0])
    open_axes = []
    for axis in CHOICE_AXES:
        tree = cutter.space[axis]
        codes = list(dict.fromkeys(getattr(place, axis) for place in admitted))
        if len(codes) > 1:
            economic = axis in ECONOMIC
            above = common(tree, codes) if economic else None
            moved = [place._replace(**{axis: above}) for place in admitted] if above is not None else []
            kept = [place for place in dict.fromkeys(moved) if cutter.signature(place) == signature]
            if not kept:
                first = min(codes, key=lambda c: len(path_of(tree, c))) if economic else codes[0]
                kept = [place for place in admitted if getattr(place, axis) == first]
                open_axes.append(axis)
            admitted = kept
    return admitted[0], tuple(open_axes)


def common(tree: Tree, codes: Iterable[str]) -> str | None:
    """The lowest member at or above all codes, ``None`` when there is none."""
    paths = [path_of(tree, code) for code in codes]
    shared = None
    for steps in zip(*paths):
        if len(set(steps)) > 1:
            break
        shared = steps[0]
    return shared


def project_of(place: Location, world: World) -> tuple[str, str]:
    """(code, type) of the project of a fact: both empty outside projects.

    A name listed under both types is two projects; special money that no form lists goes to a project of its own.
    """
    code, kind = place.pro_code, place.pro_type
    if not code:
        return ("", "") if ("", kind) == world.unlisted[0] else (f"{place.agency_code}-{kind}", kind)
    types = [t for listed in world.projects.values() for other, t in listed if other == code]
    return (code if kind == types[0] else f"{code}-{kind}", kind)


def _ledger(disclosure: Disclosure, standard: Standard, world: World, facts: Iterable[Recovered]) -> Ledger:
    facts = tuple(facts)
    texts, goals = _texts(disclosure, standard)
    projects: dict[str, Project] = {}
    for agency, listed in world.projects.items():
        for code, kind in listed:
            name, said = texts.get((code, kind), (code, {}))
            own = project_of(Location("", agency, "", code, kind, "", "", "", ""), world)[0]
            projects.setdefault(own, Project(own, agency, name, kind, said))
    for fact, kind in ((r.fact, r.pro_type) for r in facts if r.fact.pro_code):
        name = standard.space["pro_type"][kind].name
        projects.setdefault(fact.pro_code, Project(fact.pro_code, fact.agency_code, name, kind))
    return Ledger.of(
        disclosure.fiscal_year or standard.fiscal_year, _agencies(disclosure, world), [r.fact for r in facts],
        projects=projects.values(), goals={a: t for a, t in goals.items() if a in world.agencies},
        marks=tuple(r.mark for r in facts),
    )  # fmt: skip


def _agencies(disclosure: Disclosure, world: World) -> list[Agency]:
    """The units, with their regime where the figures leave one possible."""
    names = {row.code: row.name for s in disclosure.sheets for row in s.rows if row.role == "agency" and row.code}
    head = disclosure.agency
    found = []
    for code in world.agencies:
        regime = world.regimes[code][0] if len(world.regimes[code]) < len(REGIMES) else None
        if head is not None and code == head.code:
            found.append(replace(head, regime=head.regime or regime))
        else:
            parent, name = (head.code, head.name) if head is not None else (None, "")
            found.append(Agency(code, names.get(code, code), parent, name, regime))
    return found


Texts = dict[tuple[str, str], tuple[str, dict[str, str]]]


def _texts(disclosure: Disclosure, standard: Standard) -> tuple[Texts, dict[str, dict[str, str]]]:
    """Name and texts of projects by (listed code, type), and of agencies by code, from the forms that print words."""
    projects: Texts = {}
    goals: dict[str, dict[str, str]] = {}
    for sheet in disclosure.sheets:
        form = standard.forms.get(sheet.form or "")
        if form is None:
            continue
        elements = [leaf.data for leaf in form.texts()]
        types = form.scope.parts.get("pro_type", frozenset())
        for r, row in enumerate(sheet.rows):
            words = {
                d: cell.text for c, d in enumerate(elements) if d and (cell := sheet.words.get((r, c))) and cell.text
            }
            if row.role == "project" and row.point is not None and len(types) == 1:
                (code,) = row.point.parts["pro_code"]
                projects.setdefault((code, next(iter(types))), (row.name, {}))[1].update(words)
            elif row.role == "agency" and words and form.rows is not None and form.rows.axes == ("agency_code",):
                goals.setdefault(row.code, {}).update(words)
    return projects, goals
