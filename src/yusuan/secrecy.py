"""Which withheld figures the published ones give away, and what else must be withheld so that they do not.

A figure that is not published can often be worked out: the total less the other rows. It is exposed when some
combination of relations holds it and otherwise published figures only, or when every ledger behind the published
figures has one and the same amount there. Each such proof rests on published figures, of which one more must be
withheld: the cheapest set that meets all proofs is the proposal. A blank tells that there is no money; it is never
proposed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import ceil, gcd
from time import monotonic

from yusuan.atoms import members_of
from yusuan.extremes import Extremes, Range, Span
from yusuan.figures import Figures
from yusuan.forms import Standard
from yusuan.hitting import Conflict, least_hitting
from yusuan.programme import programmes
from yusuan.relations import derive_relations
from yusuan.sheet import Disclosure, Place
from yusuan.solver import ANY, NIL, Model, UndecidedError
from yusuan.system import System
from yusuan.tested import regimes_of

SECONDS = 20.0
"""Longest search for what ledgers leave open and for the cheapest proposal together."""

Terms = dict[int, int]
"""Figure → coefficient of a sum that is zero; ``~i`` counts relation i."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """One withheld figure, told by all cells that do not print it, and what the published figures tell of it.

    ``exposed``: only one ``amount`` (分) is possible, rounding apart, or too narrow a range. ``terms`` are published
    cells and the coefficients with which they add up to it, ``relations`` how many relations that takes; without terms
    the ledgers leave no choice because of the cells in ``rests_on``. ``range`` is the least and most that ledgers
    leave, ``after`` the same once the proposal is withheld, too; both ``None`` when no ledger was found. ``nothing``:
    the figure is zero because all it is made of is blank, which cannot be hidden.
    """

    places: tuple[Place, ...]
    exposed: bool = False
    amount: int | None = None
    terms: tuple[tuple[Fraction, Place], ...] = ()
    relations: int = 0
    rests_on: tuple[Place, ...] = ()
    range: Range | None = None
    after: Range | None = None
    nothing: bool = False


@dataclass(frozen=True, slots=True)
class Secrecy:
    """Every withheld figure, and the further cells to withhold so that none is exposed.

    ``gap`` is the share of its cost by which a cheaper proposal may lie below it, 0 when there is none. ``tested``: no
    ledger exposes a figure either; otherwise relations alone were tested, for want of time or because no ledger yields
    the published figures (``contradictory``).
    """

    figures: tuple[Withheld, ...] = ()
    proposal: tuple[Place, ...] = ()
    gap: float = 0.0
    tested: bool = True
    contradictory: bool = False

    @property
    def proved(self) -> bool:
        """Whether no proposal is cheaper."""
        return not self.gap

    @property
    def exposed(self) -> tuple[Withheld, ...]:
        """The withheld figures that the published ones give away."""
        return tuple(figure for figure in self.figures if figure.exposed)


def withheld_cells(disclosure: Disclosure) -> frozenset[Place]:
    """The money cells that print a sign or word for a withheld figure."""
    return Figures(disclosure).withheld


def cells_of(disclosure: Disclosure, code: str) -> frozenset[Place]:
    """The cells with money whose slice is that of one code, on whatever axis; empty when none is."""
    wanted = frozenset({code})
    return frozenset(
        (s, r, c)
        for s, sheet in enumerate(disclosure.sheets)
        for (r, c), cell in sheet.cells.items()
        if cell.amount and cell.point is not None and wanted in cell.point.parts.values()
    )


def exposed(
    disclosure: Disclosure,
    standard: Standard,
    *,
    withhold: frozenset[Place] = frozenset(),
    share: float = 0.0,
    seconds: float = SECONDS,
) -> Secrecy:
    """What the published figures tell of those that the disclosure withholds, and of the cells in ``withhold``.

    A range narrower than ``share`` of its most counts as exposed, too.
    """
    cells = withheld_cells(disclosure) | withhold
    if not cells:
        return Secrecy()
    until = monotonic() + seconds
    knowledge = Knowledge.of(disclosure, standard, cells, until)
    guarded = sorted({knowledge.number[place] for place in cells})
    told = knowledge.subtracted(knowledge.unknown, guarded)
    open_yet = [k for k in guarded if k in knowledge.unknown and k not in told]
    spans = knowledge.spans(knowledge.unknown, open_yet, until)
    figures = {k: knowledge.withheld(k, told.get(k), spans.get(k), share) for k in guarded}
    search = Search(knowledge, frozenset(k for k in guarded if not figures[k].nothing), share, until)
    choice, gap = search.run()
    for k in search.nothing:
        figures[k] = replace(figures[k], exposed=False, nothing=True)
    hidden = choice.figures | search.guarded
    for k, span in knowledge.spans(knowledge.unknown | hidden, sorted(search.guarded - search.nothing), until).items():
        figures[k] = replace(figures[k], after=span.range)
    proposal = sorted(p for k in hidden for p in knowledge.places[k] if p not in cells and knowledge.amount(p))
    return Secrecy(tuple(figures.values()), tuple(proposal), gap, choice.tested, knowledge.contradictory)


@dataclass(frozen=True)
class Ledgers:
    """The ledgers behind the published figures, and the row of their programme that a cell's slice is."""

    extremes: Extremes
    row: Mapping[Place, int]


@dataclass(frozen=True)
class Knowledge:
    """What a reader can work out. Cells that print one slice, or that a relation makes equal, are one figure."""

    disclosure: Disclosure
    cells: frozenset[Place]
    """Cells that are withheld."""
    number: Mapping[Place, int]
    places: Sequence[tuple[Place, ...]]
    """The cells of each figure."""
    rows: Sequence[Terms]
    """Relations over figures."""
    ledgers: Ledgers | None
    """``None`` when none was found."""
    contradictory: bool

    @classmethod
    def of(cls, disclosure: Disclosure, standard: Standard, cells: frozenset[Place], until: float) -> Knowledge:
        """From the disclosure and the cells that are withheld; the ledgers are looked for until the clock says so."""
        derived = derive_relations(disclosure, standard, regimes_of(Figures(disclosure), standard))
        system = System.of(disclosure, (r for r in derived if r.sure and not r.bound and not r.assumes))
        ledgers, contradictory = _ledgers(disclosure, standard, cells, until)
        groups = Groups()
        for s, sheet in enumerate(disclosure.sheets):
            for (r, c), cell in sheet.cells.items():
                groups.join((s, r, c), cell.point if cell.point is not None else (s, r, c))
        for place, row in ledgers.row.items() if ledgers else ():
            groups.join(place, row)
        for equal in system.rows:
            if len(equal.terms) == 2 and equal.terms[0][1] == -equal.terms[1][1]:
                groups.join(system.places[equal.terms[0][0]], system.places[equal.terms[1][0]])
        tops = {
            p: groups.top(p)
            for p in ((s, *at) for s, sheet in enumerate(disclosure.sheets) for at in sorted(sheet.cells))
        }
        order = {top: k for k, top in enumerate(dict.fromkeys(tops.values()))}
        number = {place: order[top] for place, top in tops.items()}
        places: list[list[Place]] = [[] for _ in order]
        for place, k in number.items():
            places[k].append(place)
        rows: dict[tuple[tuple[int, int], ...], Terms] = {}
        for i, relation in enumerate(system.rows):
            terms: Terms = {}
            for at, a in relation.terms:
                k = number[system.places[at]]
                terms[k] = terms.get(k, 0) + a
            kept = {k: a for k, a in terms.items() if a}
            rows.setdefault(tuple(sorted(kept.items())), {**kept, ~i: 1})
        rows.pop((), None)
        return cls(disclosure, cells, number, tuple(map(tuple, places)), tuple(rows.values()), ledgers, contradictory)

    @cached_property
    def unread(self) -> frozenset[Place]:
        """Cells that tell nothing."""
        return self.cells | Figures(self.disclosure).unread

    @cached_property
    def unknown(self) -> frozenset[int]:
        """Figures that no cell tells."""
        return frozenset(k for k, places in enumerate(self.places) if self.unread.issuperset(places))

    @cached_property
    def touching(self) -> Sequence[Sequence[int]]:
        """The relations of each figure."""
        found: list[list[int]] = [[] for _ in self.places]
        for i, row in enumerate(self.rows):
            for k in row:
                if k >= 0:
                    found[k].append(i)
        return found

    def amount(self, place: Place) -> int:
        """分 that a cell prints; 0 for a blank and for a cell that is withheld in the disclosure itself."""
        cell = self.disclosure.sheets[place[0]].cells.get(place[1:])
        return (cell.amount or 0) if cell is not None else 0

    def published(self, figure: int) -> Place | None:
        """A cell that tells the figure, one with money rather than a blank."""
        told = [place for place in self.places[figure] if place not in self.unread]
        return next((place for place in told if self.amount(place)), told[0] if told else None)

    @cached_property
    def weights(self) -> Sequence[int]:
        """What it costs to withhold each figure: the size of its number, for every relation and cell it stands in.

        Totals stand in most relations, and in most forms.
        """
        sheets, found = self.disclosure.sheets, []
        for places, rows in zip(self.places, self.touching):
            size = max(abs(self.amount(p)) // sheets[p[0]].scale.quantum for p in places)
            found.append((1 + size.bit_length()) * (len(rows) + len(places)))
        return found

    def subtracted(self, hidden: frozenset[int], wanted: Iterable[int]) -> dict[int, Terms]:
        """For each wanted hidden figure that sums and differences of figures that are not hidden give: the sum."""
        around = {i for k in hidden for i in self.touching[k]}
        solved: dict[int, Terms] = {}
        for i in sorted(around, key=lambda i: (len(self.rows[i]), i)):
            row = self.rows[i]
            for k in [k for k in row if k in solved]:
                row = _combined(row, solved[k], k)
            pivot = min((k for k in row if k in hidden), default=None)
            if pivot is not None:
                for k, other in solved.items():
                    if pivot in other:
                        solved[k] = _combined(other, row, pivot)
                solved[pivot] = row
        return {k: solved[k] for k in wanted if k in solved and not any(c in hidden and c != k for c in solved[k])}

    def sums(self, hidden: frozenset[int], wanted: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """The atoms of the wanted figures, while others are hidden from the ledgers; nothing without ledgers."""
        if self.ledgers is None:
            return {}
        extremes, row = self.ledgers.extremes, self.ledgers.row
        extremes.hide(frozenset(row[p] for k in hidden for p in self.places[k] if p in row))
        rows = {k: row[p] for k in wanted for p in self.places[k] if p in row}
        return {k: extremes.programme.rows[i] for k, i in rows.items()}

    def spans(self, hidden: frozenset[int], wanted: Iterable[int], until: float) -> dict[int, Span]:
        """What ledgers leave open of the wanted figures while others are hidden; nothing without ledgers."""
        sums = self.sums(hidden, wanted)
        return {k: self.ledgers.extremes.span(mine, until - monotonic()) for k, mine in sums.items() if self.ledgers}

    def narrow(
        self, hidden: frozenset[int], wanted: Iterable[int], share: float, until: float
    ) -> tuple[dict[int, Span], bool]:
        """The wanted figures that ledgers leave too little open, and whether all were tried."""
        if self.ledgers is None:
            return {}, False
        return self.ledgers.extremes.narrow(self.sums(hidden, wanted), share, until - monotonic())

    def resting(self, span: Span) -> frozenset[int]:
        """The figures that a span rests on."""
        if self.ledgers is None:
            return frozenset()
        return frozenset(self.figure_of[i] for i in span.rests_on)

    @cached_property
    def figure_of(self) -> Mapping[int, int]:
        """Figure by row of the programme."""
        return {row: self.number[place] for place, row in self.ledgers.row.items()} if self.ledgers else {}

    def withheld(self, figure: int, terms: Terms | None, span: Span | None, share: float) -> Withheld:
        """A withheld figure with what is known of it before anything else is withheld."""
        places = tuple(place for place in self.places[figure] if place in self.cells)
        left = span.range if span else None
        copy = self.published(figure)
        if copy is not None:
            if not self.amount(copy):
                return Withheld(places, nothing=True)
            return Withheld(places, True, self.amount(copy), ((Fraction(1), copy),), 0, (), left)
        if terms is not None:
            own = terms[figure]
            told = [(Fraction(-a, own), self.published(k)) for k, a in terms.items() if k >= 0 and k != figure]
            kept = tuple((a, p) for a, p in told if p is not None and self.amount(p))
            amount = round(sum((a * self.amount(p) for a, p in kept), Fraction(0)))
            return Withheld(places, True, amount, kept, sum(k < 0 for k in terms), (), left)
        if span is not None and span.narrow(share):
            cells = (self.published(k) for k in sorted(self.resting(span)))
            told_by = tuple(p for p in cells if p is not None)
            only = span.range.least if span.range.width == 0 else None
            return Withheld(places, True, only, (), 0, told_by, left)
        return Withheld(places, range=left)


def _combined(row: Terms, other: Terms, figure: int) -> Terms:
    """A multiple of ``row`` and a multiple of ``other`` in whose sum the figure cancels."""
    a, b = row[figure], other[figure]
    found = {k: b * x for k, x in row.items()}
    for k, x in other.items():
        found[k] = found.get(k, 0) - a * x
    divisor = gcd(*found.values())
    return {k: x // divisor for k, x in found.items() if x}


class Groups:
    """Things that are one and the same."""

    def __init__(self) -> None:
        self.above: dict[object, object] = {}

    def top(self, thing: object) -> object:
        """What stands for all that are the same as a thing."""
        while (over := self.above.setdefault(thing, thing)) != thing:
            self.above[thing] = self.above.setdefault(over, over)
            thing = over
        return thing

    def join(self, first: object, second: object) -> None:
        """Two things are the same."""
        self.above[self.top(first)] = self.top(second)


def _ledgers(
    disclosure: Disclosure, standard: Standard, cells: frozenset[Place], until: float
) -> tuple[Ledgers | None, bool]:
    """The strictest ledgers that yield the published figures, and whether there are certainly none."""
    for programme, cutter in programmes(disclosure, standard, cells):
        if not cutter.world.agencies:
            return None, False
        extremes = Extremes(programme)
        try:
            if extremes.model is not None:
                figures = cutter.figures
                at = {row: i for i, row in enumerate(programme.rows)}
                rows = zip(figures.money, members_of(programme.atoms, figures))
                return Ledgers(extremes, {place: at[row] for f, row in rows for place in f.places}), False
        except UndecidedError:
            return None, False
        if monotonic() > until:
            return None, False
    return None, True


@dataclass(frozen=True, slots=True)
class Choice:
    """Figures to withhold besides the guarded ones, what they cost, and whether ledgers were tried on all of those."""

    figures: frozenset[int]
    cost: int
    tested: bool


@dataclass
class Search:
    """The cheapest figures to withhold so that no guarded one is exposed.

    Sets found quickly are tried first: each failure is one more conflict. The cheapest set that meets all conflicts is
    worked out when a quick one passes, and proves it or improves on it.
    """

    knowledge: Knowledge
    guarded: frozenset[int]
    share: float
    until: float
    conflicts: list[Conflict] = field(default_factory=list)
    nothing: set[int] = field(default_factory=set)
    """Guarded figures that blank cells alone expose."""

    def run(self) -> tuple[Choice, float]:
        """The best choice, and by which share a cheaper one may lie below its cost: 0 when there is none."""
        best, least = self._quickly(), 0
        while best.cost > least and (left := self.until - monotonic()) > 0:
            weights = {k: self.knowledge.weights[k] for conflict in self.conflicts for k in conflict}
            try:
                meeting = least_hitting(self.conflicts, weights, left / 2)
            except UndecidedError:
                break
            if not meeting.proved:
                break
            least = meeting.cost
            if least < best.cost:
                found = self._tried(meeting.chosen) or self._quickly()
                best = min(best, found, key=lambda choice: (not choice.tested, choice.cost))
        if best.cost > least:
            least = max(least, self._at_least())
        return best, max(0.0, 1 - least / best.cost) if best.cost else 0.0

    def _at_least(self) -> int:
        """A cost that no set that meets all conflicts stays below: what parts of figures would cost."""
        elements = sorted(frozenset().union(*self.conflicts))
        at = {k: j for j, k in enumerate(elements)}
        rows = [[(at[k], 1.0) for k in conflict] for conflict in self.conflicts]
        model = Model.of([(0.0, 1.0)] * len(elements), [(1.0, ANY)] * len(rows), rows)
        costs = [float(self.knowledge.weights[k]) for k in elements]
        try:
            found = model.solve(costs)
        except UndecidedError:
            return 0
        return ceil(sum(c * v for c, v in zip(costs, found.values)) - NIL * sum(costs)) if found is not None else 0

    def _quickly(self) -> Choice:
        """A choice that may not be the cheapest; nothing of it is needless unless time is over."""
        chosen: frozenset[int] = frozenset()
        while True:
            unmet = [conflict for conflict in self.conflicts if conflict.isdisjoint(chosen)]
            if monotonic() < self.until:
                chosen = self._needed(self._meeting(self.conflicts))
            else:
                chosen |= self._meeting(unmet)
            found = self._tried(chosen)
            if found is not None:
                return found

    def _meeting(self, conflicts: Sequence[Conflict]) -> frozenset[int]:
        """A set that meets all these conflicts: those first that meet most for their weight."""
        weights, chosen, unmet = self.knowledge.weights, [], conflicts
        while unmet:
            counts = Counter(k for conflict in unmet for k in conflict)
            best = min(counts, key=lambda k: (weights[k] / counts[k], k))
            chosen.append(best)
            unmet = [conflict for conflict in unmet if best not in conflict]
        return frozenset(chosen)

    def _needed(self, chosen: frozenset[int]) -> frozenset[int]:
        """The chosen figures without those whose conflicts others meet, the dearest left out first."""
        met = [conflict & chosen for conflict in self.conflicts]
        for k in sorted(chosen, key=lambda k: (-self.knowledge.weights[k], k)):
            if not any(mine == {k} for mine in met):
                chosen -= {k}
                met = [mine - {k} for mine in met]
        return chosen

    def _tried(self, chosen: frozenset[int]) -> Choice | None:
        """The choice of these figures, or ``None`` and more conflicts when something is exposed."""
        knowledge, hidden = self.knowledge, self.knowledge.unknown | self.guarded | chosen
        wanted = sorted(self.guarded - self.nothing)
        told = knowledge.subtracted(hidden, wanted)
        narrow, tested = ({}, False) if told else knowledge.narrow(hidden, wanted, self.share, self.until)
        conflicts = {k: self._money(terms.keys() - {k}) for k, terms in told.items()}
        for k, span in narrow.items():
            conflicts[k] = self._money(knowledge.resting(span) - hidden)
        self.nothing |= {k for k, conflict in conflicts.items() if not conflict}
        self.conflicts += [conflict for conflict in conflicts.values() if conflict]
        if any(conflicts.values()):
            return None
        return Choice(chosen, sum(knowledge.weights[k] for k in chosen), tested)

    def _money(self, figures: Iterable[int]) -> Conflict:
        """Those of the figures that print money."""
        knowledge = self.knowledge
        return frozenset(k for k in figures if k >= 0 and (p := knowledge.published(k)) and knowledge.amount(p))
