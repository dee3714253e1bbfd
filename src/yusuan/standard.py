"""Form sets as data: what each form of a place and year prints, and which slice of the ledger each place means.

A form is a title, a row axis, a tree of column labels (or blocks of labelled lines) and notes. Labels get their Points
from the lexicon; a file states one only where a label alone is ambiguous. Loading is strict: the error names the file,
the key and what exists.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from yusuan.amount import FEN, Scale
from yusuan.axes import AXES, Point, Space, national_space
from yusuan.codes import CodeError
from yusuan.forms import STUBS, Block, Form, Gap, Head, Line, RowAxis, Standard, column_sums, head_paths, line_sums
from yusuan.lexicon import Lexicon, lexicon
from yusuan.shapes import ShapeError, Table, flag, listed, one_of, pattern, tabled, text, whole

ROLES = ("money", "text", "blank", *STUBS)
TEXTS = listed(text, "strings")
POINT = tabled(listed(text, "strings", least=1), "lists of strings")

HEAD = Table(short=True, label="label")
HEAD.keys = {
    "label": pattern("year", "last"), "role": text, "point": POINT, "columns": listed(HEAD, "columns"), "total": flag,
    "breakdown": flag, "of_which": flag, "union": flag, "data": text, "axis": one_of(*AXES),
    "show": pattern("code", "name"),
}  # fmt: skip
LINE = Table(short=True, label="label", required=("label",))
LINE.keys = {"label": text, "point": POINT, "lines": listed(LINE, "lines"), "after": flag, "blank": flag}
BLOCK = Table(
    {"band": text, "heads": listed(text, "strings", least=2, most=2), "lines": listed(LINE, "lines", least=1),
     "economic": one_of(*AXES), "columns": listed(HEAD, "columns", least=1), "codes": text},
    required=("band", "heads", "lines"), label="band",
)  # fmt: skip
ROWS = Table(
    {"axes": listed(text, "strings", distinct=True), "total": flag, "depth": one_of("all", "leaf", "top", ""),
     "total_label": text, "departments": flag, "last": flag},
    required=("axes", "total"),
)  # fmt: skip
GAP = Table({"id": text, "rule": text, "text": text, "en": text, "point": POINT}, required=("id", "rule", "text", "en"))
FORM = Table(
    {"title": pattern("year", "last"), "scope": POINT, "economic": text, "rows": ROWS,
     "columns": listed(HEAD, "columns"), "stub": text, "blocks": listed(BLOCK, "tables"), "notes": TEXTS, "empty": text,
     "unit_label": text, "portrait": flag, "gaps": listed(GAP, "tables"), "like": text,
     "relabel": tabled(text, "strings"), "drop": TEXTS, "unit": one_of(*FEN), "decimals": whole(0, 6)}
)  # fmt: skip
STANDARD = Table(
    {"id": text, "title": text, "cover": pattern("year"), "place": text, "fiscal_year": whole(1994, 2100), "kind": text,
     "unit": one_of(*FEN), "decimals": whole(0, 6), "empty": text, "contents": text, "default": flag,
     "filler": pattern("name"), "unit_label": text, "forms": listed(text, "strings", least=1, distinct=True),
     "drop": TEXTS, "number_label": pattern("number"), "stubs": tabled(listed(HEAD, "columns"), "lists of columns"),
     "extends": text}
)  # fmt: skip


class StandardError(ValueError):
    """A form set that cannot be loaded; the message names file, key and what exists."""


def standards_folder() -> Traversable:
    """Where the bundled standards lie."""
    return files("yusuan") / "standards"


def list_standards(folder: Traversable | None = None) -> tuple[str, ...]:
    """Ids of the bundled form sets (place/year)."""
    root = folder or standards_folder()
    return tuple(
        f"{place.name}/{year.name}"
        for place in sorted(root.iterdir(), key=lambda p: p.name)
        if place.is_dir()
        for year in sorted(place.iterdir(), key=lambda p: p.name)
        if year.is_dir() and (year / "standard.toml").is_file()
    )


@cache
def default_name() -> str:
    """Id of the form set that is taken where none is named: the last that says so itself (``default = true``)."""
    loader = Loader(standards_folder())
    known = list_standards()
    chosen = (n for n in reversed(known) if loader.raw(loader.root.joinpath(*n.split("/")), ())[0].get("default"))
    return next(chosen, known[-1])


@cache
def load_standard(name: str) -> Standard:
    """Load a form set by id (``hunan/2025``) or by the path of a folder that holds ``standard.toml``."""
    known = list_standards()
    try:
        if name in known:
            return Loader(standards_folder()).load(name)
        folder = Path(name)
        if _is_set(folder):
            return Loader(standards_folder()).load_folder(folder)
    except RecursionError:
        raise StandardError(f"{name}: columns or lines are nested too deeply") from None
    raise StandardError(f"unknown form set {name!r}; known: {', '.join(known)}")


def _is_set(folder: Path) -> bool:
    try:
        return (folder / "standard.toml").is_file()
    except (OSError, ValueError):
        return False


def _toml(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise StandardError(f"{_short(file)}: not UTF-8 text") from None
    except RecursionError:
        raise StandardError(f"{_short(file)}: lists or tables are nested too deeply") from None
    except ValueError as error:
        raise StandardError(f"{_short(file)}: {error}") from None


def _short(file: Traversable) -> str:
    return "/".join(str(file).replace("\\", "/").split("/")[-4:])


@dataclass
class Loader:
    """Reads the files of a form set and resolves labels to Points."""

    root: Traversable
    words: Lexicon = field(default_factory=lexicon)

    def load(self, name: str) -> Standard:
        """The bundled form set ``name``."""
        place, year = name.split("/")
        return self.load_folder(self.root / place / year)

    def load_folder(self, folder: Traversable, seen: tuple[str, ...] = ()) -> Standard:
        """The form set of a folder."""
        settings, raw = self.raw(folder, seen)
        where = _short(folder / "standard.toml")
        for key in ("id", "title", "fiscal_year", "unit", "forms"):
            if key not in settings:
                raise StandardError(f"{where}: key {key!r} is missing")
        missing = [number for number in settings["forms"] if number not in raw]
        if missing:
            raise StandardError(f"{where}: forms lists {missing[0]!r}, which has no file; files: {', '.join(raw)}")
        space = national_space().at(settings["fiscal_year"])
        forms = {}
        for number in settings["forms"]:
            builder = FormBuilder(number, raw, settings, space, self.words)
            forms[number] = builder.build()
        return Standard(
            settings["id"], settings["title"], settings.get("cover", settings["title"]), settings.get("place", ""),
            settings["fiscal_year"], settings.get("kind", "budget"),
            Scale(settings["unit"], settings.get("decimals", 2)), MappingProxyType(forms),
            settings.get("empty", ""), settings.get("contents", ""), settings.get("number_label", "{number}"), space,
            settings.get("filler", ""), bool(settings.get("default", False)),
        )  # fmt: skip

    def raw(self, folder: Traversable, seen: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Settings and raw forms of a folder, those that it extends included."""
        file = folder / "standard.toml"
        settings = _toml(file)
        _shaped(settings, STANDARD, _short(file))
        inherited: dict[str, dict[str, Any]] = {}
        base = settings.pop("extends", None)
        if base is not None:
            if base in seen:
                raise StandardError(f"{_short(file)}: extends goes in a circle: {' → '.join((*seen, base))}")
            if base not in list_standards(self.root):
                known = ", ".join(list_standards(self.root))
                raise StandardError(f"{_short(file)}: extends names the unknown {base!r}; known: {known}")
            place, year = base.split("/")
            above, inherited = self.raw(self.root / place / year, (*seen, base))
            dropped = set(settings.pop("drop", ()))
            settings = {**above, **settings, "stubs": {**above.get("stubs", {}), **settings.get("stubs", {})}}
            settings["forms"] = [number for number in settings["forms"] if number not in dropped]
        found = dict(inherited)
        forms = folder / "forms"
        if forms.is_dir():
            for file in sorted(forms.iterdir(), key=lambda f: f.name):
                if file.name.endswith(".toml"):
                    form = _toml(file)
                    _shaped(form, FORM, _short(file))
                    form["file"] = _short(file)
                    found[file.name.removesuffix(".toml")] = form
        return settings, found


def _shaped(table: dict[str, Any], shape: Table, where: str) -> None:
    """Every key known and of its type, before anything reads the table."""
    try:
        shape(table, where)
    except ShapeError as error:
        raise StandardError(str(error)) from None


@dataclass
class FormBuilder:
    """Resolves one raw form."""

    number: str
    raw: Mapping[str, dict[str, Any]]
    settings: Mapping[str, Any]
    space: Space
    words: Lexicon
    relabel: Mapping[str, str] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()

    def build(self) -> Form:
        """The form, with Points, sums and gaps."""
        table = self._inherit(self.number, ())
        self.file = table["file"]
        self.relabel = table.get("relabel", {})
        self.dropped = frozenset(table.get("drop", ()))
        if "title" not in table:
            raise StandardError(f"{self.file}: key 'title' is missing")
        scope = self._point(table.get("scope", {}), "scope")
        economic = table.get("economic")
        if economic is not None and economic not in AXES:
            raise StandardError(f"{self.file}: economic names the unknown axis {economic!r}; known: {', '.join(AXES)}")
        heads = self._heads([*self._stub(table), *table.get("columns", ())], scope, economic)
        blocks = tuple(block for raw in table.get("blocks", ()) for block in self._view(raw, scope, economic))
        if bool(heads) == bool(blocks):
            raise StandardError(f"{self.file}: exactly one of 'columns' and 'blocks' must be given")
        form = Form(
            self.number, table["title"], scope, economic, self._rows(table.get("rows")), heads, blocks,
            tuple(table.get("notes", ())), table.get("empty", self.settings.get("empty", "")),
            table.get("unit_label", self.settings.get("unit_label", "单位")), bool(table.get("portrait", False)),
            tuple(self._gap(gap) for gap in table.get("gaps", ())), (), self._scale(table),
        )  # fmt: skip
        self._distinct(form)
        return replace(form, sums=tuple(column_sums(form)) if heads else tuple(line_sums(form)))

    def _scale(self, table: Mapping[str, Any]) -> Scale | None:
        if "unit" not in table and "decimals" not in table:
            return None
        decimals = table.get("decimals", self.settings.get("decimals", 2))
        return Scale(table.get("unit", self.settings["unit"]), decimals)

    def _inherit(self, number: str, seen: tuple[str, ...]) -> dict[str, Any]:
        table = self.raw[number]
        other = table.get("like")
        if other is None:
            return table
        if other in seen:
            raise StandardError(f"{table['file']}: like goes in a circle: {' → '.join((*seen, other))}")
        if other not in self.raw:
            raise StandardError(f"{table['file']}: like names the unknown form {other!r}; known: {', '.join(self.raw)}")
        above = self._inherit(other, (*seen, other))
        own = {**{k: v for k, v in above.items() if k not in ("notes",)}, **table}
        own["relabel"] = {**above.get("relabel", {}), **table.get("relabel", {})}
        own["gaps"] = [*above.get("gaps", ()), *table.get("gaps", ())]
        return own

    def _point(self, raw: Mapping[str, Any], key: str, within: Point | None = None) -> Point:
        try:
            found = self.space.point(raw)
        except CodeError as error:
            raise StandardError(f"{self.file}: {key}: {error}") from None
        if within is None:
            return found
        met = self.space.meet(within, found)
        if met is None:
            raise StandardError(f"{self.file}: {key}: the point lies outside the one around it")
        return met

    def _rows(self, raw: Mapping[str, Any] | None) -> RowAxis | None:
        if raw is None:
            return None
        for axis in raw["axes"]:
            if axis not in AXES:
                raise StandardError(f"{self.file}: rows: unknown axis {axis!r}; known: {', '.join(AXES)}")
        depth, details = raw.get("depth", ""), [axis for axis in raw["axes"] if axis != "agency_code"]
        if not details and not raw["axes"] and not raw["total"]:
            raise StandardError(f"{self.file}: rows: no axes and no total leave no row")
        if len(details) > 1 and depth != "leaf":
            raise StandardError(f"{self.file}: rows: several axes beside agencies need depth 'leaf', found {depth!r}")
        return RowAxis(
            tuple(raw["axes"]), bool(raw["total"]), depth, raw.get("total_label", "合计"), raw.get("departments", True),
            raw.get("last", False),
        )  # fmt: skip

    def _stub(self, table: Mapping[str, Any]) -> list[Any]:
        name = table.get("stub")
        if name is None:
            return []
        stubs = self.settings.get("stubs", {})
        if name not in stubs:
            raise StandardError(f"{self.file}: unknown stub {name!r}; known: {', '.join(stubs)}")
        found: list[Any] = stubs[name]
        return found

    def _heads(self, raw: list[Any], within: Point, economic: str | None) -> tuple[Head, ...]:
        tables = [{"label": entry} if isinstance(entry, str) else entry for entry in raw]
        return tuple(self._head(table, within, economic) for table in tables if table.get("label") not in self.dropped)

    def _head(self, table: Mapping[str, Any], within: Point, economic: str | None) -> Head:
        label = table.get("label", "")
        where = f"{self.file}: column {label!r}"
        role = table.get("role", "money")
        if role not in ROLES:
            raise StandardError(f"{where}: unknown role {role!r}; known: {', '.join(sorted(ROLES))}")
        total = bool(table.get("total", False)) or (role == "money" and self.words.is_total(label))
        shown = self.relabel.get(label, label)
        if role != "money":
            show, axis = table.get("show", ""), table.get("axis", "")
            if role == "blank":
                return Head(shown, role, within, data=table.get("data", ""), children=self._blanks(table, within))
            return Head(shown, role, within, data=table.get("data", ""), axis=axis, show=show)
        raw_children = table.get("columns", ())
        if "point" in table:
            point = self._point(table["point"], where, within)
        elif total and not raw_children:
            point = within
        else:
            meaning = self.words.meaning(label, self.space, within, economic=economic)
            if meaning is None and not raw_children:
                raise StandardError(f"{where}: the lexicon does not know the label here; state a point")
            point = meaning or within
        if table.get("union"):
            point = self._joined(raw_children, within, economic, where)
        children = self._heads(list(raw_children), point, economic)
        breakdown, of_which = bool(table.get("breakdown")), bool(table.get("of_which"))
        return Head(shown, role, point, total, breakdown, table.get("data", ""), children, of_which=of_which)

    def _blanks(self, table: Mapping[str, Any], within: Point) -> tuple[Head, ...]:
        """What stands under a head of columns that are left blank is left blank too."""
        raw = [{"label": entry} if isinstance(entry, str) else entry for entry in table.get("columns", ())]
        return self._heads([{**entry, "role": "blank"} for entry in raw], within, None)

    def _joined(self, raw: list[Any], within: Point, economic: str | None, where: str) -> Point:
        parts = [h.point for h in self._heads(list(raw), within, economic) if not h.total]
        found = self.space.union(parts)
        if found is None:
            raise StandardError(f"{where}: the columns do not join to one slice")
        return found

    def _view(self, raw: Mapping[str, Any], scope: Point, economic: str | None) -> Iterator[Block]:
        """A view of a statement form as blocks, one for each amount column."""
        heads = self._heads(list(raw.get("columns", ())), scope, raw.get("economic", economic))
        paths = list(head_paths(heads, dates=True))
        if any(leaf.role != "money" for leaf, _ in paths):
            raise StandardError(f"{self.file}: block {raw['band']!r}: columns hold amounts only")
        if not paths:
            yield self._block(raw, scope, None)
        over = (raw["heads"][1],) if raw["heads"][1] else ()
        for number, (leaf, path) in enumerate(paths):
            block = self._block(raw, scope, leaf.point)
            yield replace(block, amounts=() if number else heads, joined=number > 0, path=(*over, *path))

    def _block(self, raw: Mapping[str, Any], scope: Point, column: Point | None) -> Block:
        where = f"{self.file}: block {raw['band']!r}"
        economic = raw.get("economic")
        counter, following = count(), 0
        spare: list[tuple[int, str]] = []

        def build(entry: Any, within: Point, level: int) -> Line | None:
            nonlocal following
            table: dict[str, Any] = {"label": entry} if isinstance(entry, str) else entry
            label, after = table["label"], bool(table.get("after"))
            if table.get("blank"):
                spare.append((following, label))
                return None
            if "point" in table:
                point = self._point(table["point"], f"{where}: line {label!r}", within)
            else:
                meaning = self.words.meaning(label, self.space, within, economic=economic)
                if meaning is None and not after:
                    raise StandardError(f"{where}: line {label!r}: not in the lexicon; state a point")
                point = meaning or within
            index = -1 if after else next(counter)
            following += not after
            made = [build(child, point, level if after else level + 1) for child in table.get("lines", ())]
            children = tuple(child for child in made if child is not None)
            following += after
            met = point if column is None else self.space.meet(point, column)
            if met is None:
                raise StandardError(f"{where}: line {label!r} has nothing in common with one of the columns")
            return Line(label, met, level, next(counter) if after else index, children)

        roots = tuple(line for entry in raw["lines"] if (line := build(entry, scope, 1)) is not None)
        lines = sorted((line for root in roots for line in root.walk()), key=lambda line: line.index)
        heads = (raw["heads"][0], raw["heads"][1])
        return Block(raw["band"], heads, tuple(lines), roots, spare=tuple(spare), codes=raw.get("codes", ""))

    def _gap(self, raw: Mapping[str, Any]) -> Gap:
        point = self._point(raw["point"], "gaps") if "point" in raw else None
        return Gap(raw["id"], raw["rule"], raw["text"], raw["en"], point)

    def _distinct(self, form: Form) -> None:
        groups: list[list[tuple[str, Point]]] = [[(leaf.label, leaf.point) for leaf in form.money()]]
        groups += [[(line.label, line.point) for line in block.lines] for block in form.blocks]
        for group in groups:
            seen: dict[Point, str] = {}
            for label, point in group:
                if point in seen:
                    raise StandardError(f"{self.file}: {seen[point]!r} and {label!r} have one and the same Point")
                seen[point] = label
