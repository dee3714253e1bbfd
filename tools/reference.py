"""The reference pages of the documentation, made from the program itself, and the real output quoted in other pages.

Run: ``python tools/reference.py`` after any change of commands, messages, form sets or findings; a test fails when a
page is stale.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from examples import Workplace, refreshed

from yusuan.axes import national_space
from yusuan.commands import NAMES, parser_for
from yusuan.ledgerbook import CODED_AXES, choices, heading, tables
from yusuan.publish.template import LISTED, help_topics
from yusuan.standard import list_standards, load_standard
from yusuan.standard_text import standard_lines
from yusuan.words import catalogue, say

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
MADE = "本页由 `python tools/reference.py` 从程序生成，不要手改。 Generated from the program; do not edit."
LIVE = ("README.md", "README.en.md", "docs/tutorial.md", "docs/how-to.md")
"""Pages that quote real output."""


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A Markdown table."""
    names = list(heads)
    yield f"| {' | '.join(names)} |"
    yield f"|{' --- |' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(map(in_table, row))} |"


def in_table(text: str) -> str:
    """Text as a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", "<br>")


def subparsers(parser: ArgumentParser) -> dict[str, ArgumentParser]:
    """The parser of each command."""
    found = next(action for action in parser._actions if isinstance(action, _SubParsersAction))
    return dict(found.choices)


def words_of(action: Any) -> str:
    """How an argument is written on the command line."""
    value = f" {action.metavar or (action.dest.upper() if action.nargs != 0 else '')}".rstrip()
    if action.choices and action.nargs != 0:
        value = f" {{{','.join(action.choices)}}}"
    if not action.option_strings:
        name = (value.strip() if action.choices else action.metavar) or action.dest
        more = {"+": " …", "*": " …"}.get(str(action.nargs), "")
        return f"`{name}{more}`"
    return ", ".join(f"`{option}{value}`" for option in action.option_strings)


def options_table(zh: ArgumentParser, en: ArgumentParser) -> Iterator[str]:
    """Arguments of one parser with their help in both languages."""
    pairs = [(a, b) for a, b in zip(zh._actions, en._actions) if not isinstance(a, _SubParsersAction)]
    rows = []
    for ours, theirs in pairs:
        default = f"`{ours.default}`" if isinstance(ours.default, str) and ours.dest not in ("help", "lang") else ""
        if "SUPPRESS" in default:
            default = ""
        required = "是" if ours.required and ours.nargs != "*" else ""
        rows.append([words_of(ours), required, default, str(ours.help), str(theirs.help)])
    yield from table(("写法", "必填", "默认", "说明", "meaning"), rows)


def cli_page() -> str:
    """``docs/reference/cli.md``."""
    zh, en = parser_for("zh"), parser_for("en")
    lines = ["# 命令行 · Command line", "", MADE, "", f"{zh.description} {en.description}", ""]
    lines += ["退出状态：0 没有错误，1 有错误，2 无法运行（标准错误上一句话说明原因和办法）。"]
    lines += ["Exit status: 0 no error, 1 errors found, 2 could not run (one sentence on standard error).", ""]
    lines += ["## `yusuan`", "", *options_table(zh, en), ""]
    for name in NAMES:
        ours, theirs = subparsers(zh)[name], subparsers(en)[name]
        lines += [f"## `yusuan {name}`", "", f"{ours.description}。 {str(theirs.description).capitalize()}.", ""]
        lines += [*options_table(ours, theirs), "", f"{ours.epilog}", ""]
    return "\n".join(lines)


def messages_page() -> str:
    """``docs/reference/messages.md``."""
    lines = ["# 消息 · Messages", "", MADE, ""]
    lines += ["每条消息的名字、中文和英文；花括号里的值在显示时填入。检查报告 JSON 的 `rule` 就是这里的名字。"]
    lines += ["Every message by key. The `rule` of a finding in JSON is a key of this table.", ""]
    folder = ROOT / "src" / "yusuan" / "standards" / "words"
    for file in sorted(folder.glob("*.toml")):
        entries = tomllib.loads(file.read_text(encoding="utf-8"))
        rows = ([f"`{key}`", code(texts["zh"]), code(texts["en"])] for key, texts in entries.items())
        lines += [f"## {file.stem}", "", *table(("名字", "中文", "English"), rows), ""]
    return "\n".join(lines)


def code(text: str) -> str:
    """Text whose angle brackets stay text."""
    return text.strip().replace("<", "&lt;").replace(">", "&gt;")


def forms_page() -> str:
    """``docs/reference/forms.md``."""
    lines = ["# 表样 · Form sets", "", MADE, ""]
    lines += ["每张表的栏目和行，以及各自的口径（`维度=代码`，没有列出的维度不限）。"]
    lines += ["与 `yusuan standard show` 的输出相同。"]
    lines += ["Every label of every form with the slice it means; the output of `yusuan standard show`.", ""]
    for name in list_standards():
        lines += [f"## {name}", "", "```text", *standard_lines(load_standard(name)), "```", ""]
    return "\n".join(lines)


def ledger_page() -> str:
    """``docs/reference/ledger.md``."""
    lines = ["# 台账 · The ledger", "", MADE, ""]
    lines += ["台账可以是工作簿（每张表一个工作表）、文件夹（每张表一个 CSV 文件）、一个 CSV 文件或一个 Parquet 文件。"]
    lines += ["列名用中文标题或数据元素都可以，顺序不限。一个文件装下整个台账时，单位和项目的列写在每条记录旁边。"]
    lines += ["A ledger is a workbook, a folder of CSV files, one CSV file or one Parquet file. Columns go by their"]
    lines += ["Chinese heading or by their data element, in any order.", ""]
    for key, form in tables().items():
        lines += [f"## {form.sheet}（`{key}.csv`）", ""]
        rows = []
        for column in form.columns:
            rows.append([heading(column), f"`{column}`", "是" if column in form.required else "", *hints(key, column)])
        lines += [*table(("列", "数据元素", "必填", "说明", "meaning"), rows), ""]
    lines += ["## 可以填的值 · Accepted values", "", "编码写成 `30201` 或 `30201 办公费` 都可以。", ""]
    for column in LISTED:
        if column not in CODED_AXES:
            words = choices(column, national_space())
            lines += [f"- {heading(column)} `{column}`：{'、'.join(words)}"]
    lines += ["", "三种科目编码见 `src/yusuan/standards/codes/`。台账里可以在“科目补充”表增加没有收录的科目。", ""]
    lines += ["## 填写说明（台账里的说明页）", ""]
    for topic in help_topics():
        title, _, body = topic.partition("|")
        lines += [f"- **{title}**：{body}"]
    return "\n".join([*lines, ""])


def hints(key: str, column: str) -> tuple[str, str]:
    """The comment of a heading in both languages."""
    for name in (f"ledger_hint_{key}_{column}", f"ledger_hint_{column}"):
        if name in catalogue():
            return code(say(name, "zh")), code(say(name, "en"))
    return "", ""


def paths_of(value: Any, here: str = "") -> Iterator[tuple[str, str]]:
    """(path, JSON type) of every field of a document, parts that are described once folded together."""
    kinds = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object", list: "array"}
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{here}.{name}" if here else name
            yield path, kinds.get(type(inner), "null")
            if name not in ("values", "point"):
                yield from paths_of(inner, path)
    elif isinstance(value, list):
        for inner in value:
            yield from paths_of(inner, f"{here}[]")


CELL = re.compile(r"(?:findings\[\]\.suspects\[\]\.cell|coverage\.(?:firm\.)?(?:unseen|pairs\[\]\.cells)\[\])\.")
"""Cells wherever a report names them: described once."""

WITHHELD = re.compile(r"secrecy\.(?:withheld\[\]\.(?:cells\[\]|rests_on\[\]|terms\[\]\.cell)|proposal\[\])\.(.+)")
"""The same cells in a recovery."""

FOLDED = (
    (re.compile(r".*\]\.(?:repair|repairs\[\])\.(\w+)"), "repair"),
    (re.compile(r".*\]\.(?:\w+\.)?source\.(\w+)"), "address"),
)
"""Parts that occur in several places."""


def fields_of(document: Any, name: str) -> dict[tuple[str, str], set[str]]:
    """(table, path) → types of the fields that a document shows."""
    found: dict[tuple[str, str], set[str]] = {}
    for path, kind in paths_of(document):
        place = (name, CELL.sub("findings[].cells[].", path))
        if cell := WITHHELD.fullmatch(path):
            place = ("report", f"findings[].cells[].{cell[1]}")
        for pattern, part in FOLDED:
            if fold := pattern.fullmatch(path):
                place = (part, fold[1])
                break
        found.setdefault(place, set()).add(kind)
    return found


def json_page() -> str:
    """``docs/reference/json.md``; raises ``KeyError`` when a field has no meaning or a meaning has no field."""
    told = tomllib.loads((ROOT / "tools" / "json_fields.toml").read_text(encoding="utf-8"))
    unseen = set(told.pop("never_seen")["paths"])
    with Workplace() as place:
        place.run("compile 台账 -o 输出")
        documents = {
            "disclosure": [place.json("read 公开表.txt --json"), place.json("read 输出/104012/forms.xlsx --json")],
            "report": [place.json(f"check {f} --format json") for f in ("改错.txt", "输出/104012/forms.xlsx")],
            "recovery": [
                place.json(f"recover 公开表.txt --format json {more}")
                for more in ("", "--withhold 2060302", "--withhold 2060302 2060599 20603 20605 206")
            ],
        }
    seen: dict[tuple[str, str], set[str]] = {}
    for name, values in documents.items():
        for value in values:
            for path, kinds in fields_of(value, name).items():
                seen.setdefault(path, set()).update(kinds)
    meant = {(name, path) for name, fields in told.items() for path in fields}
    if odd := sorted((seen.keys() - meant) | {p for p in meant - seen.keys() if ":".join(p) not in unseen}):
        raise KeyError(f"tools/json_fields.toml and the program disagree on {odd}")
    titles = {
        "disclosure": "## `yusuan.disclosure/1`（`yusuan read --json`，`yusuan compile --format json`）",
        "report": "## `yusuan.report/1`（`yusuan check --format json`）",
        "recovery": "## `yusuan.recovery/1`（`yusuan recover --format json`）",
        "address": "## 位置 · `source` of a cell", "repair": "## 修正 · `repair`",
    }  # fmt: skip
    lines = ["# JSON", "", MADE, "", "给几个来源时，输出是一个数组，每个来源一项。金额都是整数，单位是分。"]
    lines += ["With several sources the output is an array. Amounts are integers in 分 (1/100 元).", ""]
    for name, title in titles.items():
        rows = [[f"`{p}`", " / ".join(sorted(seen.get((name, p), {"boolean"}))), *told[name][p]] for p in told[name]]
        lines += [title, "", *table(("字段", "类型", "说明", "meaning"), rows), ""]
        if name in documents:
            lines += ["例 · example:", "", "```json", sample(documents[name][0], name), "```", ""]
    return "\n".join(lines)


def sample(document: Any, name: str) -> str:
    """A short extract: one form with one row, column and cell, or one finding; what varies from run to run is fixed."""
    shown = dict(document)
    if name == "disclosure":
        sheet = dict(shown["sheets"][1])
        cell = next(c for c in sheet["cells"] if c["repair"])
        for key in ("rows", "columns"):
            sheet[key] = sheet[key][:1]
        sheet.update({"cells": [cell], "texts": [], "repairs": sheet["repairs"][:1]})
        shown["sheets"] = [sheet]
    elif name == "recovery":
        shown.update({"facts": shown["facts"][-1:], "projects": shown["projects"][:1]})
    else:
        told = shown["summary"]
        shown["summary"] = {**told, "seconds": 0.05, "coverage": {**told["coverage"], "seconds": 0.02}}
        shown["coverage"] = {name: found[:1] for name, found in shown["coverage"].items() if isinstance(found, list)}
        shown["findings"] = [{**shown["findings"][0], "cells": shown["findings"][0]["cells"][:1]}]
        shown["findings"][0]["suspects"] = shown["findings"][0]["suspects"][:1]
    return json.dumps(shown, ensure_ascii=False, indent=1)


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page, "messages.md": messages_page, "forms.md": forms_page, "ledger.md": ledger_page,
    "json.md": json_page,
}  # fmt: skip


def pages() -> Iterator[tuple[Path, str]]:
    """Every page that depends on the program, as it should be."""
    for name, make in PAGES.items():
        yield REFERENCE / name, make()
    for name in LIVE:
        yield ROOT / name, refreshed((ROOT / name).read_text(encoding="utf-8"))


def main() -> None:
    """Write every page that differs."""
    for path, text in pages():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
