"""Read millions of facts in columns: the rules of the row reader, applied once to each distinct value.

A whole province does not fit into Python lists comfortably. Here the facts stay in a data frame from file to forms;
agencies and projects, a thousand times fewer, are read row by row like those of any ledger.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yusuan.amount import FEN, LARGEST
from yusuan.axes import Space
from yusuan.ledger import FACT_COLUMNS, Ledger, Project
from yusuan.ledgerbook import CODED_AXES, JOINED, is_example, joined, rearm
from yusuan.read.guard import Kind, text_encoding
from yusuan.read.ledger import (
    References,
    declared_space,
    finish,
    read_ledger,
    read_references,
    unjoined,
    unknown_refs,
)
from yusuan.read.ledger_source import (
    MOST_ROWS,
    Faults,
    Table,
    Wrong,
    csv_files,
    heads_of,
    kind_of,
    open_tables,
    plain,
    separator_of,
)
from yusuan.read.ledger_values import Values, amount_of, blank, code_of, values_for
from yusuan.sheet import Agency
from yusuan.words import InputError

if TYPE_CHECKING:
    import polars as pl

BAD = "?"
"""What stands in a column for a cell that was complained about."""

KEY = FACT_COLUMNS[:-1]
TOO_MANY = 3
PROBE = f"""
import sys, polars
if polars.scan_parquet(sys.argv[1]).select(polars.len()).collect().item() > int(sys.argv[2]):
    sys.exit({TOO_MANY})
polars.read_parquet(sys.argv[1], memory_map=False)
"""
PLAIN_MONEY = r"^-?[0-9]{1,14}(\.[0-9]{1,2})?$"


@dataclass(frozen=True)
class Source:
    """Facts as a file gives them: a frame of raw cells by data element, with ``row`` the user's row number."""

    name: str
    frame: pl.DataFrame
    unit: str
    references: References


def scan_facts(path: Path, space: Space) -> pl.DataFrame:
    """The facts of a ledger as a frame: ``FACT_COLUMNS`` (codes as strings, amount Int64 分) and ``pro_type``.

    Raises ``InputError`` like ``read_ledger``. Facts outside projects have the pro_type ``other``.
    """
    return scan_ledger(path, space)[1]


def scan_ledger(path: Path, space: Space) -> tuple[References, pl.DataFrame]:
    """Agencies, projects and targets, and the facts as ``scan_facts`` gives them."""
    kind = kind_of(path)
    if kind == "xlsx":
        return _from_ledger(read_ledger(path, space), space)
    faults = Faults()
    source = _open(path, kind, space, faults)
    if source is None:
        return _from_ledger(read_ledger(path, space), space)
    frame = _checked(source, faults)
    return source.references, frame.select(*FACT_COLUMNS, "pro_type")


def read_parquet(path: Path, space: Space) -> Ledger:
    """A ledger from Parquet, as Python lists."""
    faults = Faults()
    source = _open(path, "parquet", space, faults)
    assert source is not None
    frame = _checked(source, faults)
    columns = {name: frame[name].to_list() for name in FACT_COLUMNS}
    return finish(source.references, columns, frame["mark"].to_list())


def _from_ledger(ledger: Ledger, space: Space) -> tuple[References, pl.DataFrame]:
    import polars as pl

    found = References(
        values_for(space), ledger.fiscal_year, dict(ledger.agencies), dict(ledger.projects), dict(ledger.goals)
    )
    types = [ledger.projects[code].pro_type if code else "other" for code in ledger.columns["pro_code"]]  # type: ignore[index]
    schema = {name: pl.Int64() if name == "amount" else pl.String() for name in (*FACT_COLUMNS, "pro_type")}
    return found, pl.DataFrame({**ledger.columns, "pro_type": types}, schema=schema)


def _open(path: Path, kind: Kind | None, space: Space, faults: Faults) -> Source | None:
    """The raw facts of a file and what they refer to; ``None`` when only the row reader can say what is wrong."""
    if kind == "parquet":
        return _open_parquet(path, space, faults)
    tables = open_tables(path, kind, faults)
    faults.stop()
    facts = tables["facts"]
    space = declared_space(tables, space, faults)
    file = csv_files(path)["facts"] if kind is None else path
    frame = _csv_frame(file, facts)
    if frame is None:
        return None
    if kind == "text":
        if "fiscal_year" not in frame.columns:
            raise InputError("ledger_year_missing", sheet=facts.name)
        tables = {**tables, **_tables_of(facts.name, frame)}
    return Source(facts.name, frame, facts.unit, read_references(tables, values_for(space), faults))


def _csv_frame(file: Path, table: Table) -> pl.DataFrame | None:
    import polars as pl

    encoding = text_encoding(file)
    with file.open(encoding=encoding, newline="") as stream:
        separator = separator_of(stream.readline())
    source: Path | bytes = file
    if not encoding.startswith("utf-8"):
        source = file.read_bytes().decode(encoding).encode()
    try:
        raw = pl.read_csv(
            source, separator=separator, has_header=False, infer_schema=False, row_index_name="row", row_index_offset=1
        ).with_columns(pl.col(pl.String).fill_null(""))
    except (pl.exceptions.PolarsError, OSError):
        return None
    cells = raw.columns[1:]
    if max(table.columns.values()) >= len(cells):
        return None
    first = [text for text in raw[cells[0]].unique().to_list() if text and is_example(plain(text))]
    raw = raw.filter(
        (pl.col("row") > table.head)
        & pl.any_horizontal(pl.col(name).str.strip_chars() != "" for name in cells)
        & ~pl.col(cells[0]).is_in(first)
    )
    known = {cells[i]: element for element, i in table.columns.items()}
    strays = [name for name in cells if name not in known]
    if strays and raw.select(pl.any_horizontal((pl.col(n).str.strip_chars() != "").any() for n in strays)).item():
        return None
    return raw.select("row", *known).rename(known)


def _probe_parquet(path: Path) -> None:
    """Read the file once in a process of its own: one damaged byte can make the native reader abort its process."""
    probe = subprocess.run(
        [sys.executable, "-P", "-c", PROBE, str(path), str(MOST_ROWS)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if probe.returncode == TOO_MANY:
        raise InputError("ledger_too_many_rows", sheet=path.name, limit=MOST_ROWS)
    if probe.returncode:
        raise InputError("guard_damaged", file=str(path))


def _open_parquet(path: Path, space: Space, faults: Faults) -> Source:
    import polars as pl

    _probe_parquet(path)
    try:
        schema = pl.read_parquet_schema(path)
        meta = pl.read_parquet_metadata(path).get("yusuan", "")
        heads = heads_of(joined(), path.name, list(schema), faults)
        faults.stop()
        assert heads is not None
        names = {list(schema)[i]: element for element, i in heads[0].items()}
        frame = pl.read_parquet(path, columns=list(names), memory_map=False).rename(names)
    except (InputError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of the reader's native code is no Exception
        raise InputError("guard_damaged", file=str(path)) from None
    if "fiscal_year" not in frame.columns:
        raise InputError("ledger_year_missing", sheet=path.name)
    frame = frame.with_row_index("row", offset=1)
    frame = frame.with_columns(_text(frame, name) for name in frame.columns if name not in ("row", "amount"))
    refs = read_references(_tables_of(path.name, frame), values_for(space), faults)
    _remember(path, meta, refs)
    return Source(path.name, frame, heads[1], refs)


def _text(frame: pl.DataFrame, name: str) -> pl.Expr:
    import polars as pl

    column, kind = pl.col(name), frame.schema[name]
    if kind.is_float() and bool((frame[name].round() == frame[name]).all()):
        column = column.cast(pl.Int64, strict=False)
    return column.cast(pl.String, strict=False).fill_null("")


def _tables_of(name: str, frame: pl.DataFrame) -> dict[str, Table]:
    """Tables of agencies and projects from the columns that repeat them."""
    keys = [element for element in ("agency_code", "pro_code", *JOINED) if element in frame.columns]
    distinct = frame.select("row", *keys).unique(keys, keep="first", maintain_order=True)
    rows = ((row["row"], {k: rearm(row[k]) for k in keys}) for row in distinct.iter_rows(named=True))
    agencies, projects = unjoined(name, rows)
    return {"agencies": agencies, "projects": projects}


def _remember(path: Path, meta: str, refs: References) -> None:
    """Add what the metadata of our own Parquet files tells beyond the columns."""
    if not meta:
        return
    try:
        told: dict[str, Any] = json.loads(meta)
        for agency in told["agencies"]:
            refs.agencies.setdefault(agency["code"], Agency(**agency))
        for project in told["projects"]:
            refs.projects[project["code"]] = Project(**project)
        refs.goals.update(told["goals"])
        refs.fiscal_year = refs.fiscal_year or int(told["fiscal_year"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InputError("ledger_metadata", file=str(path)) from None


def _checked(source: Source, faults: Faults) -> pl.DataFrame:
    """The facts with every cell read; raises ``InputError`` for all that is wrong."""
    import polars as pl

    frame, refs = source.frame, source.references
    if not len(frame):
        faults.add_table("ledger_no_facts", sheet=source.name)
        faults.stop()
    if len(frame) > MOST_ROWS:
        raise InputError("ledger_too_many_rows", sheet=source.name, limit=MOST_ROWS)
    missing = [name for name in ("gov_bgt_eco_code", "pro_code", "mark") if name not in frame.columns]
    frame = frame.with_columns(pl.lit("").alias(name) for name in missing)
    start = len(faults.problems)
    for element in (*CODED_AXES, "fund_type_code", "vintage", "kind", "mark"):
        frame = _read(frame, element, _member(refs.values, element), source.name, faults)
    frame = _read(frame, "agency_code", lambda text: _reference(text, "", refs), source.name, faults)
    frame = _read(frame, "pro_code", lambda text: _reference("", text, refs), source.name, faults)
    frame = _money(frame, source, faults)
    _blanks(frame, source, faults)
    frame = _governmental(frame, source, faults)
    _twice(frame, source.name, faults)
    faults.problems[start:] = sorted(faults.problems[start:], key=lambda problem: int(str(problem[1].get("row", 0))))
    faults.stop()
    types = {code: project.pro_type for code, project in refs.projects.items()}
    marks = pl.when(pl.col("mark") == "").then(pl.lit("given")).otherwise("mark").alias("mark")
    column = pl.col("pro_code").replace_strict(
        list(types), list(types.values()), default="other", return_dtype=pl.String
    )
    return frame.with_columns(marks, column.alias("pro_type"))


def _member(values: Values, element: str) -> Callable[[str], str | Wrong]:
    return lambda text: values.member(element, rearm(text))


def _reference(agency: str, project: str, refs: References) -> str | Wrong:
    code = code_of(rearm(agency or project))
    if isinstance(code, Wrong):
        return code
    wrong = unknown_refs(code if agency else "", code if project else "", refs)
    return wrong[0] if wrong else code


def _read(
    frame: pl.DataFrame, element: str, read: Callable[[str], str | Wrong], name: str, faults: Faults
) -> pl.DataFrame:
    """The column with each distinct text replaced by what it means; complaints for those that mean nothing."""
    import polars as pl

    texts = frame[element].unique().to_list()
    found = [read(text) for text in texts]
    _complain(frame, element, {t: w for t, w in zip(texts, found) if isinstance(w, Wrong)}, name, faults)
    means = [BAD if isinstance(value, Wrong) else value for value in found]
    return frame.with_columns(pl.col(element).replace_strict(texts, means, return_dtype=pl.String))


def _complain(frame: pl.DataFrame, element: str, wrong: Mapping[Any, Wrong], name: str, faults: Faults) -> None:
    import polars as pl

    if wrong:
        rows = frame.filter(pl.col(element).is_in(list(wrong))).select("row", element)
        for row, text in rows.iter_rows():
            faults.add(name, row, wrong[text])


def _blanks(frame: pl.DataFrame, source: Source, faults: Faults) -> None:
    """Complain of blank cells where the kind of the fact needs them filled."""
    import polars as pl

    needed = ("agency_code", "exp_func_code", "dep_bgt_eco_code", "fund_type_code", "vintage", "kind")
    for element in needed:
        empty = frame.filter(pl.col(element) == "").select("row", "kind")
        for row, kind in empty.iter_rows():
            if source.references.values.needed(kind, {element: ""}):
                faults.add(source.name, row, blank(element))


def _governmental(frame: pl.DataFrame, source: Source, faults: Faults) -> pl.DataFrame:
    """Governmental codes derived or checked, once for each combination with a regime."""
    import polars as pl

    refs = source.references
    regimes = {code: agency.regime or "" for code, agency in refs.agencies.items()}
    frame = frame.with_columns(
        pl.col("agency_code")
        .replace_strict(list(regimes), list(regimes.values()), default=BAD, return_dtype=pl.String)
        .alias("regime")
    )
    keys = ["dep_bgt_eco_code", "gov_bgt_eco_code", "regime"]
    combos = frame.select(keys).unique().rows()
    found = [gov if BAD in (dep, gov, r) else refs.values.governmental(dep, gov, r or None) for dep, gov, r in combos]
    made = pl.DataFrame(combos, schema=dict.fromkeys(keys, pl.String), orient="row").with_columns(
        pl.Series("found", [BAD if isinstance(value, Wrong) else value for value in found], dtype=pl.String)
    )
    wrong = {combo: value for combo, value in zip(combos, found) if isinstance(value, Wrong)}
    joined_frame = frame.join(made, on=keys, how="left", maintain_order="left")
    for row, *combo in joined_frame.filter(pl.col("found") == BAD).select("row", *keys).iter_rows():
        if tuple(combo) in wrong:
            faults.add(source.name, row, wrong[tuple(combo)])
    return joined_frame.with_columns(pl.col("found").alias("gov_bgt_eco_code")).drop("found")


def _twice(frame: pl.DataFrame, name: str, faults: Faults) -> None:
    """Complain of facts, right by themselves, whose key an earlier row has."""
    import polars as pl

    faulty = [row for sheet, row in faults.rows if sheet == name]
    sound = frame.filter(~pl.col("row").is_in(faulty)) if faulty else frame
    if sound.select(KEY).is_duplicated().any():
        again = sound.select("row", pl.col("row").min().over(KEY).alias("first")).filter(
            pl.col("row") != pl.col("first")
        )
        for row, first in again.iter_rows():
            faults.add(name, row, Wrong("ledger_fact_twice", {"first": first}))


def _money(frame: pl.DataFrame, source: Source, faults: Faults) -> pl.DataFrame:
    """Amounts as whole 分: the ordinary ones in columns, every other one by the reader of single cells."""
    import polars as pl

    column, kind, fen = pl.col("amount"), frame.schema["amount"], FEN[source.unit]
    most = LARGEST // fen
    if kind == pl.String:
        ordinary = column.str.contains(PLAIN_MONEY) if source.unit == "元" else pl.lit(value=False)
        exact = pl.when(ordinary).then(column).cast(pl.Decimal(20, 2)) * 100
    elif kind.is_integer() or kind.is_decimal():
        scaled = column.cast(pl.Decimal(38, 4), strict=False)
        ordinary = (scaled.abs() <= most) & ((scaled * fen) % 1 == 0)
        exact = pl.when(ordinary).then(scaled * fen)
    elif kind.is_float():
        frame = frame.with_columns(column.fill_nan(None))
        scaled = column * fen
        ordinary = (scaled.abs() < 1e13) & ((scaled - scaled.round()).abs() <= 1e-6)
        exact = pl.when(ordinary).then(scaled.round())
    else:
        exact = pl.lit(None)
    frame = frame.with_columns(exact.cast(pl.Int64).alias("fen"))
    rest = frame.filter(pl.col("fen").is_null())
    if len(rest):
        frame = _odd_money(frame, rest["amount"].unique().to_list(), source, faults)
    return frame.with_columns(pl.col("fen").alias("amount")).drop("fen")


def _odd_money(frame: pl.DataFrame, cells: Iterable[object], source: Source, faults: Faults) -> pl.DataFrame:
    import polars as pl

    read = {cell: amount_of(rearm(cell) if isinstance(cell, str) else cell, source.unit) for cell in cells}
    nothing = read.pop(None, None)
    if isinstance(nothing, Wrong):
        for row in frame.filter(pl.col("amount").is_null())["row"]:
            faults.add(source.name, row, nothing)
    wrong = {cell: value for cell, value in read.items() if isinstance(value, Wrong)}
    _complain(frame, "amount", wrong, source.name, faults)
    good = {cell: value for cell, value in read.items() if not isinstance(value, Wrong)}
    if not good:
        return frame
    kind = frame.schema["amount"]
    made = pl.DataFrame({"amount": pl.Series(list(good), dtype=kind), "odd": list(good.values())})
    return (
        frame.join(made, on="amount", how="left", maintain_order="left")
        .with_columns(pl.coalesce("fen", "odd").alias("fen"))
        .drop("odd")
    )
