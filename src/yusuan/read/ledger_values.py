"""What the cells of a ledger mean: codes, words and money, each read once however often it occurs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from yusuan.amount import FEN, LARGEST, AmountError, fold, parse_amount
from yusuan.axes import Space
from yusuan.correspondence import Correspondence, correspondence
from yusuan.ledger import REGIMES
from yusuan.ledgerbook import CODED_AXES, heading, member_of
from yusuan.read.ledger_source import Wrong, plain

SPENDING = "spending"
"""The kind below which every fact has a function and an economic code."""

_CODE = re.compile(r"[\[【(]?\s*(\d(?:[\d\s]*\d)?)\s*[\])】]?(?:[\s\-_—]*\D.*)?", re.DOTALL)
_YEAR = re.compile(r"((?:19|20)\d\d)年?(?:度)?")


@dataclass(frozen=True)
class Values:
    """Reads cells against the trees of a space; what it read it remembers."""

    space: Space
    pairs: Correspondence
    known: dict[tuple[str, object], str | Wrong] = field(default_factory=dict)

    def member(self, element: str, cell: object) -> str | Wrong:
        """The member of an axis or closed list that a cell names; blank stays blank."""
        key = (element, cell)
        if key not in self.known:
            read = self._coded if element in CODED_AXES else self._named
            text = plain(cell)
            self.known[key] = read(element, text) if text else ""
        return self.known[key]

    def _coded(self, axis: str, text: str) -> str | Wrong:
        found = _CODE.fullmatch(fold(text))
        code = re.sub(r"\s", "", found[1]) if found else ""
        tree = self.space[axis]
        column = {"column": heading(axis), "element": axis, "text": text}
        if not code:
            return Wrong("ledger_not_a_code", column)
        if code in tree:
            leaf = axis != "exp_func_code" or tree.level(code) == len(tree.widths)
            return code if leaf else Wrong("ledger_function_level", {**column, "text": code})
        if axis == "exp_func_code" and len(code) == tree.widths[-1]:
            return Wrong("ledger_function_unknown", {"text": code})
        return Wrong("ledger_code_unknown", {**column, "text": code})

    def _named(self, name: str, text: str) -> str | Wrong:
        found = member_of(name, text, self.space)
        if found is None and name in self.space.trees:
            code = _CODE.fullmatch(fold(text))
            found = code[1] if code and code[1] in self.space[name] else None
        if found is not None and (name not in self.space.trees or not self.space[name].children.get(found)):
            return found
        if name in self.space.trees:
            tree = self.space[name]
            inside = tree.below(found) if found is not None else tree.members
            known = "、".join(
                m.name for m in tree.members.values() if m.code in inside and not tree.children.get(m.code)
            )
        else:
            known = "、".join(REGIMES.values() if name == "regime" else map(heading, CODED_AXES))
        return Wrong("ledger_word_unknown", {"column": heading(name), "element": name, "text": text, "known": known})

    def needed(self, kind: str, codes: Mapping[str, str]) -> list[Wrong]:
        """What is left blank and must not be in a fact of this kind."""
        tree = self.space["kind"]
        spent = not kind or kind not in tree or SPENDING not in tree or tree.within(kind, SPENDING)
        optional = () if spent else ("exp_func_code", "dep_bgt_eco_code")
        return [blank(element) for element, code in codes.items() if not code and element not in optional]

    def governmental(self, dep: str, gov: str, regime: str | None) -> str | Wrong:
        """The governmental code of a fact: as given unless contradicted, derived when left out."""
        values = {"dep": dep, "gov": gov, "regime": REGIMES.get(regime or "", "")}
        if not dep:
            return gov
        if gov:
            wanted = self.pairs.contradiction(dep, gov, regime)
            return Wrong("ledger_gov_contradicted", {**values, "wanted": "、".join(sorted(wanted))}) if wanted else gov
        found = self.pairs.governmental(dep, regime).only
        if found is not None:
            return found
        return Wrong("ledger_gov_unknown" if regime else "ledger_gov_needs_regime", values)


def values_for(space: Space) -> Values:
    """A reader of cells for the trees of ``space``."""
    return Values(space, correspondence(space))


def blank(element: str) -> Wrong:
    """The element is left blank where it must not be."""
    return Wrong("ledger_blank", {"column": heading(element), "element": element})


def year_of(cell: object) -> int | Wrong:
    """A fiscal year."""
    text = fold(plain(cell))
    found = _YEAR.fullmatch(text)
    return int(found[1]) if found else Wrong("ledger_year", {"text": text})


def code_of(cell: object) -> str | Wrong:
    """A code of an agency or project, kept as it is written; a number too long for a number cell is refused."""
    if isinstance(cell, float) and abs(cell) >= 1e15:
        return Wrong("ledger_code_rounded", {"text": plain(cell)})
    return plain(cell)


def amount_of(cell: object, unit: str) -> int | Wrong:
    """分 of an amount cell in ``unit``; the binary noise of a float is not taken for parts of a 分."""
    text = plain(cell)
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        shown = text
    elif not math.isfinite(cell):
        return Wrong("ledger_not_money", {"text": text})
    else:
        shown = _settled(cell, unit)
    try:
        found = parse_amount(shown, unit)
    except AmountError:
        return _why(shown, text, unit)
    return blank("amount") if found is None else found


def _settled(number: float, unit: str) -> str:
    """The number in ``unit`` as text, moved to a whole 分 when only the noise of its last bits keeps it off."""
    fen = Decimal(repr(number)) * FEN[unit]
    if abs(fen) > LARGEST:
        return format(Decimal(repr(number)), "f")
    noise = min(1e-3, max(1e-6, 4 * math.ulp(number) * FEN[unit]))
    nearest = fen.to_integral_value()
    exact = nearest if abs(fen - nearest) <= Decimal(noise) else fen
    return format(exact / FEN[unit], "f")


def _why(shown: str, text: str, unit: str) -> Wrong:
    """Whether it is too large, too fine or no money at all."""
    try:
        number = Decimal(fold(shown).replace(",", ""))
    except InvalidOperation:
        return Wrong("ledger_not_money", {"text": text})
    if number.is_finite() and abs(number) > LARGEST // FEN[unit]:
        return Wrong("ledger_too_much", {"text": text})
    fine = number.is_finite() and "e" not in shown.lower()
    return Wrong("ledger_too_fine" if fine else "ledger_not_money", {"text": text})
