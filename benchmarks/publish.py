"""Seconds a release takes, format by format, beside the bare library writing the same cells; and the run of kills.

Run: ``python benchmarks/publish.py [--kills 50] [--seed 1]``. A publisher is ended at random moments of its work; after
each, the versions must be whole and the next run must complete. With ``--agencies N`` a ledger of N agencies, too.
"""

from __future__ import annotations

import argparse
import csv
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEDGER = ROOT / "src" / "yusuan" / "example" / "ledger"
ROUNDS = 3


def best(run: Callable[[], object]) -> float:
    """The least of a few times, in seconds."""
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


def formats() -> None:
    """Seconds of each step in this process, libraries loaded."""
    from yusuan.commands.compile import compiled
    from yusuan.commands.publish_source import explained, origin_of
    from yusuan.publish.layout import lay_out_all
    from yusuan.read.ledger import read_ledger
    from yusuan.release.compare import compared
    from yusuan.release.edition import MAKERS, Edition
    from yusuan.release.explained import explanation_record
    from yusuan.release.record import json_bytes, record_of
    from yusuan.standard import load_standard

    standard = load_standard("hunan/2025")
    ledger = read_ledger(LEDGER, standard.space)
    code = next(iter(ledger.agencies))
    disclosure, report = compiled(ledger, standard, code)
    explanation = explained(disclosure, standard, None, None)
    edition = Edition(disclosure, standard, report, origin_of(LEDGER, "ledger"), explanation)
    rows = [[box.text for box in boxes] for layout in lay_out_all(disclosure, standard)
            for _, boxes in layout.rows(range(layout.notes.stop))]  # fmt: skip
    record = record_of(disclosure) | {"prose": explanation_record(explanation)}
    print(f"compile and check {best(lambda: compiled(ledger, standard, code)):6.2f} s")
    bare = {"pdf": bare_pdf, "docx": bare_docx, "xlsx": bare_xlsx}
    print(f"{'format':8}{'first s':>8}{'again s':>8}{'bare s':>8}{'read back s':>13}{'cells':>8}{'equal':>8}{'kB':>8}")
    for name, maker in MAKERS.items():
        start = time.perf_counter()
        made = [*maker(edition, [])]
        first = time.perf_counter() - start
        seconds = best(lambda maker=maker: [*maker(edition, [])])  # type: ignore[misc]
        alone = best(lambda name=name: bare[name](rows)) if name in bare else 0.0  # type: ignore[misc]
        again, cells, equal = 0.0, 0, 0
        with tempfile.TemporaryDirectory() as folder:
            names = ["disclosure.json", *(artefact.path for artefact in made)]
            (Path(folder) / names[0]).write_bytes(json_bytes(record))
            for artefact in made:
                path = Path(folder) / artefact.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(artefact.data)
            for group, one in {artefact.group: artefact for artefact in made if artefact.group}.items():
                start = time.perf_counter()
                found = compared(Path(folder), group, names, record, standard, loose=one.loose, holds=one.holds)
                again += time.perf_counter() - start
                cells, equal = cells + found.cells, equal + found.equal
        size = sum(len(artefact.data) for artefact in made) / 1000
        told = f"{alone:8.2f}" if alone else f"{'':8}"
        print(f"{name:8}{first:8.2f}{seconds:8.2f}{told}{again:13.2f}{cells:8}{equal:8}{size:8.0f}")


def whole() -> None:
    """Seconds of a processor and memory of the whole command, a process of its own each time."""
    with tempfile.TemporaryDirectory() as name:
        spent = []
        for number in range(ROUNDS + 1):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command(LEDGER, Path(name) / str(number)), check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"whole command {sorted(spent[1:])[ROUNDS // 2]:.2f} s of a processor, peak {peak:.0f} MiB")


def loop() -> int:
    """How fast this machine is now."""
    total = 0
    for number in range(10_000_000):
        total += number
    return total


def bare_pdf(rows: list[list[str]]) -> bytes:
    """The texts as one table a row, set by the typesetter alone."""
    import typst

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'

    lines = [f"#table(columns: {len(row)}, {', '.join(map(quoted, row))})" for row in rows if row]
    return bytes(typst.compile("\n".join(lines).encode(), format="pdf"))


def bare_docx(rows: list[list[str]]) -> bytes:
    """The texts in one table, by python-docx alone."""
    import docx

    document = docx.Document()
    widest = max(map(len, rows))
    table = document.add_table(rows=len(rows), cols=widest)
    for row, texts in zip(table.rows, rows):
        for cell, text in zip(row.cells, texts):
            cell.text = text
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def bare_xlsx(rows: list[list[str]]) -> bytes:
    """The texts on one sheet, by XlsxWriter alone."""
    import xlsxwriter

    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, texts in enumerate(rows):
            for column, text in enumerate(texts):
                sheet.write_string(number, column, text)
    return target.getvalue()


def command(ledger: Path, out: Path, *words: str) -> list[str]:
    """The command line of a publisher."""
    return [sys.executable, "-m", "yusuan", "publish", str(ledger), "-o", str(out), *words]


def corrected(ledger: Path, number: int) -> None:
    """The example with one amount more by so many times 10,000 yuan."""
    lines = (LEDGER / "facts.csv").read_text(encoding="utf-8-sig").splitlines()
    place = lines[0].split(",").index("金额（元）")
    cells = lines[1].split(",")
    cells[place] = str(int(cells[place]) + 10_000 * number)
    (ledger / "facts.csv").write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")


def kills(count: int, seed: int, words: tuple[str, ...]) -> None:
    """End a publisher at ``count`` moments; count what was whole afterwards and where the moments fell."""
    from yusuan.release.store import STAGING, shelves_under
    from yusuan.release.verifying import verify
    from yusuan.standard import load_standard

    chance, whole, staged, switched, ended = random.Random(seed), 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as name:
        ledger, out = Path(shutil.copytree(LEDGER, Path(name) / "ledger")), Path(name) / "out"
        start = time.perf_counter()
        subprocess.run(command(ledger, out, *words), check=True, capture_output=True)
        length = time.perf_counter() - start
        (shelf,) = shelves_under(out)
        for number in range(1, count + 1):
            corrected(ledger, number)
            before = len(shelf.versions())
            process = subprocess.Popen(command(ledger, out, *words, "--reason", str(number)), stdout=subprocess.DEVNULL)
            time.sleep(length * (0.1 + chance.random()))
            process.send_signal(signal.SIGKILL)
            ended += process.wait() != -signal.SIGKILL
            staged += any(shelf.folder.glob(f"{STAGING}*"))
            switched += len(shelf.versions()) > before
            whole += not any(found.wrong for found in verify(shelf.folder / "current", load_standard))
        subprocess.run(command(ledger, out, *words, "--reason", "last"), check=True, capture_output=True)
        clean = not any(shelf.folder.glob(f"{STAGING}*"))
        faults = sum(len(found.wrong) for found in verify(out, load_standard))
        print(f"killed {count - ended} of {count} (seed {seed}): holding version whole {whole}/{count}; "
              f"while files were made {staged}, after the switch {switched}; "
              f"next run complete and clean: {clean}; versions {len(shelf.versions())}, faults {faults}")  # fmt: skip


def clones(folder: Path, agencies: int) -> Iterator[None]:
    """Write the example ledger as that of many agencies, twenty a department."""
    folder.mkdir()
    for name in ("agencies", "facts", "projects", "goals"):
        rows = [*csv.DictReader((LEDGER / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines())]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            for number in range(agencies):
                department, unit = divmod(number, 20)
                code = f"{200 + department}{unit + 1:03d}"
                for row in rows:
                    other = row | {"单位代码": code}
                    if "上级部门代码" in row:
                        other |= {"上级部门代码": code[:3], "单位名称": f"{row['单位名称']}第{number + 1}处"}
                    if row.get("项目代码"):
                        other["项目代码"] = f"{row['项目代码']}{number:04d}"
                    writer.writerow({key: other[key] for key in row})
        yield


def batch(agencies: int) -> None:
    """All agencies of one ledger in every format by one command; memory of its processes while it works."""
    with tempfile.TemporaryDirectory() as name:
        ledger, out = Path(name) / "ledger", Path(name) / "out"
        for _ in clones(ledger, agencies):
            pass
        rows = csv.DictReader((ledger / "agencies.csv").read_text(encoding="utf-8").splitlines())
        asked = [part for row in rows for part in ("--agency", row["单位代码"])]
        start, quarters, told = time.perf_counter(), [0.0] * 4, 0
        process = subprocess.Popen(command(ledger, out, *asked), stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for line in process.stdout:
            told += line.count("已公开")
            quarter = min(3, 4 * told // agencies)
            quarters[quarter] = max(quarters[quarter], used_by(process.pid))
        process.wait()
        seconds, spent = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        verified = subprocess.run([*command(ledger, out)[:3], "verify", str(out / "200001")],
                                  check=False, capture_output=True, text=True)  # fmt: skip
        peaks = " · ".join(f"{each:.0f}" for each in quarters)
        each = (spent.ru_utime + spent.ru_stime) / agencies
        print(f"{agencies} agencies: {told} published, status {process.returncode}, {seconds:.0f} s, {each:.2f} s of a "
              f"processor each; MiB of all processes, most in each quarter: {peaks}")  # fmt: skip
        print(f"one of them verified: {verified.stdout.strip()}")


def used_by(pid: int) -> float:
    """MiB of memory of a process and those that it started."""
    from yusuan.corpus.workers import tree_memory

    return tree_memory(pid) / 2**20


def main() -> None:
    """Print the figures."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--kills", type=int, default=50)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--agencies", type=int, default=0)
    words.add_argument("--kill-formats", default="pdf,docx,xlsx,data,site")
    asked = words.parse_args()
    print(f"a loop of ten million additions takes {best(loop):.2f} s here")
    if asked.agencies:
        batch(asked.agencies)
    else:
        whole()
        formats()
    if asked.kills:
        kills(asked.kills, asked.seed, ("--format", asked.kill_formats))


if __name__ == "__main__":
    main()
