"""The command line as a user meets it: status, output, languages, what is written and what is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from yusuan import __version__
from yusuan.cli import main
from yusuan.commands import NAMES
from yusuan.words import catalogue


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    told = capsys.readouterr()
    return status, told.out, told.err


@pytest.fixture
def wrong(example_file: Path, tmp_path: Path) -> Path:
    """The example with one total changed."""
    file = tmp_path / "wrong.txt"
    text = example_file.read_text(encoding="utf-8")
    file.write_text(text.replace("收入总计\t437.79", "收入总计\t437.97"), encoding="utf-8")
    assert file.read_text(encoding="utf-8") != text
    return file


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    assert run(capsys, flag) == (0, f"yusuan {__version__}\n", "")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_names_every_command(capsys: pytest.CaptureFixture[str], lang: str) -> None:
    status, out, _ = run(capsys, "--lang", lang)
    assert status == 0
    for name in NAMES:
        assert name in out
        assert catalogue()[f"cli_{name}"][lang] in " ".join(out.split())


@pytest.mark.parametrize("name", NAMES)
def test_help_of_a_command(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main([name, "--help"])
    assert caught.value.code == 0
    assert f"yusuan {name}" in capsys.readouterr().out


def test_status_tells_errors_apart(
    capsys: pytest.CaptureFixture[str], example_file: Path, wrong: Path, tmp_path: Path
) -> None:
    assert run(capsys, "check", str(example_file))[0] == 0
    assert run(capsys, "check", str(wrong))[0] == 1
    assert run(capsys, "check", str(example_file), str(wrong))[0] == 1
    assert run(capsys, "check", str(tmp_path / "nothing.txt"))[0] == 2


def test_a_finding_gives_both_numbers_and_the_place(capsys: pytest.CaptureFixture[str], wrong: Path) -> None:
    _, out, _ = run(capsys, "check", str(wrong))
    lines = out.splitlines()
    head = next(i for i, line in enumerate(lines) if "wrong.txt:65:" in line)
    assert "437.97" in lines[head] and "437.79" in lines[head]
    assert any("437.97" in line and "437.79" in line and "0.18" in line for line in lines[head + 1 : head + 4])


def test_language_stands_anywhere(capsys: pytest.CaptureFixture[str], example_file: Path) -> None:
    first = run(capsys, "--lang", "en", "check", str(example_file))
    assert first == run(capsys, "check", "--lang=en", str(example_file))
    assert first == run(capsys, "check", str(example_file), "--lang", "en")
    assert first != run(capsys, "check", str(example_file))


@pytest.mark.parametrize("kind", ["text", "json", "sarif", "html", "xlsx"])
def test_report_formats(capsys: pytest.CaptureFixture[str], wrong: Path, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"report.{kind}"
    assert run(capsys, "check", str(wrong), "--format", kind, "-o", str(file))[0] == 1
    if kind == "xlsx":
        assert len(openpyxl.load_workbook(file).worksheets) >= 23
    else:
        assert "437.97" in file.read_text(encoding="utf-8")
    before = file.read_bytes()
    status, _, err = run(capsys, "check", str(wrong), "--format", kind, "-o", str(file))
    assert (status, len(err.splitlines())) == (2, 1)
    assert file.read_bytes() == before
    assert run(capsys, "check", str(wrong), "--format", kind, "-o", str(file), "--force")[0] == 1


@pytest.mark.parametrize("kind", ["html", "xlsx"])
def test_a_document_needs_a_file(capsys: pytest.CaptureFixture[str], wrong: Path, kind: str) -> None:
    status, out, err = run(capsys, "check", str(wrong), "--format", kind)
    assert (status, out, len(err.splitlines())) == (2, "", 1)


def schema_of(report: dict[str, Any]) -> set[str]:
    return {key for finding in report["findings"] for key in finding}


def test_json_report(capsys: pytest.CaptureFixture[str], wrong: Path) -> None:
    _, out, _ = run(capsys, "check", str(wrong), "--format", "json")
    report = json.loads(out)
    assert report["schema"] == "yusuan.report/1"
    assert report["summary"]["failed"] > 0
    failed = [finding for finding in report["findings"] if finding["rule"].startswith("relation_")]
    for finding in failed:
        assert finding["difference"] == finding["actual"] - finding["expected"] != 0
        assert len(finding["terms"]) == len(finding["cells"])
    suspects = [suspect for finding in failed for suspect in finding["suspects"]]
    assert {(suspect["cell"]["text"], suspect["proposed"]) for suspect in suspects} == {("437.97", 437_790_000)}


def test_sarif(capsys: pytest.CaptureFixture[str], wrong: Path) -> None:
    _, out, _ = run(capsys, "check", str(wrong), "--format", "sarif")
    (found,) = json.loads(out)["runs"]
    rules = {rule["id"] for rule in found["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in found["results"]} == rules
    places = [place["physicalLocation"] for result in found["results"] for place in result["locations"]]
    assert {"startLine": 65} in [place.get("region") for place in places]


def test_read_writes_a_workbook_that_reads_alike(
    capsys: pytest.CaptureFixture[str], example_file: Path, tmp_path: Path
) -> None:
    first, again = tmp_path / "a.xlsx", tmp_path / "b.json"
    assert run(capsys, "read", str(example_file), "-o", str(first))[0] == 0
    assert run(capsys, "read", str(first), "-o", str(again))[0] == 0
    _, out, _ = run(capsys, "read", str(example_file), "--json")
    amounts = [
        {(s["form"], c["row"], c["column"]): c["amount"] for s in read["sheets"] for c in s["cells"] if c["amount"]}
        for read in (json.loads(out), json.loads(again.read_text(encoding="utf-8")))
    ]
    assert len(amounts[0]) == 401
    assert amounts[0] == amounts[1]


def test_read_refuses_other_suffixes(capsys: pytest.CaptureFixture[str], example_file: Path, tmp_path: Path) -> None:
    status, _, err = run(capsys, "read", str(example_file), "-o", str(tmp_path / "a.pdf"))
    assert (status, len(err.splitlines())) == (2, 1)
    assert not any(tmp_path.iterdir())


def test_compile_writes_every_format(capsys: pytest.CaptureFixture[str], example_file: Path, tmp_path: Path) -> None:
    ledger, out = example_file.parent / "ledger", tmp_path / "out"
    assert run(capsys, "compile", str(ledger), "-o", str(out))[0] == 0
    assert sorted(file.name for file in (out / "104012").iterdir()) == ["forms.html", "forms.json", "forms.xlsx"]
    assert run(capsys, "check", str(out / "104012" / "forms.xlsx"))[0] == 0


def test_standard_list_and_lint(capsys: pytest.CaptureFixture[str]) -> None:
    assert "hunan/2025" in run(capsys, "standard", "list")[1]
    assert run(capsys, "standard", "lint")[0] == 0
    status, out, _ = run(capsys, "standard", "diff", "hunan/2025", "hunan/2025")
    assert (status, out) == (0, catalogue()["cli_standard_same"]["zh"] + "\n")
    assert run(capsys, "standard", "show")[0] == 2


def test_output_cut_off_by_the_reader(example_file: Path) -> None:
    """A pipe that closes early ends the program without a traceback."""
    command = f"{sys.executable} -m yusuan read {example_file} --json | head -c 100 > /dev/null"
    done = subprocess.run(["sh", "-c", command], capture_output=True, encoding="utf-8", check=False)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "redirect"),
    [
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, ""),
        ({"PYTHONIOENCODING": "ascii"}, ""),
        ({"PYTHONIOENCODING": "gbk"}, ""),
        ({}, ">&-"),
        ({}, "2>&-"),
        ({}, ">&- 2>&-"),
    ],
)
@pytest.mark.parametrize("how", ["", "--format json", "--format sarif"])
def test_any_terminal_will_do(
    wrong: Path, tmp_path: Path, environment: dict[str, str], redirect: str, how: str
) -> None:
    """Signs the terminal lacks are escaped, closed streams swallow the output; names are bytes to the system."""
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xe8\xa1\xa8\xff\xf0\xa0\xae\xb7.txt")
    text = wrong.read_text(encoding="utf-8").replace("南岭机电职业学院", "南岭😀é职业学院")
    Path(odd).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "yusuan", "check", odd, *how.split()]
    shell = ["sh", "-c", f'"$@" {redirect}', "sh", *command]
    done = subprocess.run(shell, capture_output=True, env={**os.environ, **environment}, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    if redirect.startswith(">"):
        assert done.stdout == b""
    elif how:
        assert json.loads(done.stdout.decode(environment.get("PYTHONIOENCODING", "utf-8")))


@pytest.mark.parametrize("kind", ["text", "json", "html", "sarif", "xlsx"])
def test_a_file_whose_name_is_no_text(
    capsys: pytest.CaptureFixture[str], wrong: Path, tmp_path: Path, kind: str
) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")
    Path(odd).write_bytes(wrong.read_bytes())
    report = tmp_path / f"report.{kind}"
    assert run(capsys, "check", odd, "--format", kind, "-o", str(report))[0] == 1
    if kind != "xlsx":
        assert "xff.txt" in report.read_text(encoding="utf-8")


def test_a_full_disk_is_one_sentence(wrong: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no such device")
    command = f'"{sys.executable}" -m yusuan check "{wrong}" > /dev/full'
    done = subprocess.run(["sh", "-c", command], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_out_of_memory_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, wrong: Path
) -> None:
    def run_out(options: object) -> int:
        raise MemoryError

    monkeypatch.setattr("yusuan.commands.run", run_out)
    assert run(capsys, "check", str(wrong)) == (2, "", catalogue()["cli_memory"]["zh"] + "\n")
