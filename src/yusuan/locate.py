"""Name the cells that must be wrong: the fewest whose change lets every relation of a disclosure hold.

This is error localisation after Fellegi and Holt (1976). Every relation that does not hold is a conflict: one of its
cells must change. A set that meets all conflicts is tested; where it does not suffice, the test answers with one more
conflict. A set that suffices is therefore as small as any, because it meets the conflicts in the fewest cells. Groups
of conflicts that share no cell are settled apart.

Order among equally small sets: those that typical slips explain in more cells, then those that are trusted less
(``standards/location.toml``), then the order of reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from types import MappingProxyType
from typing import Literal

from yusuan.agreements import disclosure_relations
from yusuan.changes import Changes, at_their_word, within_rounding
from yusuan.figures import Figures
from yusuan.forms import Standard
from yusuan.hitting import Changing, Conflict, Interval, components, least_size, smallest_sets
from yusuan.prove import Joint, LateError, Proof, prove, prove_tested
from yusuan.relations import Relation
from yusuan.sheet import Disclosure, Place
from yusuan.signs import trust
from yusuan.slips import Move, moves_of, slip_of
from yusuan.solver import UndecidedError
from yusuan.system import System
from yusuan.tested import Tested, regimes_of, test_relations

MOST = 10
"""Explanations listed for a group, unless asked for otherwise."""

SECONDS = 20.0
"""Longest search, unless asked for otherwise."""

Verdict = Literal["consistent", "rounding", "inconsistent", "cannot_tell"]


@dataclass(frozen=True, slots=True)
class Change:
    """A cell to change, amounts in 分: printed (``None``: blank), the value it must take (``None``: not determined)
    or its least and most (``None``: unlimited), and the slip that explains it (a message key) where one does."""

    place: Place
    printed: int | None
    proposed: int | None
    low: int | None
    high: int | None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Changes that together let everything in the group hold. ``size`` counts what went wrong independently: cells,
    figures that are printed several times, or the one slip (``move``) that made all of the changes."""

    changes: tuple[Change, ...]
    weight: int
    size: int
    move: str | None = None

    @property
    def slips(self) -> int:
        """Changes that a typical slip explains."""
        return sum(change.cause is not None for change in self.changes)


@dataclass(frozen=True, slots=True)
class Group:
    """Contradictions that hang together, and every equally small explanation, best first; none when none was found.

    ``bound``: fewer cells cannot explain it. ``complete``: no other explanation is as small. ``relations`` do not hold.
    ``rounding``: rounding each figure alone could explain it too. ``joint``: every relation holds, the joint proof does
    not.
    """

    explanations: tuple[Explanation, ...]
    relations: tuple[Relation, ...]
    bound: int
    complete: bool
    rounding: bool = False
    joint: bool = False

    @property
    def size(self) -> int:
        """What each explanation counts; the least there can be when there is none."""
        return self.explanations[0].size if self.explanations else self.bound

    @property
    def proved(self) -> bool:
        """Whether no smaller set explains it."""
        return bool(self.explanations) and self.bound >= self.size

    @property
    def unique(self) -> bool:
        """Whether no other set of so few cells explains it; only said when proved."""
        return self.proved and self.complete and len(self.explanations) == 1


@dataclass(frozen=True)
class Located:
    """What is wrong with a disclosure. ``adds_up``: nothing speaks for figures that were rounded each alone, so that
    they were tested as they stand; else rounding of each figure is allowed for. ``relations``: how many were tested
    together."""

    verdict: Verdict
    groups: tuple[Group, ...]
    relations: int
    adds_up: bool
    seconds: float = 0.0
    proof: Proof | None = None
    """The joint proof of the figures, with the first explanations put in where there are any; ``None`` when a value of
    theirs is not determined."""

    @property
    def proved(self) -> bool:
        """Whether the explanations are as small as can be."""
        return all(group.proved for group in self.groups)


def locate(disclosure: Disclosure, standard: Standard, *, most: int = MOST, seconds: float = SECONDS) -> Located:
    """The smallest sets of wrong cells of a disclosure, at most ``most`` for each group, after ``seconds`` at most.

    Relations first; what they accept is put to the joint proof, and cells are looked for that refute that.
    """
    started = monotonic()
    figures = Figures(disclosure)
    relations = disclosure_relations(disclosure, standard, regimes_of(figures, standard))
    tested = test_relations(figures, relations, standard)
    found = locate_tested(figures, tested, most=most, seconds=seconds)
    if not standard.forms:
        return replace(found, seconds=monotonic() - started)
    left = max(0.1, started + seconds - monotonic())
    mended = mend(disclosure, found) if found.groups else disclosure
    if found.verdict == "inconsistent" or mended is None:
        proof = None if mended is None else prove(mended, standard, seconds=left)
        return replace(found, proof=proof, seconds=monotonic() - started)
    proof = prove_tested(figures, tested, standard, seconds=left)
    if proof.verdict == "inconsistent" and not proof.adjusted and found.groups:
        proof = prove(mended, standard, seconds=left)
        found = replace(found, verdict="inconsistent")
    elif proof.verdict == "inconsistent" and not proof.adjusted:
        groups = _joint_groups(figures, tested, standard, proof, most, started + seconds)
        found = replace(found, verdict="inconsistent", groups=tuple(groups))
        proof = prove(right, standard) if groups and (right := mend(disclosure, found)) else proof
    elif proof.verdict != "consistent" or not found.groups:
        found = replace(found, verdict="rounding" if proof.adjusted else proof.verdict)
    return replace(found, proof=proof, seconds=monotonic() - started)


def mend(disclosure: Disclosure, located: Located) -> Disclosure | None:
    """The disclosure with every first explanation put in; ``None`` when one of its values is not determined."""
    if not all(group.explanations for group in located.groups):
        return None
    return _changed(disclosure, [c for group in located.groups for c in group.explanations[0].changes])


def _changed(disclosure: Disclosure, changes: Sequence[Change]) -> Disclosure | None:
    """The disclosure with the changes put in; ``None`` when a value is not determined."""
    if any(change.proposed is None for change in changes):
        return None
    sheets = list(disclosure.sheets)
    for change in changes:
        s, r, c = change.place
        sheet, amount = sheets[s], change.proposed
        if (r, c) not in sheet.cells or amount is None:
            return None
        text = sheet.scale.format(amount) if amount else ""
        cell = replace(sheet.cells[r, c], amount=amount or None, text=text)
        sheets[s] = replace(sheet, cells=MappingProxyType({**sheet.cells, (r, c): cell}))
    return replace(disclosure, sheets=tuple(sheets))


def _joint_groups(
    figures: Figures, tested: Tested, standard: Standard, proof: Proof, most: int, until: float
) -> list[Group]:
    """Figures whose change lets one ledger print everything, where no relation fails."""
    test = Joint(figures.disclosure, standard, until, _alike(tested))
    conflicts = [test.number(proof.conflict)]
    try:
        sets, bound, complete = smallest_sets(conflicts, test, most, until)
        made = [_joint_explanation(figures, test, chosen) for chosen in sets]
        right = [e for e in made if _mends(figures.disclosure, standard, e, until)]
    except (LateError, UndecidedError):
        return []
    right.sort(key=lambda e: (-e.slips, [c.place for c in e.changes]))
    # a set that takes the relations' assumptions away settles the ledger and breaks them instead
    whole = complete and all(c.proposed is not None for e in made for c in e.changes)
    return [Group(tuple(right), (), bound, whole, joint=True)] if right else []


def _mends(disclosure: Disclosure, standard: Standard, explanation: Explanation, until: float) -> bool:
    """Whether the disclosure is consistent with the changes put in."""
    if until < monotonic():
        raise LateError
    mended = _changed(disclosure, explanation.changes)
    return mended is not None and prove(mended, standard).verdict in ("consistent", "rounding")


def _joint_explanation(figures: Figures, test: Joint, chosen: Conflict) -> Explanation:
    changes = [
        Change(place, figures.amounts.get(place), values.value, *values)
        for k, values in test.values(chosen).items()
        for place in test.places[k]
    ]
    return Explanation(tuple(sorted(changes, key=lambda c: c.place)), len(changes), len(chosen))


def _alike(tested: Tested) -> dict[Place, tuple[Place, ...]]:
    """The cells of each figure that relations say is printed several times."""
    pairs = [
        frozenset((*o.relation.left, *o.relation.right))
        for o in tested.outcomes
        if o.verdict == "holds" and not o.relation.bound and len(o.relation.left) == len(o.relation.right) == 1
    ]
    found: dict[Place, tuple[Place, ...]] = {}
    for group in components(pairs):
        cells = tuple(sorted(frozenset().union(*(pairs[i] for i in group))))
        found.update(dict.fromkeys(cells, cells))
    return found


def locate_tested(
    figures: Figures, tested: Tested, *, most: int = MOST, seconds: float = SECONDS, together: bool = True
) -> Located:
    """The same for relations already tested, without the joint proof. Rows that rounding explains one by one are put
    to the solver ``together``, unless told otherwise."""
    started = monotonic()
    told = ("holds", "fails", "rounding", "cannot_tell")
    withheld = figures.withheld
    firm = [
        o
        for o in tested.outcomes
        if o.relation.sure and o.verdict in told and withheld.isdisjoint((*o.relation.left, *o.relation.right))
    ]
    below = (p for p, amount in figures.amounts.items() if amount < 0 and p not in tested.signed)
    wrong = any(o.verdict != "holds" for o in firm) or any(below)
    if not wrong:
        return Located("consistent" if firm else "cannot_tell", (), len(firm), tested.adds_up, monotonic() - started)
    exact = tested.adds_up or all(o.verdict != "rounding" for o in firm)
    search = Search.of(figures, [o.relation for o in firm], tested.signed, exact=exact)
    groups = search.groups(most, started + seconds, together=together)
    verdict: Verdict = "inconsistent" if any(not g.rounding for g in groups) else "rounding"
    return Located(verdict, tuple(groups), len(firm), search.exact, monotonic() - started)


@dataclass
class Search:
    """The search for wrong cells in one disclosure. ``printed`` are the figures as they stand; those of ``system`` may
    have been moved back."""

    figures: Figures
    printed: System
    system: System
    signed: frozenset[int]
    unread: frozenset[int]
    exact: bool
    weights: Sequence[int]
    solved: dict[frozenset[Conflict], Group] = field(default_factory=dict)

    @classmethod
    def of(cls, figures: Figures, relations: Sequence[Relation], signed: frozenset[Place], *, exact: bool) -> Search:
        """Over the relations that the whole disclosure must meet. ``exact`` figures of one unit of measure are taken
        at their word."""
        disclosure = figures.disclosure
        kept = [r for r in relations if not (r.bound and signed.intersection((*r.left, *r.right)))]
        system = System.of(disclosure, kept)
        numbers = system.number
        one_unit = len(set(system.quanta)) == 1
        return cls(
            figures, system, system, frozenset(numbers[p] for p in signed if p in numbers),
            frozenset(numbers[p] for p in figures.unread if p in numbers), exact and one_unit,
            _weights(disclosure, system),
        )  # fmt: skip

    def test(self) -> Changes:
        """The test of sets of cells on the figures as they now are."""
        if self.exact:
            return at_their_word(self.system, self.signed)
        still = frozenset(c for c in self.system.blank if not self.system.values[c])
        return within_rounding(self.system, still, self.signed)

    def groups(self, most: int, until: float, *, together: bool) -> list[Group]:
        """All groups of contradictions, moves of whole rows and columns first; without moves when what is left would
        take some of their changes back."""
        exact = self.exact
        moves = list(self._moves(until))
        cells = self._cells(most, until, together=together)
        if moves and any(self._undone(group) for group in cells):
            self.system, self.exact, self.solved = self.printed, exact, {}
            moves, cells = [], self._cells(most, until, together=together)
        return [*moves, *sorted(cells, key=_first)]

    def _undone(self, group: Group) -> bool:
        changes = (change for explanation in group.explanations[:1] for change in explanation.changes)
        return any(change.proposed is not None and change.proposed == (change.printed or 0) for change in changes)

    def _cells(self, most: int, until: float, *, together: bool) -> list[Group]:
        """The groups that cells explain one by one."""
        test = self.test()
        conflicts = [*test.start(), *(frozenset({cell}) for cell in sorted(self.unread))]
        ties: list[Conflict] = []
        while True:
            tied = components([*conflicts, *ties])
            parts = [[conflicts[i] for i in group if i < len(conflicts)] for group in tied]
            open_part = next((part for part in parts if frozenset(part) not in self.solved), None)
            if open_part is None:
                more = self._together(test, parts) if together and not self.exact and monotonic() < until else None
                if more is None:
                    break
                conflicts.append(more)
                continue
            self._settle(open_part, conflicts, ties, test, most, until)
        return [self.solved[frozenset(part)] for part in parts]

    def _together(self, test: Changes, parts: list[list[Conflict]]) -> Conflict | None:
        """Whether rounding leaves room for all relations at once when every first explanation is put in."""
        numbers = self.system.number
        settled = [self.solved[frozenset(part)] for part in parts]
        if not all(group.explanations for group in settled):
            return None
        changes = (change for group in settled for change in group.explanations[0].changes)
        try:
            return test.together(frozenset(numbers[change.place] for change in changes))
        except UndecidedError:
            return None

    def _settle(
        self,
        part: list[Conflict],
        conflicts: list[Conflict],
        ties: list[Conflict],
        test: Changing,
        most: int,
        until: float,
    ) -> None:
        """Settle one group; once a conflict turns up that ties it to another, it is left for the next round."""
        others = frozenset().union(*conflicts) - frozenset().union(*part)

        def apart(chosen: Conflict) -> Conflict | None:
            more = test(chosen)
            if more is not None:
                conflicts.append(more)
                if not more.isdisjoint(others):
                    ties.append(more | chosen)
                    raise _JoinedError
            return more

        try:
            sets, bound, complete = smallest_sets(part, apart, most, until)
        except _JoinedError:
            return
        made = [self._explained(chosen, test.values(chosen)) for chosen in sets]
        made.sort(key=lambda e: (-e.slips, e.weight, [c.place for c in e.changes]))
        rows = [row for row in self.system.rows if row.cells in part and self.system.off(row, self.system.values)]
        signs = any(len(conflict) == 1 for conflict in part)
        rounding = not signs and all(abs(self.system.off(r, self.system.values)) <= self.system.slack(r) for r in rows)
        self.solved[frozenset(part)] = Group(
            tuple(made), tuple(row.relation for row in rows), bound, complete, self.exact and rounding
        )

    def _explained(self, chosen: Conflict, values: Mapping[int, Interval]) -> Explanation:
        changes = []
        for cell in sorted(chosen, key=lambda c: self.system.places[c]):
            low, high = values[cell]
            value = values[cell].value
            cause = None if value is None else self._cause(cell, value)
            changes.append(Change(self.system.places[cell], self._amount(cell), value, low, high, cause))
        return Explanation(tuple(changes), sum(self.weights[c] for c in chosen), len(chosen))

    def _amount(self, cell: int) -> int | None:
        return self.figures.amounts.get(self.system.places[cell])

    def _cause(self, cell: int, value: int) -> str | None:
        s, r, c = self.system.places[cell]
        if cell in self.unread:
            return "unread"
        rows = [self.printed.rows[i] for i in self.printed.touching[cell]]
        alike = {self.printed.places[c] for row in rows if len(row.terms) == 2 for c, _ in row.terms}
        beside = {(s, r + dr, c + dc) for dr, dc in ((-1, 0), (1, 0), (0, -1), (0, 1))} - alike
        around = [amount for place in beside if (amount := self.figures.amounts.get(place))]
        slip = slip_of(self._amount(cell), value, self.system.quanta[cell], around)
        return slip or ("total" if self._is_total(cell) else None)

    def _is_total(self, cell: int) -> bool:
        """Whether the cell is a total of its form that its parts do not add up to."""
        place, system = self.printed.places[cell], self.printed
        for row in (system.rows[i] for i in system.touching[cell]):
            relation = row.relation
            mine = relation.left == (place,) and len(relation.right) > 1 and relation.basis in ("column_sum", "row_sum")
            if mine and system.off(row, system.values):
                return True
        return False

    def _moves(self, until: float) -> list[Group]:
        """Rows, columns and forms that went astray as a whole, as long as each saves more cells than it is."""
        found: list[Group] = []
        while monotonic() < until:
            rows = self.system.rows
            off = {i: row.cells for i, row in enumerate(rows) if self._broken(self.system, i, exact=self.exact)}
            least = least_size(off.values())
            if least < 2:
                break
            suspects = Counter(self.system.places[c] for cells in off.values() for c in cells)
            disclosure = self.figures.disclosure
            ranked = sorted(
                ((size, count, n, move, system) for n, move in enumerate(moves_of(disclosure, suspects))
                 for size, count, system in self._after(move, off)), key=lambda t: t[:3],
            )  # fmt: skip
            best = [t for t in ranked if t[:2] == ranked[0][:2]]
            if not best or best[0][0] + 1 >= least:
                break
            found.append(self._moved_group(best, off))
            self.system = best[0][4]
            self.exact = self.exact and best[0][3].digits == 1
        return found

    def _broken(self, system: System, row: int, *, exact: bool) -> bool:
        off = system.off(system.rows[row], system.values)
        return bool(off) and (exact or abs(off) > system.slack(system.rows[row]))

    def _after(self, move: Move, off: Mapping[int, Conflict]) -> list[tuple[int, int, System]]:
        """(cells still needed at least, rows still off, the figures) after a move is taken back; nothing when it does
        not settle at least half of the rows that it concerns."""
        numbers = self.system.number
        places = self.system.places
        if any(places[c] in move.right for c in self.unread) or min(move.right.values(), default=0) < 0:
            return []
        changed = {numbers[p]: v for p, v in move.right.items() if p in numbers and self.system.values[numbers[p]] != v}
        around = {i for c in changed for i in self.system.touching[c]}
        before = sum(i in off for i in around)
        if len(changed) < 2 or before < 2:
            return []
        values, quanta = list(self.system.values), list(self.system.quanta)
        for cell, value in changed.items():
            values[cell], quanta[cell] = value, quanta[cell] * move.digits
        system = replace(self.system, values=tuple(values), quanta=tuple(quanta))
        exact = self.exact and move.digits == 1
        still = [i for i in around if self._broken(system, i, exact=exact)]
        if 2 * len(still) > before:
            return []
        left = [cells for i, cells in off.items() if i not in around] + [system.rows[i].cells for i in still]
        return [(least_size(left), len(left), system)]

    def _moved_group(self, best: Sequence[tuple[int, int, int, Move, System]], off: Mapping[int, Conflict]) -> Group:
        """The first of the best moves; that others settle as much only tells that it may not be the one."""
        _, _, _, move, system = best[0]
        changes = tuple(self._moved(move, place) for place in sorted(move.right))
        weight = sum(self.weights[c] for p in move.right if (c := self.system.number.get(p)) is not None)
        settled = [self.system.rows[i].relation for i in off if not self._broken(system, i, exact=self.exact)]
        return Group((Explanation(changes, weight, 1, move.slip),), tuple(settled), 1, len(best) == 1)

    def _moved(self, move: Move, place: Place) -> Change:
        """A cell put back; the figure of a coarser unit tells its amount to half of that unit's last digit."""
        value, printed = move.right[place], self.figures.amounts.get(place)
        quantum = self.figures.disclosure.sheets[place[0]].scale.quantum
        half = (move.digits * quantum) // 2 if move.digits > 1 else 0
        return Change(place, printed, None if half else value, max(0, value - half), value + half, move.slip)


class _JoinedError(Exception):
    """Two groups turned out to be one."""


def _first(group: Group) -> Place:
    """Where a group begins."""
    changed = [change.place for explanation in group.explanations[:1] for change in explanation.changes]
    told = (place for relation in group.relations for place in (*relation.left, *relation.right))
    return min(changed or told, default=(0, 0, 0))


def _weights(disclosure: Disclosure, system: System) -> list[int]:
    """How far each printed figure is trusted."""
    table = trust()
    again = [0] * len(system.places)
    for row in system.rows:
        if len(row.terms) == 2 and not row.bound and not system.off(row, system.values):
            for cell, _ in row.terms:
                again[cell] += 1
    found = []
    for cell, (s, r, _) in enumerate(system.places):
        weight = table["figure"] + table["printed_again"] * again[cell]
        weight += table["total"] if disclosure.sheets[s].rows[r].role == "total" else 0
        weight += table["blank"] if cell in system.blank else 0
        found.append(min(weight, table["most"]))
    return found
