"""The ledger: every budgeted amount once, with its place on all axes, for any number of agencies.

Facts are kept in columns. Column names are the national data elements where one exists; the Chinese headings of the
ledger workbook are synonyms of them (``HEADINGS``). Amounts are whole 分.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from yusuan.axes import Space
from yusuan.codes import Member
from yusuan.sheet import Agency

REGIMES: Mapping[str, str] = {"organ": "机关", "assimilated": "参公", "institution": "事业"}
"""Regime of an agency → the word of the ledger. 机关 and 参公 pay through 501–504, 事业 through 505–506."""

FACT_COLUMNS: tuple[str, ...] = (
    "agency_code", "exp_func_code", "dep_bgt_eco_code", "gov_bgt_eco_code", "fund_type_code", "vintage", "kind",
    "pro_code", "amount",
)  # fmt: skip

HEADINGS: Mapping[str, str] = {
    "fiscal_year": "预算年度", "agency_code": "单位代码", "agency_name": "单位名称", "parent_code": "上级部门代码",
    "parent_name": "上级部门名称", "regime": "单位性质", "exp_func_code": "支出功能分类科目编码",
    "dep_bgt_eco_code": "部门预算支出经济分类编码", "gov_bgt_eco_code": "政府预算支出经济分类编码",
    "fund_type_code": "资金来源", "vintage": "资金年度", "kind": "支出类别", "pro_code": "项目代码",
    "pro_name": "项目名称", "pro_type": "项目类型", "amount": "金额（元）", "pro_direction": "支出方向",
    "pro_regulation": "资金管理办法", "pro_allocation": "分配办法",
    "goal_period": "实施期绩效目标", "goal_year": "年度绩效目标", "duties": "部门职能职责描述",
    "cost.economic": "经济成本指标", "cost.social": "社会成本指标", "cost.environment": "生态环境成本指标",
    "output.quantity": "数量指标", "output.quality": "质量指标", "output.timeliness": "时效指标",
    "benefit.economic": "经济效益指标", "benefit.social": "社会效益指标", "benefit.ecological": "生态效益指标",
    "benefit.sustained": "可持续影响指标", "satisfaction.public": "社会公众或服务对象满意度指标",
}  # fmt: skip
"""Data element → Chinese heading of the ledger workbook."""

INDICATORS: tuple[str, ...] = tuple(key for key in HEADINGS if "." in key)
"""Second-level indicator kinds, in the order of the performance forms."""

PROJECT_TEXTS: tuple[str, ...] = (
    "pro_direction",
    "pro_regulation",
    "pro_allocation",
    "goal_period",
    "goal_year",
    *INDICATORS,
)
AGENCY_TEXTS: tuple[str, ...] = ("duties", "goal_year", *INDICATORS)

SHEETS: Mapping[str, tuple[str, ...]] = {
    "单位信息": ("fiscal_year", "agency_code", "agency_name", "parent_code", "parent_name", "regime"),
    "收支台账": FACT_COLUMNS,
    "项目与绩效目标": ("pro_code", "agency_code", "pro_name", "pro_type", *PROJECT_TEXTS),
    "部门整体绩效目标": ("agency_code", *AGENCY_TEXTS),
}
"""Sheets of the ledger workbook and their columns in order."""


class Fact(NamedTuple):
    """One budgeted amount (分) and its place on every axis; ``pro_code`` is empty outside projects."""

    agency_code: str
    exp_func_code: str
    dep_bgt_eco_code: str
    gov_bgt_eco_code: str
    fund_type_code: str
    vintage: str
    kind: str
    pro_code: str
    amount: int


@dataclass(frozen=True, slots=True)
class Project:
    """A project or special fund: type is special (专项资金) or other; texts by data element (goals, indicators)."""

    code: str
    agency_code: str
    name: str
    pro_type: str
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Facts of one fiscal year in columns, with the agencies, projects and whole-agency targets they refer to.

    ``marks`` tells of each fact whether it was given, derived, determined or assumed (recovery); empty when all were
    given.
    """

    fiscal_year: int
    agencies: Mapping[str, Agency]
    columns: Mapping[str, list[str] | list[int]]
    projects: Mapping[str, Project] = field(default_factory=dict)
    goals: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    marks: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        fiscal_year: int,
        agencies: Iterable[Agency],
        facts: Iterable[Fact],
        *,
        projects: Iterable[Project] = (),
        goals: Mapping[str, Mapping[str, str]] | None = None,
        marks: tuple[str, ...] = (),
    ) -> Ledger:
        """A ledger from records."""
        rows = list(facts)
        columns: dict[str, list[Any]] = {name: [row[i] for row in rows] for i, name in enumerate(FACT_COLUMNS)}
        return cls(
            fiscal_year, {a.code: a for a in agencies}, columns,
            {p.code: p for p in projects}, goals or {}, marks,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.columns["amount"])

    def facts(self) -> Iterator[Fact]:
        """The facts, one by one."""
        for values in zip(*(self.columns[name] for name in FACT_COLUMNS)):
            yield Fact(*values)

    def departments(self) -> Mapping[str, tuple[str, ...]]:
        """部门 code → codes of its 单位, in code order."""
        found: dict[str, list[str]] = {}
        for agency in self.agencies.values():
            if agency.parent_code:
                found.setdefault(agency.parent_code, []).append(agency.code)
        return {code: tuple(sorted(units)) for code, units in sorted(found.items())}

    def department(self, code: str) -> Agency:
        """The 部门 ``code``, from its own entry or from what its units say of it."""
        if code in self.agencies:
            return self.agencies[code]
        names = [a.parent_name for a in self.agencies.values() if a.parent_code == code and a.parent_name]
        return Agency(code, names[0] if names else code)


def agency_space(space: Space, agencies: Iterable[Agency], projects: Iterable[tuple[str, str]] = ()) -> Space:
    """``space`` with the trees of agencies (部门 → 单位) and projects filled in."""
    members: dict[str, Member] = {}
    for agency in agencies:
        if agency.parent_code:
            members.setdefault(agency.parent_code, Member(agency.parent_code, agency.parent_name))
        members[agency.code] = Member(agency.code, agency.name, agency.parent_code or None)
    tree = space["agency_code"].with_placed(members.values())
    made = space.with_tree(tree)
    return made.with_tree(made["pro_code"].with_placed(Member(code, name) for code, name in projects))
