"""The site: every link leads somewhere, tables are sound, hostile texts stay texts, same entries give same bytes."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from urllib.parse import unquote, urldefrag

import pytest
from lxml import html
from publish_example import example, ledger_of, made_up_findings

from yusuan.chapters import Chapter, Explanation, Passage
from yusuan.fill import fill
from yusuan.finding import Report
from yusuan.ledger import Ledger
from yusuan.publish.flow import at
from yusuan.publish.site.agency import site_files, splits_of
from yusuan.publish.site.derive import MOST_CODES, Derivations, Facts, slice_words
from yusuan.publish.site.downloads import offered
from yusuan.publish.site.index import FIRST, LISTED, SHARD, index_files
from yusuan.publish.site.pages import folder_name, rated, shared_files
from yusuan.publish.site.summary import main_figures
from yusuan.publish.site.treemap import tiles
from yusuan.publish.site.values import Download, Entry, Summary
from yusuan.sheet import Disclosure
from yusuan.standard import load_standard

HOSTILE = "<script>alert(1)</script>\u202eRTL😀𠮷" + "长" * 100
FOLDER = "agency/104012/2025/"


def last_year(disclosure: Disclosure) -> Disclosure:
    """The example a tenth smaller, a year before."""
    sheets = tuple(
        replace(
            sheet,
            cells={
                spot: replace(cell, amount=None if cell.amount is None else cell.amount * 9 // 10)
                for spot, cell in sheet.cells.items()
            },
        )
        for sheet in disclosure.sheets
    )
    return replace(disclosure, fiscal_year=2024, sheets=sheets)


def entries() -> list[Entry]:
    disclosure, standard = example()
    assert disclosure.agency is not None
    before = last_year(disclosure)
    hostile = replace(disclosure, agency=replace(disclosure.agency, code="../<b>", name=HOSTILE, parent_name=HOSTILE))
    explanation = Explanation(
        "预算说明",
        (
            Chapter("一、", HOSTILE, 1, (Passage("（待填写）", "open", "x"),), (Chapter("（一）", "职能", 2),)),
            Chapter("二、", "收支", 1, (Passage("收入437.79万元。", places=((0, 0, 0), (1, 0, 0))),)),
        ),
    )
    report = Report("", "", made_up_findings(disclosure), {}, None)
    files = (Download("files/表.pdf", "预算公开表", 123_456, "ab" * 32),)
    return [
        Entry(disclosure, standard, report, explanation, before, files),
        Entry(before, standard),
        Entry(hostile, standard),
        Entry(replace(disclosure, agency=None, fiscal_year=None, sheets=()), None),
    ]


@cache
def site() -> dict[str, bytes]:
    found = list(site_files(entries(), date="2025-02-10"))
    assert len(found) == len(dict(found)), "a path is given twice"
    return dict(found)


def pages() -> Iterator[tuple[str, html.HtmlElement]]:
    for path, data in site().items():
        if path.endswith(".html"):
            yield path, html.fromstring(data.decode("utf-8"))


def data_of(script: bytes) -> list[object]:
    """The values that a script file hands over."""
    found = re.fullmatch(r"yusuan\.\w+\((.*)\);\n", script.decode("utf-8"), re.DOTALL)
    assert found is not None
    listed = json.loads(f"[{found[1]}]")
    assert isinstance(listed, list)
    return listed


def test_same_entries_give_same_bytes() -> None:
    assert dict(site_files(entries(), date="2025-02-10")) == site()


def test_every_link_leads_to_a_file_and_a_place() -> None:
    ids = {path: set(page.xpath("//@id")) for path, page in pages()}
    given = {FOLDER + "files/表.pdf"}
    for path, page in pages():
        for link in page.xpath("//a/@href | //link/@href | //script/@src"):
            if link.startswith("data:"):
                continue
            target, anchor = urldefrag(link)
            where = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target))) if target else path
            assert where in site() or where in given, (path, link)
            assert not anchor or anchor in ids[where], (path, link)


def test_paths_stay_in_the_folder_and_are_plain() -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9./-]+", path) and ".." not in path for path in site())


def test_ids_are_used_once_and_heads_exist() -> None:
    for path, page in pages():
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path
        for headers in page.xpath("//@headers"):
            assert set(headers.split()) <= set(ids), path


def test_hostile_texts_stay_texts() -> None:
    for path, page in pages():
        assert not page.xpath("//*[@*[starts-with(name(), 'on')]]"), path
        assert not [script for script in page.xpath("//script[not(@src)]") if script.get("type") != "application/json"]
        assert "\u202e" not in html.tostring(page, encoding="unicode"), path
    front = html.fromstring(site()["index.html"].decode())
    assert any("<script>alert(1)</script>RTL😀𠮷长" in name for name in front.xpath("//tbody//th/a/text()"))
    for path, data in site().items():
        if path.endswith(".js") and not path.startswith("assets/"):
            assert "\u202e" not in data.decode()
            data_of(data)


def test_nothing_comes_from_elsewhere() -> None:
    for path, page in pages():
        assert "default-src 'none'" in page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", site()[path].decode()), path


def test_a_form_prints_every_figure_and_its_heads() -> None:
    disclosure, _ = example()
    for s, sheet in enumerate(disclosure.sheets):
        page = html.fromstring(site()[f"{FOLDER}form-{s + 1:02d}.html"].decode())
        assert page.xpath("//table/caption")
        shown = {td.get("id"): td.text_content().strip() for td in page.xpath("//td[@id]")}
        for (r, c), cell in sheet.cells.items():
            if cell.text.strip():
                assert shown[f"p{r}-{c}"] == cell.text.strip(), (s, r, c)
        for td in page.xpath("//tbody//td[@id]"):
            heads = [page.get_element_by_id(id_) for id_ in (td.get("headers") or "").split()]
            scopes = {head.get("scope") for head in heads}
            assert "col" in scopes, (s, td.get("id"))


def test_overview_tells_the_total_and_the_change() -> None:
    text = " ".join(html.fromstring(site()[FOLDER + "index.html"].decode()).text_content().split())
    for wanted in (
        "437.79",
        "+11.1%",
        "394.01",
        "因公出国（境）费",
        "科学技术支出",
        "科研人员≥200人次",
        "123.5 kB",
    ):
        assert wanted in text
    english = html.fromstring(site()[FOLDER + "index.en.html"].decode())
    assert english.get("lang") == "en"
    assert "Where the money comes from" in english.text_content()


def test_files_are_offered_in_groups_of_words() -> None:
    names = ("data/codes.json", "disclosure.xlsx", "data/cells.csv", "data/cells.parquet", "disclosure.pdf", "附件.zip",
             "data/datapackage.json", "data/odd.csv")  # fmt: skip
    found = offered([Download(name, name, 1, "") for name in names], "zh")
    assert [name for name, _ in found.documents] == ["PDF（打印、存档）", "Excel（合计为公式）", "附件.zip"]
    assert found.formats == ("csv", "json", "parquet")
    assert [(name, [file.label if file else "" for file in files]) for name, _, files in found.tables] == [
        ("科目和编码", ["", "data/codes.json", ""]), ("公开表的金额", ["data/cells.csv", "", "data/cells.parquet"]),
    ]  # fmt: skip
    assert [name for name, _ in found.others] == ["数据说明（各列的含义和类型）", "odd.csv"]


def test_every_file_is_offered_with_its_digest() -> None:
    page = html.fromstring(site()[FOLDER + "index.html"].decode())
    assert page.xpath("//section[@aria-labelledby='files']//a/@href") == ["files/%E8%A1%A8.pdf"]
    assert page.xpath("string(//details[@class='digests']//code)") == "ab" * 32


@pytest.mark.parametrize(("change", "told"), [(0.04, "0.0%"), (-0.04, "0.0%"), (5.04, "+5.0%"), (-12.5, "-12.5%")])
def test_a_change_of_nothing_has_no_sign(change: float, told: str) -> None:
    assert rated(change) == told


def test_derivations_hold() -> None:
    """What is said of a figure is true: equalities hold on the printed amounts, same figures are the same."""
    disclosure, _ = example()
    told = 0
    for s, sheet in enumerate(disclosure.sheets):
        number, data = data_of(site()[f"{FOLDER}form-{s + 1:02d}.derive.js"])
        assert number == s
        assert isinstance(data, dict)
        places = data["places"]

        def amount(k: int, places: list[tuple[int, int, int, str, str]] = places) -> int:
            form, r, c, *_ = places[k]
            cell = disclosure.sheets[form].cells.get((r, c))
            return (cell.amount or 0) if cell is not None else 0

        printed = {f"{r}-{c}" for (r, c), cell in sheet.cells.items() if cell.text.strip()}
        assert set(data["cells"]) == printed
        for cell in data["cells"].values():
            for basis, bound, left, right in cell["relations"]:
                assert basis in {"column_sum", "row_sum", "same_row", "same_slice", "parts", "inside"}
                if min((*left, *right), default=0) >= 0:
                    one, two = sum(map(amount, left)), sum(map(amount, right))
                    assert one <= two if bound else one == two
                    told += 1
            assert all(amount(k) == amount(cell["name"]) for k in cell["same"])
    assert told > 100


@pytest.mark.parametrize("code", ["104012", "104"])
def test_the_facts_behind_a_figure_add_up_to_it(code: str) -> None:
    """Of a unit and of a department: every compiled figure is the sum of the facts that its slice admits."""
    standard = load_standard("hunan/2025")
    one = ledger_of(standard)
    other = [replace(agency, code="104013", name="另一个中心") for agency in one.agencies.values()]
    plain = [f for f in one.facts() if not f.pro_code]
    facts = [*one.facts(), *(f._replace(agency_code="104013", amount=f.amount * 3) for f in plain)]
    ledger = Ledger.of(2025, [*one.agencies.values(), *other], facts, projects=list(one.projects.values()))
    disclosure = fill(ledger, standard, code)
    found = Facts.of(disclosure, standard, ledger)
    cells = [cell for sheet in disclosure.sheets for cell in sheet.cells.values() if cell.text.strip()]
    assert len(cells) > 390
    for cell in cells:
        assert cell.point is not None
        assert sum(found.told[n][1] for n in found.inside.get(cell.point, ())) == cell.exact
    text = Derivations.of(disclosure, standard, ledger).script(6).decode()
    data = json.loads(text.partition(",")[2].rpartition(")")[0])
    listed = max(data["cells"].values(), key=lambda each: len(each["facts"]))["facts"]
    assert len(data["facts"]) > 10 and all("元" not in data["facts"][n][1] for n in listed)


def test_a_slice_is_told_in_words() -> None:
    disclosure, standard = example()
    words = [
        slice_words(cell.point, standard.space, disclosure)
        for sheet in disclosure.sheets
        for cell in sheet.cells.values()
        if cell.point is not None
    ]
    assert ["exp_func_code", ["206 科学技术支出"], 0] in [part for point in words for part in point]
    assert all(len(part[1]) <= MOST_CODES for point in words for part in point)  # type: ignore[arg-type]


def test_without_a_standard_there_are_no_relations() -> None:
    disclosure, _ = example()
    assert not Derivations.of(disclosure, None).relations


def test_folders_are_told_apart() -> None:
    assert folder_name("104012") == "104012"
    names = [folder_name(text) for text in ("../x", "x", "..", "", "单位", "单 位", "a/b", "ab", "a" * 50)]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9-]+", name) for name in names)
    disclosure, standard = example()
    twice = [Entry(disclosure, standard), Entry(replace(disclosure, kind="final"), standard)]
    paths = [path for path, _ in site_files(twice)]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("amounts", [[5], [1, 2, 3], [100, 1, 1, 1], [0, 7, -3, 7], [], [0]])
def test_tiles_fill_the_frame_in_proportion(amounts: list[int]) -> None:
    found = tiles(amounts, 900.0, 300.0)
    assert {tile.rank for tile in found} == {i for i, amount in enumerate(amounts) if amount > 0}
    whole = sum(amount for amount in amounts if amount > 0)
    for tile in found:
        assert tile.width * tile.height == pytest.approx(amounts[tile.rank] / whole * 270_000, rel=0.02)
        assert tile.x >= 0
        assert tile.x + tile.width <= 900.1
        assert tile.y + tile.height <= 300.1


def rows(count: int) -> list[Summary]:
    return [
        Summary(f"{i:05d}", f"单位{i}", 2025, "budget", "主管", "", i * 1_000_000, None, {"来源": i}, {}, {}, {})
        for i in range(count)
    ]


def test_the_index_is_cut_into_files() -> None:
    count = 2 * LISTED + 7
    found = dict(index_files(reversed(rows(count)), shared=True))  # type: ignore[arg-type]
    listed = [
        name
        for number in (1, 2, 3)
        for name in html.fromstring(found[f"list-{number}.html"].decode()).xpath("//tbody//th/text()")
    ]
    assert listed == [f"单位{i}" for i in range(count)]
    assert len(html.fromstring(found["index.html"].decode()).xpath("//tbody/tr")) == FIRST
    _, lines, words = data_of(found["data/search-0.js"])
    assert isinstance(lines, list)
    assert [line[0] for line in lines] == [f"{i:05d}" for i in range(count)]
    assert words == ["主管", "budget"]
    number, splits = data_of(found["data/splits-1.js"])
    assert isinstance(splits, list)
    assert (number, splits[0][0]) == (1, {"来源": SHARD})
    first = [name for name, _ in shared_files() if "echarts" not in name]
    assert sum(len(found[name]) for name in (*first, "index.html")) < 300_000


def test_an_empty_index_is_a_page() -> None:
    found = dict(index_files([]))
    assert "index.html" in found
    assert "list-1.html" not in found


def test_a_link_is_never_a_scheme() -> None:
    row = replace(rows(1)[0], href="javascript:alert(1)//")
    found = dict(index_files([row]))
    links = html.fromstring(found["index.html"].decode()).xpath("//tbody//a/@href")
    assert links == ["javascript%3Aalert%281%29//index.html"]
    assert "javascript:" not in found["data/search-0.js"].decode()


def test_travel_is_told_by_its_printed_total() -> None:
    disclosure, standard = example()
    main = main_figures(disclosure, standard, "zh")
    assert main.travel_total == sum(main.travel.values()) == 5_200_000
    (split,) = (each for each in splits_of(replace(main, travel_total=6_000_000), None, "zh") if each.key == "travel")
    assert split.whole == 6_000_000


def test_the_own_account_stands_for_the_whole() -> None:
    """Forms with several accounts: a budget is told by its budget column, not by that of last year."""
    disclosure, standard = example()

    def named(account: str) -> Disclosure:
        sheets = tuple(
            replace(
                sheet,
                cells={
                    spot: replace(cell, point=at(cell.point, "account", account) if cell.point is not None else None)
                    for spot, cell in sheet.cells.items()
                },
            )
            for sheet in disclosure.sheets
        )
        return replace(disclosure, sheets=sheets)

    plain = main_figures(disclosure, standard, "zh")
    assert main_figures(named("budget"), standard, "zh") == plain
    assert main_figures(named("prior_budget"), standard, "zh").total is None
