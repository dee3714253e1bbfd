"""Who may import whom: the layers, top to bottom, held against the imports of the program.

The table stands in docs/design.md (a table with a column of modules in backticks); until that page exists, here. A
folder counts as one module. Imports point downward only, so modules of one layer never import each other.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "yusuan"
DESIGN = ROOT / "docs" / "design.md"

LAYERS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli",),
    ("commands",),
    ("recover",),
    ("programme", "rounding"),
    ("read", "check", "publish", "atoms", "batch"),
    ("relations",),
    ("fill", "identities", "ledgerbook", "places", "standard", "standard_text", "transfers"),
    ("finding", "forms", "ledger", "pairing"),
    ("correspondence", "lexicon", "membership", "sheet"),
    ("axes", "indicators"),
    ("amount", "codes", "shapes", "solver", "words"),
)

FILE_FORMATS = {"openpyxl", "python_calamine", "xlsxwriter", "polars", "jinja2"}
FILE_READERS_AND_WRITERS = {"read", "publish", "batch", "commands/batch.py"}
SOLVER = {"highspy"}
SOLVING = {"solver", "recover", "rounding"}


def layers_of(text: str) -> tuple[tuple[str, ...], ...]:
    """The module names of a table's rows: those in backticks in the column headed modules or 模块."""
    found: list[tuple[str, ...]] = []
    column = None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.lstrip().startswith("|") else []
        heads = [i for i, cell in enumerate(cells) if cell.lower() in ("modules", "模块")]
        if heads:
            column = heads[0]
        elif not cells:
            column = None
        elif column is not None and column < len(cells):
            names = re.findall(r"`([\w/]+?)(?:\.py|/)?`", cells[column])
            if names:
                found.append(tuple(name for name in names if name != "standards"))
    return tuple(layer for layer in found if layer)


def table() -> tuple[tuple[str, ...], ...]:
    written = layers_of(DESIGN.read_text(encoding="utf-8")) if DESIGN.is_file() else ()
    return written or LAYERS


def modules() -> dict[str, list[Path]]:
    """Top-level module or folder → its files; the package's own file holds nothing but the version."""
    found: dict[str, list[Path]] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        name = file.relative_to(SOURCE).parts[0].removesuffix(".py")
        if name != "__init__":
            found.setdefault(name, []).append(file)
    return found


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: relative import"
            if node.module == "yusuan":
                yield from (f"yusuan.{alias.name}" for alias in node.names)
            elif node.module:
                yield node.module


def test_the_table_names_every_module_once() -> None:
    named = [name for layer in table() for name in layer]
    assert sorted(named) == sorted(set(named))
    assert sorted(named) == sorted(modules())


def test_imports_point_downward() -> None:
    level = {name: i for i, layer in enumerate(table()) for name in layer}
    upward = []
    for name, sources in modules().items():
        for file in sources:
            for imported in imports(file):
                top, _, rest = imported.partition(".")
                other = rest.split(".")[0] if top == "yusuan" else ""
                if other in level and other != name and level[other] <= level[name]:
                    upward.append(f"{file.relative_to(SOURCE)} imports {imported}")
    assert not upward


def test_no_module_reaches_another_by_name() -> None:
    """Only the command line loads a module by its name, and then one of its own commands."""
    for name, sources in modules().items():
        for file in sources:
            if "importlib" in {imported.split(".")[0] for imported in imports(file)} and name != "commands":
                assert "import_module" not in file.read_text(encoding="utf-8"), file


@pytest.mark.parametrize(
    ("libraries", "allowed"), [(FILE_FORMATS, FILE_READERS_AND_WRITERS), (SOLVER, SOLVING)], ids=["files", "solver"]
)
def test_libraries_stay_in_their_place(libraries: set[str], allowed: set[str]) -> None:
    outside = [
        f"{file.relative_to(SOURCE)} imports {imported}"
        for name, sources in modules().items()
        for file in sources
        if name not in allowed and str(file.relative_to(SOURCE)) not in allowed
        for imported in imports(file)
        if imported.split(".")[0] in libraries
    ]
    assert not outside


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for sources in modules().values():
        for file in sources:
            yield file.relative_to(SOURCE), ast.parse(file.read_text(encoding="utf-8"))


def constants(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            yield inner.value


def test_no_form_is_known_by_its_number() -> None:
    """A form's number never decides anything: no comparison, no index, no case."""
    known = []
    for file, tree in trees():
        for node in ast.walk(tree):
            asked: list[ast.AST] = []
            if isinstance(node, ast.Compare):
                asked = [node.left, *node.comparators]
            elif isinstance(node, ast.Subscript):
                asked = [node.slice]
            elif isinstance(node, ast.MatchValue):
                asked = [node.value]
            for text in (text for part in asked for text in constants(part)):
                if re.fullmatch(r"0[1-9]|1\d|2[0-3]", text):
                    known.append(f"{file}:{getattr(node, 'lineno', 0)} asks for {text!r}")
    assert not known


def name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


CODE_NAME = re.compile(r"(?:^|_)codes?$|^(?:member|ancestor|parent|child|dep|gov|function)$")


def test_ancestry_is_asked_of_the_tree() -> None:
    """No ``startswith`` and no slice by a fixed width on a code, outside the code trees themselves."""
    cut = []
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in ("startswith", "endswith", "removeprefix"):
                    asked = [node.func.value, *node.args]
                    digits = [text for arg in node.args for text in constants(arg) if text.isdigit()]
                    if digits or any(CODE_NAME.search(name_of(part)) for part in asked):
                        cut.append(f"{file}:{node.lineno} {ast.unparse(node)}")
            elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
                bounds = [node.slice.lower, node.slice.upper]
                fixed = any(isinstance(b, ast.Constant) and isinstance(b.value, int) for b in bounds)
                if fixed and re.search(r"(?:^|_)code$", name_of(node.value)):
                    cut.append(f"{file}:{node.lineno} {ast.unparse(node)}")
    assert not cut


def test_the_tests_here_can_fail() -> None:
    """A page with a module too many, and one with a module gone, is told from the program."""
    text = "| layer | modules | holds |\n|---|---|---|\n| top | `cli.py`, `read/` | x |\n| low | `gone.py` | y |\n"
    assert layers_of(text) == (("cli", "read"), ("gone",))
    assert not set(layers_of(text)[1]) <= set(modules())
