"""What each body row is: a total, an agency, a function code, a project, or a labelled line of a statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yusuan.amount import looks_like_amount
from yusuan.axes import Point, Space
from yusuan.codes import CodeError, Tree
from yusuan.forms import Form
from yusuan.lexicon import bare, lexicon, squeeze
from yusuan.read.grid import GridRow
from yusuan.sheet import Repair, Row, Source


@dataclass
class Known:
    """Agencies of the disclosure as far as they are known while reading: code → name, and the reporting agency."""

    agencies: dict[str, str] = field(default_factory=dict)
    code: str | None = None

    def by_name(self, name: str) -> str | None:
        """Code of the agency that bears a name."""
        for code, known in self.agencies.items():
            if known == name:
                return code
        return None


def agency_cells(form: Form, body: list[GridRow], start: int, space: Space) -> Mapping[str, str]:
    """Agency codes that a form names: in its 单位代码 column, in its code column when it lists nothing else, and among
    functional codes those that only an agency can have, with the department above them."""
    found: dict[str, str] = {}
    roles = [leaf.role for leaf in form.leaves()]
    axes = form.rows.axes if form.rows is not None else ()
    for column, role in enumerate(roles):
        if role == "agency" or (role == "code" and axes == ("agency_code",)):
            for row in body:
                code = squeeze(row.text(start + column))
                name = squeeze(row.text(start + roles.index("name")))
                parts = any(squeeze(row.text(start + i)) for i, r in enumerate(roles) if r == "part")
                if code.isdigit() and not parts:
                    found.setdefault(code, name)
        elif role == "code" and "agency_code" in axes and "exp_func_code" in axes:
            codes = {squeeze(row.text(start + column)): squeeze(row.text(start + roles.index("name"))) for row in body}
            found.update({code: codes[code] for code in _agencies_among(codes, space) if code not in found})
    return found


def _agencies_among(codes: Mapping[str, str], space: Space) -> list[str]:
    """Codes whose length no functional code has but an agency's has, and their parents unless they bear a 类's name."""
    agency, function = space["agency_code"], space["exp_func_code"]
    units = [c for c in codes if c.isdigit() and len(c) in agency.widths and len(c) not in function.widths]
    above = {parent for unit in units if (parent := agency.parent_by_scheme(unit)) in codes}
    return [code for code in codes if code in units or (code in above and not _names(function, code, codes[code]))]


@dataclass
class RowReader:
    """Reads the stub of one form's rows, top to bottom; remembers the agency and the 类 above."""

    form: Form
    space: Space
    known: Known
    start: int
    agency: str | None = None
    above: str | None = None
    total_seen: bool = False

    def read(self, row: GridRow, following: GridRow | None) -> Row:
        """The row as understood."""
        roles = [leaf.role for leaf in self.form.leaves()]
        named = {
            role: squeeze(row.text(self.start + i))
            for i, role in enumerate(roles)
            if role in ("code", "name", "agency")
        }
        parts = [squeeze(row.text(self.start + i)) for i, role in enumerate(roles) if role == "part"]
        name, code = named.get("name", ""), named.get("code", "")
        source = next((cell.source for _, cell in row.filled()), None)
        if bare(name) in lexicon().totals and not code and not any(parts):
            self.total_seen = True
            return Row("", name, 0, "total", None, (name,), source, row.hidden)
        if any(parts):
            return self._function("".join(parts), name, row, named.get("agency") or None)
        if named.get("agency"):
            return self._agency(named["agency"], name, row)
        return self._coded(code, name, row, following)

    def _coded(self, code: str, name: str, row: GridRow, following: GridRow | None) -> Row:
        axes = self.form.rows.axes if self.form.rows else ()
        tree = self.space["exp_func_code"]
        if (
            code
            and (code in self.known.agencies or axes == ("agency_code",))
            and not self._is_function(code, name, axes)
        ):
            return self._agency(code, name, row)
        if code and "exp_func_code" in axes:
            if len(code) not in tree.widths and self.above:
                return self._rebuilt(code, name, row, following)
            return self._function(code, name, row, None)
        if code:
            return self._agency(code, name, row)
        agency = self.known.by_name(name)
        if name and agency is not None:
            return self._agency(agency, name, row)
        if looks_like_amount(name):
            return Row(code, name, 0, "blank", None, (name,), self._source(row), row.hidden)
        if name and "pro_code" in axes:
            point = Point({**self._place(), "pro_code": frozenset({name})})
            return Row("", name, 1, "project", point, (name,), self._source(row), row.hidden)
        if name and axes == ("agency_code",):
            return self._agency(name, name, row)
        return Row(code, name, 0, "blank", None, (name,), self._source(row), row.hidden)

    def _is_function(self, code: str, name: str, axes: tuple[str, ...]) -> bool:
        tree = self.space["exp_func_code"]
        return "exp_func_code" in axes and code in tree and bare(name) in {bare(n) for n in tree[code].names() if n}

    def _agency(self, code: str, name: str, row: GridRow) -> Row:
        self.agency, self.above = code, None
        self.known.agencies.setdefault(code, name)
        point = Point({"agency_code": frozenset({code})})
        return Row(code, name, 0, "agency", point, (name,), self._source(row), row.hidden)

    def _place(self) -> dict[str, frozenset[str]]:
        return {"agency_code": frozenset({self.agency})} if self.agency else {}

    def _function(self, code: str, name: str, row: GridRow, agency: str | None, repair: Repair | None = None) -> Row:
        tree = self.space["exp_func_code"]
        if agency:
            self.agency = agency
        try:
            tree.parent_by_scheme(code)
        except CodeError:
            return Row(code, name, 0, "blank", None, (name,), self._source(row), row.hidden)
        if len(code) == tree.widths[0]:
            self.above = code
        point = Point({**self._place(), "exp_func_code": frozenset({code})})
        level = tree.widths.index(len(code)) + 1
        return Row(code, name, level, "function", point, (name,), self._source(row), row.hidden, repair)

    def _rebuilt(self, code: str, name: str, row: GridRow, following: GridRow | None) -> Row:
        """A 款 that prints only its last digits, completed from the 类 above it; its name or the next row confirms."""
        tree = self.space["exp_func_code"]
        full = f"{self.above}{code}"
        next_code = squeeze(following.text(self.start + self._column("code"))) if following else ""
        sure = _names(tree, full, name) or _parent(tree, next_code) == full
        repair = Repair("code_completed", code, {"code": full, "above": self.above or ""}, settled=sure)
        return self._function(full, name, row, None, repair)

    def _column(self, role: str) -> int:
        return [leaf.role for leaf in self.form.leaves()].index(role)

    def _source(self, row: GridRow) -> Source | None:
        return next((cell.source for _, cell in row.filled()), None)


def _names(tree: Tree, code: str, name: str) -> bool:
    return code in tree and bare(name) in {bare(n) for n in tree[code].names() if n}


def _parent(tree: Tree, code: str) -> str | None:
    try:
        return tree.parent_by_scheme(code)
    except CodeError:
        return None
