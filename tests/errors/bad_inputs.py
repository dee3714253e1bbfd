"""The bad inputs of the gallery: each function puts one into the current folder."""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

EXAMPLE = Path(str(files("yusuan") / "example"))
CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
    'sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET_HEAD = f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}"><sheetData>'.encode()
SHEET_FOOT = b"</sheetData></worksheet>"


def sheet_xml_workbook(file: Path, pieces: list[tuple[bytes, int]]) -> None:
    """A workbook of one sheet whose XML is pieces repeated, written without ever holding it."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{DOCUMENT}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{DOCUMENT}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for piece, times in pieces:
                for _ in range(times):
                    part.write(piece)


def nothing() -> None:
    """The command alone is wrong."""


def empty_file() -> None:
    Path("公开表.txt").touch()


def folder() -> None:
    Path("公开表").mkdir()


def picture() -> None:
    Path("公开表.xlsx").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(200))


def truncated_workbook() -> None:
    sheet_xml_workbook(Path("公开表.xlsx"), [(SHEET_HEAD, 1), (b"<row><c><v>1</v></c></row>", 500), (SHEET_FOOT, 1)])
    whole = Path("公开表.xlsx").read_bytes()
    Path("公开表.xlsx").write_bytes(whole[: len(whole) * 2 // 3])


def encrypted_workbook() -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(480)
    Path("公开表.xlsx").write_bytes(container)


def zip_bomb() -> None:
    sheet_xml_workbook(Path("公开表.xlsx"), [(SHEET_HEAD, 1), (b" " * 2**20, 300), (SHEET_FOOT, 1)])


def ten_million_cells() -> None:
    row = b"<row>" + b"<c><v>1</v></c>" * 1000 + b"</row>"
    sheet_xml_workbook(Path("公开表.xlsx"), [(SHEET_HEAD, 1), (row, 10_000), (SHEET_FOOT, 1)])


def binary_text() -> None:
    Path("公开表.txt").write_bytes(bytes(range(256)) * 8)


def no_form() -> None:
    Path("公开表.txt").write_text("姓名\t电话\n张三\t一二三\n", encoding="utf-8")


def ledger() -> None:
    shutil.copytree(EXAMPLE / "ledger", "台账")


def texts_before_a_heading() -> None:
    ledger()
    Path("说明.txt").write_text("本单位职责\n", encoding="utf-8")


def foreign_page() -> None:
    ledger()
    Path("公开").mkdir()
    Path("公开/index.html").write_text("<!doctype html>", encoding="utf-8")


def unlisted_version() -> None:
    ledger()
    Path("公开/104012/2025-budget/v1").mkdir(parents=True)
    Path("公开/104012/2025-budget/v1/disclosure.pdf").write_bytes(b"%PDF-")


def two_agencies() -> None:
    ledger()
    for file in Path("台账").glob("*.csv"):
        text = file.read_text(encoding="utf-8-sig")
        more = (f"{line.replace('104012', '104013')}\n" for line in text.splitlines()[1:])
        file.write_text(text + "".join(more), encoding="utf-8")


def facts(change: Callable[[list[list[str]]], None]) -> None:
    """The example ledger with its facts changed (heading first)."""
    ledger()
    file = Path("台账") / "facts.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    change(rows)
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def missing_column() -> None:
    def change(rows: list[list[str]]) -> None:
        for row in rows:
            del row[4]

    facts(change)


def put(row: int, column: int, text: str) -> None:
    facts(lambda rows: rows[row].__setitem__(column, text))


def unknown_code() -> None:
    put(1, 2, "30188")


def text_for_amount() -> None:
    put(3, 8, "一百元")


def enormous_amount() -> None:
    put(2, 8, "1000000000000000000")


def two_facts_of_one_key() -> None:
    facts(lambda rows: rows.insert(2, [*rows[1][:8], "1"]))


def several_faults() -> None:
    def change(rows: list[list[str]]) -> None:
        rows[1][1] = "206"
        rows[2][4] = "彩票"
        rows[4][8] = ""

    facts(change)


def file_in_the_way() -> None:
    ledger()
    Path("输出").write_text("", encoding="utf-8")


def output_below_a_file() -> None:
    ledger()
    Path("占位").write_text("", encoding="utf-8")


def output_exists() -> None:
    ledger()
    Path("输出/104012").mkdir(parents=True)
    Path("输出/104012/forms.json").write_text("{}", encoding="utf-8")


def template_exists() -> None:
    Path("台账.xlsx").write_bytes(b"mine")


def form_set(form: str, settings: str = "", others: dict[str, str] | None = None) -> None:
    """A tiny form set in the folder 表样, and a text to read with it."""
    Path("公开表.txt").write_text("收支总表\n", encoding="utf-8")
    forms = Path("表样") / "forms"
    forms.mkdir(parents=True)
    head = 'id = "test/2025"\ntitle = "小表样"\nfiscal_year = 2025\nunit = "万元"\nforms = ["01"]\n'
    Path("表样/standard.toml").write_text(head + settings, encoding="utf-8")
    for number, text in {"01": form, **(others or {})}.items():
        (forms / f"{number}.toml").write_text(text, encoding="utf-8")


COLUMNS = 'columns = [{ label = "单位名称", role = "name" }, "合计", "基本支出", "项目支出"]\n'
ROWS = 'title = "支出总表"\nrows = { axes = ["agency_code"], total = true }\nscope = { kind = ["spending"] }\n'


def form_unknown_key() -> None:
    form_set(ROWS + 'colour = "red"\n' + COLUMNS)


def form_dangling_code() -> None:
    form_set(ROWS.replace('"spending"', '"lottery"') + COLUMNS)


def form_circle() -> None:
    form_set('like = "02"\n', "", {"02": 'like = "01"\n'})


def form_same_point() -> None:
    form_set(ROWS + COLUMNS.replace('"项目支出"', '{ label = "基本支出合计", point = { kind = ["basic"] } }'))


def forms_contradict() -> None:
    more = COLUMNS.replace('"项目支出"', '"项目支出", "事业单位经营支出"')
    form_set(ROWS + COLUMNS, others={"02": ROWS.replace("总表", "明细表") + more})
    settings = Path("表样/standard.toml")
    settings.write_text(settings.read_text(encoding="utf-8").replace('["01"]', '["01", "02"]'), encoding="utf-8")
    # a form set that loads is remembered by its name
    Path("表样").rename("矛盾的表样")


def form_not_toml() -> None:
    form_set("title = 支出总表\n")


INPUTS: dict[str, Callable[[], None]] = {
    make.__name__: make
    for make in (
        nothing, empty_file, folder, picture, truncated_workbook, encrypted_workbook, zip_bomb, ten_million_cells,
        binary_text, no_form, ledger, texts_before_a_heading, foreign_page, unlisted_version, two_agencies,
        missing_column, unknown_code, text_for_amount, enormous_amount,
        two_facts_of_one_key, several_faults, file_in_the_way, output_below_a_file, output_exists, template_exists,
        form_unknown_key, form_dangling_code, form_circle, form_same_point, forms_contradict, form_not_toml,
    )
}  # fmt: skip
