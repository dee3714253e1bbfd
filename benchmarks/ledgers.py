"""Synthetic ledgers of one department for the benchmarks of rounding and recovery."""

from __future__ import annotations

from synthetic import synthetic
from yusuan.ledger import FACT_COLUMNS, Fact, Ledger, Project
from yusuan.sheet import Agency
from yusuan.standard import load_standard

STANDARD = load_standard("hunan/2025")
DEPARTMENT = "104"


def department(units: int, facts: int, seed: int, *, step: int) -> tuple[Ledger, str]:
    """A department with its ``units`` (or one unit alone), amounts in multiples of ``step`` 分; and who reports."""
    frame, _ = synthetic(STANDARD.space, units, facts, seed)
    codes = {code: f"{DEPARTMENT}{n:03d}" for n, code in enumerate(dict.fromkeys(frame["agency_code"]), 1)}
    rows: dict[tuple[str, ...], int] = {}
    projects: dict[str, Project] = {}
    for row in frame.iter_rows(named=True):
        agency = codes[row["agency_code"]]
        project = agency + row["pro_code"][6:] if row["pro_code"] else ""
        if project:
            projects.setdefault(project, Project(project, agency, f"项目{project}", row["pro_type"]))
        place = tuple({**row, "agency_code": agency, "pro_code": project}[name] for name in FACT_COLUMNS[:-1])
        rows[place] = rows.get(place, 0) + max(1, row["amount"] // step) * step
    parent = (DEPARTMENT, "示例部门") if units > 1 else (None, "")
    agencies = [Agency(code, f"单位{code}", *parent) for code in codes.values()]
    listed = [Fact(*place, amount=amount) for place, amount in rows.items()]
    ledger = Ledger.of(2025, agencies, listed, projects=projects.values())
    return ledger, DEPARTMENT if units > 1 else agencies[0].code
