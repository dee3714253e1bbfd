"""Whether the rules of a form set leave every place an amount.

All rules are sums that must balance, so a ledger without money obeys any of them: rules contradict each other when
together they force a place to be nil. Two ways lead there. A printed total that names all its parts leaves out what a
place elsewhere means; or the sums and the identities derived from them balance only when a column is nil. That no
column is forced shows in one solution with money in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from yusuan.axes import Point
from yusuan.forms import Form, Standard
from yusuan.identities import Atoms, cut_axes
from yusuan.lexicon import squeeze
from yusuan.pairing import pair_codes
from yusuan.plan import ALL_REGIMES, column_part, column_views, plan_columns
from yusuan.solver import ANY, Model, UndecidedError

WHOLE = 10**4
"""Largest denominator of the amounts in a solution; with it the solution is tested again exactly."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Σ left = Σ right, or Σ left ≤ Σ right when ``bound``, by column number; ``form`` prints it as a sum, ``None``
    when it is derived. ``assumes`` names forms whose gaps must be empty for it."""

    left: tuple[int, ...]
    right: tuple[int, ...]
    bound: bool
    form: str | None
    assumes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Columns that must be nil when all of ``rules`` hold, none of which can be left out. Without rules nothing can be
    in the columns: no fact has such codes."""

    columns: tuple[int, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Rules:
    """All rules of a form set over its columns, numbered as in its plan. ``places`` tells where each column stands:
    form, and labels from the top of the head (or block) to its own."""

    places: tuple[tuple[tuple[str, str], ...], ...]
    atoms: Atoms
    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, standard: Standard) -> Rules:
        """The printed sums, and the identities that rest on no unverified correspondence."""
        forms = tuple(standard.forms)
        points, _, closures, _ = column_views(standard, forms)
        plan = plan_columns(standard, forms, ALL_REGIMES)
        sums = [
            Rule((c.total,), c.parts, False, c.form, (c.form,) if c.gapped else ()) for c in dict.fromkeys(closures)
        ]
        derived = [Rule(i.left, i.right, i.bound, None, i.assumes) for i in plan.identities if i.sure]
        derived.sort(key=lambda rule: len(rule.left) + len(rule.right))
        found: list[list[tuple[str, str]]] = [[] for _ in points]
        for form in standard.forms.values():
            for point, label in _labels(form):
                found[plan.index[column_part(point)]].append((form.number, label))
        atoms = cut_axes(points, standard.space, pair_codes(standard.space, ALL_REGIMES))
        return cls(tuple(map(tuple, found)), atoms, (*sums, *derived))

    def named(self, column: int, form: str | None = None) -> str:
        """A column as ``form[labels]``, where ``form`` prints it if it does."""
        at = next((place for place in self.places[column] if place[0] == form), self.places[column][0])
        return f"{at[0]}[{at[1]}]"

    def told(self, rule: Rule) -> str:
        """A rule as ``form[labels] = form[labels] + …``."""
        left, right = (" + ".join(self.named(k, rule.form) for k in side) for side in (rule.left, rule.right))
        return f"{left} {'≤' if rule.bound else '='} {right}"

    @cached_property
    def firm(self) -> tuple[Rule, ...]:
        """The rules that hold whatever the gaps of templates hold."""
        return tuple(rule for rule in self.rules if not rule.assumes)

    def nil(self, rules: Iterable[Rule]) -> frozenset[int]:
        """The columns that must be nil when these rules hold; raises ``UndecidedError``."""
        rules = tuple(rules)
        out = 0
        for rule in rules:
            out |= self._left_out(rule) if rule.form is not None else 0
        dead = {k for k, bits in enumerate(self.atoms.whole) if not bits & ~out}
        width = len(self.places)
        shown = [(0.0, 1.0)] * width
        columns = [(0.0, 0.0 if k in dead else ANY) for k in range(width)] + shown
        bounds = [(-ANY if rule.bound else 0.0, 0.0) for rule in rules] + [(0.0, ANY)] * width
        rows = [[(k, float(a)) for k, a in _terms(rule).items()] for rule in rules]
        rows += [[(k, 1.0), (width + k, -1.0)] for k in range(width)]
        # scaled up far enough, a solution shows 1 for every column that can hold money
        found = Model.of(columns, bounds, rows).solve([0.0] * width + [-1.0] * width)
        amounts = [Fraction(v).limit_denominator(WHOLE) for v in found.values[:width]] if found else []
        if not amounts or not all(_holds(rule, amounts) for rule in rules):
            raise UndecidedError
        return frozenset(k for k, amount in enumerate(amounts) if not amount)

    def _left_out(self, rule: Rule) -> int:
        """The atoms that a printed total leaves no part for."""
        (total,) = rule.left
        rest = self.atoms.whole[total]
        for part in rule.right:
            rest &= ~self.atoms.whole[part]
        return rest

    def contradictions(self) -> tuple[Contradiction, ...]:
        """What contradicts without assuming anything of a template's gaps; raises ``UndecidedError``."""
        empty = self.nil(())
        found = [Contradiction(tuple(sorted(empty)), ())] if empty else []
        waiting = self.nil(self.firm) - empty
        while waiting:
            core = self._core((), (), self.firm, min(waiting))
            together = self.nil(core) & waiting
            found.append(Contradiction(tuple(sorted(together)), core))
            waiting -= together
        return tuple(found)

    def _core(
        self, held: tuple[Rule, ...], new: Sequence[Rule], rules: tuple[Rule, ...], column: int
    ) -> tuple[Rule, ...]:
        """The rules without which, beside those held, the column would not be nil (Junker's QuickXplain)."""
        if new and column in self.nil(held):
            return ()
        if len(rules) == 1:
            return rules
        first, second = rules[: len(rules) // 2], rules[len(rules) // 2 :]
        needed = self._core((*held, *first), first, second, column)
        return (*self._core((*held, *needed), needed, first, column), *needed)

    @cached_property
    def unlisted(self) -> tuple[int, ...]:
        """Columns that are nil only when the known gaps of templates are empty; raises ``UndecidedError``."""
        return tuple(sorted(self.nil(self.rules) - self.nil(self.firm)))


def _holds(rule: Rule, amounts: Sequence[Fraction]) -> bool:
    off = sum(a * amounts[k] for k, a in _terms(rule).items())
    return off <= 0 if rule.bound else not off


def _terms(rule: Rule) -> Mapping[int, int]:
    terms: dict[int, int] = {}
    for sign, side in ((1, rule.left), (-1, rule.right)):
        for k in side:
            terms[k] = terms.get(k, 0) + sign
    return {k: a for k, a in terms.items() if a}


def _labels(form: Form) -> list[tuple[Point, str]]:
    """The slices of a form with their labels."""
    if form.blocks:
        return [(line.point, f"{block.band}/{squeeze(line.label)}") for block in form.blocks for line in block.lines]
    pairs = zip(form.leaves(), form.paths())
    return [(leaf.point, "/".join(path)) for leaf, path in pairs if leaf.role == "money"]
