"""The tidy tables of a release are held to its record: an amount altered, lost or told twice over is found."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from publish_example import example

from yusuan.publish.opendata import opendata_files
from yusuan.release.record import record_of, tables_of
from yusuan.release.tabular import differences


@pytest.mark.parametrize("name", ["cells.csv", "cells.json", "cells.parquet"])
def test_what_was_written_is_found_again(tmp_path: Path, name: str) -> None:
    disclosure, standard = example()
    (tmp_path / name).write_bytes(opendata_files(disclosure, standard)[name])
    count, wrong = differences(tmp_path / name, tables_of(record_of(disclosure)))
    assert count > 400
    assert not wrong


def test_an_altered_amount_and_a_lost_row_are_found(tmp_path: Path) -> None:
    disclosure, standard = example()
    stream = io.StringIO(opendata_files(disclosure, standard)["cells.csv"].decode("utf-8"), newline="")
    head, *rows = csv.reader(stream)
    rows[3][head.index("amount_fen")] += "0"
    with (tmp_path / "cells.csv").open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([head, *rows[:8], *rows[9:]])
    _, wrong = differences(tmp_path / "cells.csv", tables_of(record_of(disclosure)))
    assert [w.after for w in wrong if w.after is None] == [None]
    assert len(wrong) == 3
