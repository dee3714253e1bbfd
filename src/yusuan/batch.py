"""Fill the forms of many agencies at once: the declarations of ``fill``, answered by a columnar engine.

Which places of a form admit a fact depends only on its codes; each code is asked once, and the engine intersects the
answers and adds up whole columns. Every form becomes one frame: the rows it lists for each 单位, and one row for each
部门 (its units together). Amounts are whole 分.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yusuan.axes import Point, Space
from yusuan.fill import PLACE_AXES, SLICE_AXES, Blank, blank_of, blanks, type_of, with_functions
from yusuan.forms import Form, Standard
from yusuan.ledger import FACT_COLUMNS, Ledger
from yusuan.membership import Membership

if TYPE_CHECKING:
    import polars as pl


class BatchError(ValueError):
    """Facts that cannot be summed: of an agency that is not listed, or beyond 64 bits."""


@dataclass(frozen=True)
class Coded:
    """Facts with positions in place of codes, so that the engine groups and looks up by number.

    ``facts`` has unit, function and slice (positions in ``units``, ``functions`` and the rows of ``slices``), pro_code
    and amount. ``slices`` are the distinct places on ``SLICE_AXES``, as positions in ``codes``. ``departments`` has a
    row per 部门 and unit of it.
    """

    facts: pl.DataFrame
    units: pl.Series
    departments: pl.DataFrame
    functions: tuple[str, ...]
    slices: pl.DataFrame
    codes: Mapping[str, Sequence[str]]


def frames_of(ledger: Ledger) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The facts and units of a ledger as ``fill_many`` takes them."""
    import polars as pl

    types = [type_of(fact, ledger) for fact in ledger.facts()]
    columns = {name: pl.Series(ledger.columns[name], dtype=pl.String) for name in FACT_COLUMNS[:-1]}
    amounts = pl.Series(ledger.columns["amount"], dtype=pl.Int64)
    facts = pl.DataFrame({**columns, "amount": amounts, "pro_type": pl.Series(types, dtype=pl.String)})
    units = [(agency.code, agency.parent_code or "") for agency in ledger.agencies.values()]
    schema = {"agency_code": pl.String, "parent_code": pl.String}
    return facts, pl.DataFrame(units, schema=schema, orient="row")


def fill_many(facts: pl.DataFrame, standard: Standard, units: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Every form for every agency: form number → rows.

    ``facts`` has ``FACT_COLUMNS`` and pro_type, ``units`` agency_code and parent_code. A frame has agency_code, role
    (department, agency, function, project), code (of the function or project) and a column of 分 per ``money_names``;
    departments come first, then each agency with its rows in printed order. A 部门 (a parent_code) has one row, the sum
    of its units; the 合计 of a 部门 or 单位 prints the figures of its row. Raises ``BatchError``.
    """
    coded = code_facts(facts, units)
    space = with_functions(standard.space, coded.functions)
    known = blanks(standard) if space is standard.space else {n: blank_of(f, space) for n, f in standard.forms.items()}
    return {number: fill_many_form(coded, blank, space) for number, blank in known.items()}


def fill_many_chunks(
    facts: pl.DataFrame, standard: Standard, units: pl.DataFrame, *, agencies: int = 5_000
) -> Iterator[dict[str, pl.DataFrame]]:
    """``fill_many`` for whole departments at a time, about ``agencies`` agencies each, so that memory stays flat."""
    import polars as pl

    parent = pl.when(pl.col("parent_code").fill_null("") == "").then("agency_code").otherwise("parent_code")
    ordered = units.with_columns(family=parent).sort("family", maintain_order=True)
    family = ordered["family"].rle_id()
    sizes = family.value_counts(sort=False).sort("family")["count"]
    chunk = ((sizes.cum_sum() - sizes) // agencies).gather(family)
    whose = chunk.gather(_code(facts["agency_code"], ordered["agency_code"]))
    for number in chunk.unique().sort():
        some = ordered.filter(chunk == number).select("agency_code", "parent_code")
        yield fill_many(facts.filter(whose == number), standard, some)


def money_names(form: Form) -> tuple[str, ...]:
    """Names of the money columns: c0, c1… left to right, or b0l3 for line 3 of block 0 of a statement form."""
    if form.blocks:
        return tuple(f"b{b}l{line.index}" for b, block in enumerate(form.blocks) for line in block.lines)
    return tuple(f"c{i}" for i in range(len(form.money())))


def code_facts(facts: pl.DataFrame, units: pl.DataFrame) -> Coded:
    """Facts with their codes replaced by positions."""
    import polars as pl

    _guard(facts["amount"])
    units = units.with_columns(pl.col("parent_code").fill_null("")).sort("agency_code")
    combined, codes = pl.lit(0, dtype=pl.UInt64), {}
    for axis in SLICE_AXES:
        known = facts[axis].fill_null("").unique()
        combined = combined * len(known) + pl.lit(_code(facts[axis].fill_null(""), known)).cast(pl.UInt64)
        codes[axis] = known.to_list()
    functions = facts["exp_func_code"].fill_null("").unique().sort()
    made = facts.select(
        "amount",
        pl.col("pro_code").fill_null(""),
        unit=_code(facts["agency_code"], units["agency_code"]),
        function=_code(facts["exp_func_code"].fill_null(""), functions),
        slice=combined,
    )
    found = made["slice"].unique().sort()
    rank = pl.int_range(len(found), eager=True, dtype=pl.UInt32)
    made = made.with_columns(pl.col("slice").replace_strict(found, rank, return_dtype=pl.UInt32))
    slices = _digits(found, codes)
    return Coded(made, units["agency_code"], _departments(units), tuple(functions), slices, codes)


def _digits(numbers: pl.Series, codes: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The positions that were combined into one number, last axis first."""
    import polars as pl

    columns = {}
    for axis in reversed(SLICE_AXES):
        columns[axis] = (numbers % len(codes[axis])).cast(pl.UInt32)
        numbers = numbers // len(codes[axis])
    return pl.DataFrame(columns)


def _guard(amounts: pl.Series) -> None:
    import polars as pl

    if amounts.null_count():
        raise BatchError("a fact has no amount")
    total = amounts.abs().cast(pl.Int128).sum()
    if total >= 2**63:
        raise BatchError("the amounts together are beyond 64 bits")


def _code(values: pl.Series, codes: pl.Series) -> pl.Series:
    """Positions of the values among the codes."""
    import polars as pl

    try:
        return values.cast(pl.Enum(codes)).to_physical().cast(pl.UInt32)
    except pl.exceptions.InvalidOperationError:
        strange = values.filter(~values.is_in(codes.implode())).first()
        raise BatchError(f"{values.name} {strange!r} is not listed") from None


def _departments(units: pl.DataFrame) -> pl.DataFrame:
    """部门 code and position of each of its units; a 部门 that has money of its own is one of them."""
    import polars as pl

    placed = units.with_columns(unit=pl.int_range(pl.len(), dtype=pl.UInt32))
    below = placed.filter(pl.col("parent_code") != "").select("parent_code", "unit")
    own = placed.filter(pl.col("agency_code").is_in(below["parent_code"].unique().implode()))
    return pl.concat([below, own.select(parent_code="agency_code", unit="unit")])


def fill_many_form(coded: Coded, blank: Blank, space: Space) -> pl.DataFrame:
    """One form for every agency."""
    form = blank.form
    names = money_names(form)
    if form.blocks:
        return _finish(coded, _statement(coded, form, space), [], names, every=True)
    assert form.rows is not None
    details: list[pl.DataFrame] = []
    whole: pl.DataFrame | None = None
    for axis, key in (("exp_func_code", "function"), ("pro_code", "pro_code")):
        if axis in form.rows.axes:
            sums = _sums(coded, blank.points, space, ["unit", key], names)
            whole = sums.drop(key).group_by("unit").sum()
            deep = form.rows.depth == "all"
            details.append(_functions(coded, sums, space, deep) if key == "function" else _projects(sums))
    if whole is None:
        whole = _sums(coded, blank.points, space, ["unit"], names)
    return _finish(coded, whole, details, names, every=not details)


def _statement(coded: Coded, form: Form, space: Space) -> pl.DataFrame:
    """Sums of every line, per unit; block by block, as each tells few slices apart."""
    names = iter(money_names(form))
    whole: pl.DataFrame | None = None
    for block in form.blocks:
        points = [line.point for line in block.lines]
        sums = _sums(coded, points, space, ["unit"], [next(names) for _ in points])
        whole = sums if whole is None else whole.join(sums, on="unit", how="full", coalesce=True)
    assert whole is not None
    return whole.fill_null(0)


BITS = 63
"""Points that one number of the engine can hold."""


def _sums(coded: Coded, points: Sequence[Point], space: Space, keys: list[str], names: Sequence[str]) -> pl.DataFrame:
    """Sums per key and Point. Facts are first added up by the set of Points that admits them; such sets are few."""
    import polars as pl

    if len(points) > BITS:
        first = _sums(coded, points[:BITS], space, keys, names[:BITS])
        rest = _sums(coded, points[BITS:], space, keys, names[BITS:])
        return first.join(rest, on=keys, how="full", coalesce=True).fill_null(0)
    by_slice, by_function = _admitting(coded, points, space)
    kind = pl.lit(by_slice).gather("slice")
    if by_function is not None:
        kind = kind & pl.lit(by_function).gather("function")
    grouped = (
        coded.facts.lazy()
        .select(*keys, "amount", kind=kind)
        .filter(pl.col("kind") != 0)
        .group_by(*keys, "kind")
        .agg(pl.col("amount").sum())
        .collect()
    )
    nothing = pl.lit(0, dtype=pl.Int64)
    sums = []
    for index, name in enumerate(names):
        admitted = (pl.col("kind") & pl.lit(1 << index, dtype=pl.UInt64)) != 0
        sums.append(pl.when(admitted).then("amount").otherwise(nothing).sum().alias(name))
    return grouped.group_by(keys).agg(sums)


def _admitting(coded: Coded, points: Sequence[Point], space: Space) -> tuple[pl.Series, pl.Series | None]:
    """The Points that admit each slice, and those that admit each function (``None``: no matter which), as bits."""
    import polars as pl

    member = Membership.of(points, space, PLACE_AXES)
    found, by_function = pl.lit(member.everywhere, dtype=pl.UInt64), None
    for position, axis in member.axes:
        if PLACE_AXES[position] in SLICE_AXES:
            name = SLICE_AXES[position]
            bits = pl.Series([axis.at(code) for code in coded.codes[name]], dtype=pl.UInt64)
            found = found & pl.lit(bits).gather(name)
        else:
            by_function = pl.Series([axis.at(code) for code in coded.functions], dtype=pl.UInt64)
    return coded.slices.select(pl.repeat(0, pl.len(), dtype=pl.UInt64) | found).to_series(), by_function


def _functions(coded: Coded, sums: pl.DataFrame, space: Space, whole: bool) -> pl.DataFrame:
    """Rows of functions: the functions of the facts, and their 款 and 类 when the form lists those too."""
    import polars as pl

    tree = space["exp_func_code"]
    paths = {code: (tree.path(code) if whole else (code,)) for code in coded.functions if code}
    steps = [(place, step) for place, code in enumerate(coded.functions) for step in paths.get(code, ())]
    codes = pl.Enum(sorted({step for _, step in steps}))
    table = pl.DataFrame(steps, schema={"function": pl.UInt32, "code": codes}, orient="row")
    found = sums.join(table, on="function").drop("function")
    return (found.group_by("unit", "code").sum() if whole else found).with_columns(role=pl.lit("function"))


def _projects(sums: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return sums.rename({"pro_code": "code"}).filter(pl.col("code") != "").with_columns(role=pl.lit("project"))


def _finish(
    coded: Coded, whole: pl.DataFrame, details: Sequence[pl.DataFrame], names: Sequence[str], *, every: bool
) -> pl.DataFrame:
    """Agencies with what is listed inside them, and departments; ``every`` agency, or those with money only."""
    import polars as pl

    money = pl.any_horizontal(pl.col(name) != 0 for name in names)
    inside = [frame.filter(money) for frame in details]
    if every:
        units = pl.DataFrame({"unit": pl.int_range(len(coded.units), eager=True, dtype=pl.UInt32)})
        listed = units.join(whole, on="unit", how="left").fill_null(0)
    else:
        busy = pl.concat([whole.filter(money).select("unit"), *(frame.select("unit") for frame in inside)])
        listed = whole.join(busy, on="unit", how="semi")
    departments = listed.join(coded.departments, on="unit").drop("unit").group_by("parent_code").sum()
    own = [_rows(listed, "agency", pl.lit(""), names)]
    own += [_rows(frame.sort("unit", "code"), frame["role"][0], "code", names) for frame in inside if frame.height]
    units = pl.concat(own).sort("unit", maintain_order=True)
    units = units.select(pl.lit(coded.units).gather("unit").alias("agency_code"), pl.exclude("unit"))
    above = (
        departments.rename({"parent_code": "agency_code"})
        .sort("agency_code")
        .with_columns(role=pl.lit("department"), code=pl.lit(""))
    )
    return pl.concat([above.select(units.columns), units])


def _rows(frame: pl.DataFrame, role: str, code: pl.Expr | str, names: Sequence[str]) -> pl.DataFrame:
    import polars as pl

    code = pl.col(code) if isinstance(code, str) else code
    return frame.select("unit", pl.lit(role).alias("role"), code.cast(pl.String).alias("code"), *names)
