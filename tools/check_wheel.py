"""Build the wheel in a folder and look whether every data file of the package is in it.

Run: ``python tools/check_wheel.py FOLDER``. Needs hatchling in the environment that runs it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "yusuan"
REQUIRED = (
    "standards/hunan/2025/standard.toml", "standards/hunan/2025/forms/01.toml", "standards/lexicon.toml",
    "standards/codes/exp_func_code.csv", "standards/words/cli.toml", "example/disclosure.txt",
    "example/ledger/facts.csv", "publish/assets/echarts.min.js", "publish/assets/README.md", "publish/page.html.jinja",
    "py.typed",
)  # fmt: skip


def missing_from(names: set[str]) -> list[str]:
    """Files of the package, and its licence texts, that the wheel lacks."""
    files = (f for f in PACKAGE.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    here = {file.relative_to(PACKAGE).as_posix() for file in files}
    wanted = {f"yusuan/{name}" for name in here.union(REQUIRED)}
    licences = [f"licenses/{name}" for name in ("LICENSE", "NOTICE")]
    return sorted(wanted - names) + [text for text in licences if not any(name.endswith(text) for name in names)]


def main() -> None:
    """Build, compare, tell."""
    from hatchling.builders.wheel import WheelBuilder

    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    wheel = Path(next(iter(WheelBuilder(str(ROOT)).build(directory=str(target), versions=["standard"]))))
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    lacking = missing_from(names)
    if lacking:
        sys.exit(f"{wheel.name} lacks: {', '.join(lacking)}")
    print(f"{wheel.name}: {len(names)} files, {wheel.stat().st_size / 1e6:.2f} MB, nothing missing")


if __name__ == "__main__":
    main()
