"""Form sets load strictly: every slip is one error that names file, key and what exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from yusuan.standard import StandardError, list_standards, load_standard

SETTINGS = 'id = "test/2025"\ntitle = "小表样"\nfiscal_year = 2025\nunit = "万元"\nforms = ["01"]\n'
ROWS = 'rows = { axes = ["agency_code"], total = true }\n'
FORM = 'title = "支出总表"\nscope = { kind = ["spending"] }\n' + ROWS
COLUMNS = 'columns = [{ label = "单位名称", role = "name" }, "合计", "基本支出", "项目支出"]\n'
BLOCK = """[[blocks]]
band = "支出"
heads = ["项目", "预算数"]
lines = [{ label = "总计", after = true, lines = %s }]
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
        (SETTINGS.replace("万元", "两"), "unit '两' unknown"),
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
    base = load_standard(list_standards()[-1])
    settings = f'id = "test/2026"\ntitle = "明年表样"\nextends = "{base.id}"\ndrop = ["23"]\nfiscal_year = 2026\n'
    path = tmp_path / "s"
    path.mkdir()
    (path / "standard.toml").write_text(settings, encoding="utf-8")
    made = load_standard(str(path))
    assert list(made.forms) == [number for number in base.forms if number != "23"]
    assert (made.title, made.fiscal_year, made.scale) == ("明年表样", 2026, base.scale)
    assert made.forms["03"].paths() == base.forms["03"].paths()
