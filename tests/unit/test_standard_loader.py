"""Form sets load strictly: every slip is one error that names file, key and what exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from yusuan.standard import StandardError, default_name, list_standards, load_standard

SETTINGS = 'id = "test/2025"\ntitle = "小表样"\nfiscal_year = 2025\nunit = "万元"\nforms = ["01"]\n'
ROWS = 'rows = { axes = ["agency_code"], total = true }\n'
FORM = 'title = "支出总表"\nscope = { kind = ["spending"] }\n' + ROWS
COLUMNS = 'columns = [{ label = "单位名称", role = "name" }, "合计", "基本支出", "项目支出"]\n'
BLOCK = """[[blocks]]
band = "支出"
heads = ["项目", "预算数"]
lines = [{ label = "总计", after = true, lines = %s }]
"""
SEVERAL = """[[blocks]]
band = "支出"
heads = ["项目", "预算数"]
columns = %s
lines = ["基本支出"]
"""


def folder(path: Path, form: str = FORM + COLUMNS, settings: str = SETTINGS, **others: str) -> Path:
    (path / "forms").mkdir(parents=True)
    (path / "standard.toml").write_text(settings, encoding="utf-8")
    for number, text in {"01": form, **{name.removeprefix("f"): text for name, text in others.items()}}.items():
        (path / "forms" / f"{number}.toml").write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> str:
    with pytest.raises(StandardError) as caught:
        load_standard(str(path))
    return str(caught.value)


def test_a_small_set_loads(tmp_path: Path) -> None:
    standard = load_standard(str(folder(tmp_path / "s")))
    (form,) = standard.forms.values()
    assert [leaf.label for leaf in form.money()] == ["合计", "基本支出", "项目支出"]
    assert [(total.total, total.parts) for total in form.sums] == [((0, 0), ((0, 1), (0, 2)))]
    assert [leaf.point.as_json()["kind"] for leaf in form.money()] == [["spending"], ["basic"], ["project"]]


@pytest.mark.parametrize(
    ("form", "told"),
    [
        (FORM + 'colour = "red"\n' + COLUMNS, "unknown key 'colour'"),
        (FORM + COLUMNS.replace('role = "name"', 'role = "name", width = 3'), "unknown key 'width'"),
        (FORM + COLUMNS.replace('"name" }', '"nomen" }'), "unknown role 'nomen'"),
        (FORM.replace('"spending"', '"lottery"') + COLUMNS, "unknown member 'lottery' on axis kind"),
        (FORM.replace("kind =", "colour =") + COLUMNS, "unknown axis 'colour'"),
        (FORM.replace('["agency_code"]', '["planet"]') + COLUMNS, "unknown axis 'planet'"),
        (FORM.replace("total = true", "total = true, deep = 1") + COLUMNS, "unknown key 'deep'"),
        (FORM + 'economic = "planet"\n' + COLUMNS, "economic names the unknown axis 'planet'"),
        (FORM + COLUMNS.replace('"项目支出"', '"彩票支出"'), "the lexicon does not know the label"),
        (
            FORM + COLUMNS.replace('"项目支出"', '{ label = "甲", point = { kind = ["basic"] } }'),
            "'基本支出' and '甲' have one and the same Point",
        ),
        (FORM + COLUMNS.replace('"项目支出"', '{ label = "甲", point = { kind = ["yearend"] } }'), "lies outside"),
        (FORM, "exactly one of 'columns' and 'blocks'"),
        (FORM + COLUMNS + BLOCK % '["基本支出"]', "exactly one of 'columns' and 'blocks'"),
        (FORM + BLOCK % '["彩票支出"]', "not in the lexicon"),
        (FORM + (BLOCK % '["基本支出"]').replace("band", 'colour = 1\nband'), "unknown key 'colour'"),
        (FORM + BLOCK % '[{ label = "基本支出", size = 1 }]', "unknown key 'size'"),
        (FORM + 'stub = "narrow"\n' + COLUMNS, "unknown stub 'narrow'"),
        (FORM + COLUMNS + '[[gaps]]\nid = "A"\nrule = "x"\ntext = "x"\nen = "x"\nwhy = 1\n', "unknown key 'why'"),
        (ROWS + COLUMNS, "key 'title' is missing"),
        ('like = "77"\n', "like names the unknown form '77'"),
        (FORM.replace("total = true", 'total = true, depth = "deep"') + COLUMNS, "expected one of 'all'"),
        (
            FORM.replace('["agency_code"]', '["exp_func_code", "dep_bgt_eco_code"]') + COLUMNS,
            "several axes beside agencies need depth 'leaf'",
        ),
        (FORM.replace('["agency_code"], total = true', "[], total = false") + COLUMNS, "leave no row"),
        (FORM + COLUMNS.replace('role = "name"', 'role = "name", show = "{place}"'), "no placeholder but {code}"),
        (FORM + COLUMNS.replace('role = "name"', 'role = "name", axis = "planet"'), "axis: expected one of"),
        (FORM + SEVERAL % '["小计", "项目支出"]', "nothing in common"),
        (FORM + SEVERAL % '[{ label = "注", role = "text" }]', "columns hold amounts only"),
        ("title = 支出\n", "Invalid value"),
    ],
)  # fmt: skip
def test_a_slip_in_a_form(tmp_path: Path, form: str, told: str) -> None:
    message = refused(folder(tmp_path / "s", form))
    assert told in message
    assert "s/forms/01.toml" in message


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (SETTINGS + 'colour = "red"\n', "unknown key 'colour'"),
        (SETTINGS.replace("万元", "两"), "unit: expected one of '元'"),
        (SETTINGS.replace('"01"', '"01", "02"'), "forms lists '02', which has no file"),
        (SETTINGS.replace('title = "小表样"\n', ""), "key 'title' is missing"),
        (SETTINGS.replace("fiscal_year = 2025\n", ""), "key 'fiscal_year' is missing"),
        (SETTINGS + 'extends = "atlantis/1999"\n', "extends names the unknown 'atlantis/1999'"),
    ],
)
def test_a_slip_in_the_settings(tmp_path: Path, settings: str, told: str) -> None:
    message = refused(folder(tmp_path / "s", settings=settings))
    assert told in message
    assert "s/standard.toml" in message


def test_forms_alike_in_a_circle(tmp_path: Path) -> None:
    message = refused(folder(tmp_path / "s", 'like = "02"\n', f02='like = "01"\n'))
    assert "circle" in message and "01" in message and "02" in message


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = folder(tmp_path / "s")
    (path / "forms" / "01.toml").write_bytes(b"title = \xff\xfe")
    assert "not UTF-8" in refused(path)


def test_an_unknown_set_names_those_that_exist(tmp_path: Path) -> None:
    message = refused(tmp_path / "nothing")
    assert all(name in message for name in list_standards())


def test_a_set_that_extends_another_changes_only_what_it_says(tmp_path: Path) -> None:
    base = load_standard(default_name())
    settings = f'id = "test/2026"\ntitle = "明年表样"\nextends = "{base.id}"\ndrop = ["23"]\nfiscal_year = 2026\n'
    path = tmp_path / "s"
    path.mkdir()
    (path / "standard.toml").write_text(settings, encoding="utf-8")
    made = load_standard(str(path))
    assert list(made.forms) == [number for number in base.forms if number != "23"]
    assert (made.title, made.fiscal_year, made.scale) == ("明年表样", 2026, base.scale)
    assert made.forms["03"].paths() == base.forms["03"].paths()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('fiscal_year = "x"', "fiscal_year: expected an integer from 1994 to 2100, found a string ('x')"),
        ("fiscal_year = [1]", "fiscal_year: expected an integer from 1994 to 2100, found a list"),
        ("fiscal_year = {}", "found a table"),
        ("fiscal_year = true", "found a boolean (True)"),
        ("fiscal_year = 1993", "found an integer (1993)"),
        ("fiscal_year = 2025-01-01", "found a date"),
        ("unit = [1]", "unit: expected one of '元'"),
        ('decimals = "x"', "decimals: expected an integer from 0 to 6"),
        ("decimals = 7", "found an integer (7)"),
        ("decimals = -1", "found an integer (-1)"),
        ("forms = 5", "forms: expected a list of at least 1 strings, found an integer (5)"),
        ("forms = {}", "forms: expected a list"),
        ("forms = []", "found 0 of them"),
        ("forms = [1]", "forms: entry 1: expected a string"),
        ('forms = ["01", "01"]', "found '01' twice"),
        ("stubs = { whole = 5 }", "stubs: whole: expected a list of columns"),
        ("stubs = 5", "stubs: expected a table"),
        *((f"{key} = 5", f"{key}: expected a string") for key in ("id", "title", "place", "kind", "contents", "empty")),
        ("number_label = 5", "number_label: expected a string"),
        ('number_label = "{form}"', "expected a string with no placeholder but {number}"),
        ('cover = "{year"', "expected a string with no placeholder but {year}"),
        ("decimals = 1" + "0" * 5000, "Exceeds the limit"),
        ("drop = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
    ],
)
def test_a_setting_of_the_wrong_type(tmp_path: Path, line: str, told: str) -> None:
    key = line.split(" ")[0]
    kept = [old for old in SETTINGS.splitlines() if not old.startswith(f"{key} =")]
    message = refused(folder(tmp_path / "s", settings="\n".join([*kept, line])))
    assert told in message
    assert "s/standard.toml" in message


@pytest.mark.parametrize(
    ("line", "told"),
    [
        *((f"{key} = 5", f"{key}: expected a string") for key in ("title", "economic", "empty", "unit_label")),
        *((f"{key} = 5", f"{key}: expected a list of") for key in ("columns", "blocks", "notes", "drop", "gaps")),
        *((f'{key} = "x"', f"{key}: expected a table") for key in ("scope", "relabel", "rows")),
        *((f"{key} = [1]", f"{key}: expected a string, found a list") for key in ("stub", "like")),
        ("scope = { kind = 5 }", "scope: kind: expected a list"),
        ('scope = { kind = "spending" }', "scope: kind: expected a list"),
        ("rows = {}", "rows: key 'axes' is missing"),
        ('rows = { axes = ["agency_code"], total = 1 }', "rows: total: expected true or false"),
        ('rows = { axes = ["agency_code"], total = true, depth = "deep" }', "rows: depth: expected one of 'all'"),
        ("columns = [5]", "columns: entry 1: expected a string or a table, found an integer (5)"),
        (
            'columns = [{ label = "甲", columns = [{ point = "x" }] }]',
            "(甲): columns: entry 1: point: expected a table",
        ),
        ('blocks = [{ band = "甲", heads = 5, lines = ["乙"] }]', "(甲): heads: expected a list of exactly 2"),
        ('blocks = [{ band = "甲", heads = ["乙"], lines = ["乙"] }]', "heads: expected a list of exactly 2"),
        ('blocks = [{ band = "甲", heads = ["乙", "丙"], lines = 5 }]', "lines: expected a list"),
        ('blocks = [{ band = "甲", heads = ["乙", "丙"], lines = [{}] }]', "lines: entry 1: key 'label' is missing"),
        ('blocks = [{ band = "甲" }]', "key 'heads' is missing"),
        ('gaps = [{ id = "A-1" }]', "gaps: entry 1: key 'rule' is missing"),
        ("portrait = 1", "portrait: expected true or false"),
        ("notes = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
    ],
)
def test_a_key_of_a_form_of_the_wrong_type(tmp_path: Path, line: str, told: str) -> None:
    key = line.split(" ")[0]
    kept = [old for old in (FORM + COLUMNS).splitlines() if not old.startswith(f"{key} =")]
    message = refused(folder(tmp_path / "s", "\n".join([*kept, line])))
    assert told in message
    assert "s/forms/01.toml" in message


def test_a_view_of_several_amount_columns(tmp_path: Path) -> None:
    block = (BLOCK % '["基本支出", { label = "结余分配", blank = true }, "项目支出"]').replace(
        "lines", 'columns = ["合计", "一般公共预算", "政府性基金预算"]\nlines', 1
    )
    (form,) = load_standard(str(folder(tmp_path / "s", FORM + block))).forms.values()
    assert [(b.joined, b.path) for b in form.blocks] == [
        (False, ("预算数", "合计")),
        (True, ("预算数", "一般公共预算")),
        (True, ("预算数", "政府性基金预算")),
    ]
    across = [total for total in form.sums if len({place[0] for place in (total.total, *total.parts)}) > 1]
    assert [total.total[0] for total in across] == [0] * 3
    assert len(form.blocks[0].lines) == 3
    assert [label for _, label in form.blocks[0].spare] == ["结余分配"]


def test_only_one_form_set_is_taken_where_none_is_named() -> None:
    assert load_standard(default_name()).default
