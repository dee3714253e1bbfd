"""Reports as SARIF 2.1.0, for programs that show findings of any checker beside the text they concern."""

from __future__ import annotations

from typing import Any

from yusuan import __version__
from yusuan.check.render import message
from yusuan.finding import Finding, Report

LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def report_sarif(reports: list[Report], lang: str = "zh") -> dict[str, Any]:
    """One SARIF log, a run for all reports."""
    rules = sorted({finding.rule for report in reports for finding in report.findings})
    results = [_result(report, finding, lang) for report in reports for finding in report.findings]
    driver = {"name": "yusuan", "version": __version__, "rules": [{"id": rule} for rule in rules]}
    return {
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _result(report: Report, finding: Finding, lang: str) -> dict[str, Any]:
    locations = []
    for cell in finding.cells:
        physical: dict[str, Any] = {"artifactLocation": {"uri": report.source}}
        if cell.source and cell.source.line is not None:
            physical["region"] = {"startLine": cell.source.line}
        name = "/".join((cell.form or "", cell.row_name, *cell.column[-1:]))
        if cell.source and cell.source.a1:
            name = f"{cell.source.sheet}!{cell.source.a1} {name}"
        locations.append({
            "physicalLocation": physical,
            "logicalLocations": [{"fullyQualifiedName": name}],
        })  # fmt: skip
    return {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": message(finding, lang, report.scale)},
        "locations": locations[:10],
    }
