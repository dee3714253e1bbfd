from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType

import pytest
from publish_example import example, made_up_findings

from yusuan.axes import Point
from yusuan.finding import Finding, Report
from yusuan.publish.flow import breakdowns, figures_of, flow_of, key_figures
from yusuan.publish.page import listed, page_html, repair_words, safe_json, write_page
from yusuan.sheet import Disclosure, Repair, Row, Source, Stray
from yusuan.words import InputError, catalogue

VOID = frozenset({"meta", "input", "link", "br", "img", "hr"})


@dataclass
class Element:
    tag: str
    attributes: Mapping[str, str | None]
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()


class Page(HTMLParser):
    """Elements of a page with their own text (that of elements inside them left out), and whether tags nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.open: list[Element] = []
        self.feed(html)
        assert not self.open, [element.tag for element in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].pieces.append(data)

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def by_id(self) -> dict[str, Element]:
        found = [(element.attributes["id"], element) for element in self.elements if "id" in element.attributes]
        assert len(found) == len(dict(found)), "an id occurs twice"
        return {str(id): element for id, element in found}  # noqa: A001


def report_of(disclosure: Disclosure) -> Report:
    tally = {"relations": 9, "held": 6, "failed": 3, "cells_checked": 99}
    return Report("", "", made_up_findings(disclosure), tally, None)


def say_rule(finding: Finding, lang: str) -> str:
    return "<script>alert('x')</script>" if finding.rule == "hostile" else f"{finding.rule}.{lang}"


@pytest.fixture(scope="module", params=["zh", "en"])
def html(request: pytest.FixtureRequest) -> str:
    disclosure, standard = example()
    return page_html(disclosure, standard, report_of(disclosure), message=say_rule, lang=request.param)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_every_figure_stands_in_its_cell(page: Page) -> None:
    disclosure, _ = example()
    spots = page.by_id()
    for index, sheet in enumerate(disclosure.sheets):
        for (row, column), cell in sheet.cells.items():
            assert spots[f"s{index}r{row}c{column}"].text == cell.text


def test_every_text_stands_on_the_page(page: Page) -> None:
    disclosure, _ = example()
    shown = {element.text for element in page.all("td")}
    assert {cell.text for sheet in disclosure.sheets for cell in sheet.words.values()} <= shown


def test_nothing_comes_from_a_network(html: str, page: Page) -> None:
    for element in page.elements:
        assert element.tag not in ("link", "iframe", "object", "embed", "base", "img")
        assert "src" not in element.attributes and "srcset" not in element.attributes
        assert str(element.attributes.get("href", "#")).startswith("#")
        assert not [name for name in element.attributes if name.startswith("on")]
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+", html))
    assert {address for address in addresses if "www.w3.org" not in address} == set()
    assert "url(" not in "".join(style.text for style in page.all("style")) and "@import" not in html


def test_policy_admits_exactly_the_scripts_of_the_page(page: Page) -> None:
    policy = next(str(m.attributes["content"]) for m in page.all("meta") if "http-equiv" in m.attributes)
    assert policy.startswith("default-src 'none'") and "unsafe-eval" not in policy
    scripts = ["".join(s.pieces) for s in page.all("script") if s.attributes.get("type") != "application/json"]
    hashes = {base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == hashes and len(hashes) == 2


def test_links_of_the_page_lead_somewhere(page: Page) -> None:
    spots = page.by_id()
    targets = {str(a.attributes["href"])[1:] for a in page.all("a")}
    assert targets <= set(spots)


def test_findings_and_cells_lead_to_each_other(page: Page) -> None:
    spots = page.by_id()
    marks = [a for a in page.all("a") if "mark" in str(a.attributes.get("class"))]
    assert {str(a.attributes["href"]) for a in marks} == {"#s2f1", "#s0f2", "#s1f2", "#s6f4"}
    assert "is-error" in str(spots["s2r3c0"].attributes["class"])
    assert "is-warning" in str(spots["s0r0c0"].attributes["class"])
    hrefs = {str(a.attributes["href"]) for a in page.all("a")}
    assert {"#s2r0c0", "#s2r3c0", "#s0r0c0", "#s1r0c2", "#s6r0c0", "#s14"} <= hrefs
    assert [spots[f"f{n}"].attributes["data-severity"] for n in (1, 2, 3, 4)] == ["error", "warning", "warning", "info"]
    assert "s14f3" in spots, "a finding that names a form and no cell stands under the form"


def test_hostile_text_stays_text(html: str, page: Page) -> None:
    assert "<script>alert" not in html and "&lt;script&gt;alert" in html
    assert len(page.all("script")) == 3


def test_hostile_labels_cannot_leave_their_place() -> None:
    disclosure, standard = example()
    evil = '</script><script>alert(1)</script>"><!--'
    sheet = disclosure.sheets[2]
    rows = (Row("", evil, 0, "total", None), *sheet.rows[1:])
    bad = replace(sheet, rows=rows, notes=(evil,), agency_name=evil, strays=(Stray("text", evil, None),))
    agency = replace(disclosure.agency, name=evil) if disclosure.agency else None
    text = page_html(replace(disclosure, sheets=(bad, *disclosure.sheets[3:]), agency=agency), standard, None)
    assert len(Page(text).all("script")) == 3 and evil not in text


def test_json_cannot_close_its_element() -> None:
    value = {"a": "</script><!-- \u2028 &"}
    text = safe_json(value)
    assert not set(text) & set("<>&\u2028") and json.loads(text) == value


def test_tables_have_heads_that_name_their_cells(page: Page) -> None:
    heads = page.all("th")
    assert all(th.attributes.get("scope") in ("col", "colgroup", "row") for th in heads)
    assert any(th.attributes.get("colspan") == "6" and th.text == "支出" for th in heads)
    assert len(page.all("article")) == 23
    printed = [table for table in page.all("table") if table.attributes.get("class") == "printed"]
    assert len(printed) == 23 and all("aria-labelledby" in table.attributes for table in printed)


def test_landmarks_and_skip_link(page: Page) -> None:
    assert {"header", "nav", "main", "footer"} <= {element.tag for element in page.elements}
    assert page.all("a")[0].attributes["href"] == "#main"
    assert len(page.all("h1")) == 1 and page.all("html")[0].attributes["lang"] in ("zh-CN", "en")


def test_same_disclosure_gives_the_same_page() -> None:
    disclosure, standard = example()
    assert page_html(disclosure, standard, None) == page_html(disclosure, standard, None)


def test_source_and_repair_of_a_cell_are_told() -> None:
    disclosure, standard = example()
    sheet = disclosure.sheets[2]
    source = Source("a.pdf", page=3)
    moved = Repair("moved_for_this_test", "第6栏", {})
    cells = {**sheet.cells, (0, 0): replace(sheet.cells[0, 0], source=source, repair=moved)}
    text = page_html(replace(disclosure, sheets=(replace(sheet, cells=MappingProxyType(cells)),)), standard, None)
    spot = Page(text).by_id()["s0r0c0"]
    assert spot.attributes["data-source"] == "a.pdf 第3页"
    assert spot.attributes["data-repair"] == "moved_for_this_test：第6栏"
    assert "is-repaired" in str(spot.attributes["class"])
    assert "合计 / 合计：moved_for_this_test：第6栏" in [li.text for li in Page(text).all("li")]


def test_reasons_of_repairs_are_sentences() -> None:
    moved = Repair("label_by_wording", "质量指标", {"label": "数量指标", "text": "≥4场"})
    assert repair_words(moved, "zh") == "原印在“质量指标”栏，按内容归入“数量指标”"
    assert repair_words(Repair("no_such_kind", "6", {"a": ["b"]}), "en") == "no_such_kind: 6"
    assert listed(["a", "b"]) == "a、b"


def test_key_figures_are_found_by_meaning() -> None:
    disclosure, _ = example()
    shown = {word.removeprefix("page_figure_"): amount for word, amount in key_figures(figures_of(disclosure))}
    assert shown == {
        "income": 380_990_000, "carryover": 56_800_000, "spending": 437_790_000, "basic": 214_990_000,
        "project": 222_800_000, "travel_cars_receptions": 5_200_000,
    }  # fmt: skip


def test_money_that_flows_in_flows_out() -> None:
    disclosure, standard = example()
    flow = flow_of(figures_of(disclosure), standard.space, "zh")
    sources = {place.name for place in flow.places.values() if place.layer == 0}
    assert sources == {"经费拨款", "事业收入", "上年结转结余·一般公共预算"}
    assert {place.layer for place in flow.places.values()} == {0, 1, 2, 3, 4}
    for place in flow.places.values():
        into = sum(stream.amount for stream in flow.streams if stream.target == place.id)
        out = sum(stream.amount for stream in flow.streams if stream.origin == place.id)
        assert place.layer == 0 or into == place.amount
        assert place.layer == 4 or out == place.amount


def test_what_is_not_itemised_is_shown_as_a_rest() -> None:
    disclosure, standard = example()
    figures = dict(figures_of(disclosure))
    del figures[Point({"kind": frozenset({"spending"}), "exp_func_code": frozenset({"210"})})]
    flow = flow_of(figures, standard.space, "zh")
    assert flow.places["rest2"].amount == 10_000_000
    assert [(s.target, s.amount) for s in flow.streams if s.origin == "rest2"] == [("kind:basic", 10_000_000)]


def test_contradicting_figures_draw_nothing() -> None:
    disclosure, standard = example()
    figures = dict(figures_of(disclosure))
    figures[Point({"kind": frozenset({"budget"})})] = 1_000_000
    assert not flow_of(figures, standard.space, "zh").streams
    assert not flow_of({}, standard.space, "zh").streams and not breakdowns({}, standard.space)


def test_page_without_a_standard_or_an_agency() -> None:
    disclosure, _ = example()
    Page(page_html(replace(disclosure, agency=None, fiscal_year=None), None, None))
    Page(page_html(replace(disclosure, sheets=()), None, None))


def test_existing_file_is_kept_unless_forced(tmp_path: Path) -> None:
    disclosure, standard = example()
    target = tmp_path / "page.html"
    write_page(disclosure, standard, None, target)
    before = target.read_bytes()
    with pytest.raises(InputError):
        write_page(disclosure, standard, None, target)
    assert target.read_bytes() == before
    write_page(disclosure, standard, None, target, lang="en", force=True)
    assert b'<html lang="en">' in target.read_bytes()


def test_words_of_the_page_are_all_there_and_all_used() -> None:
    root = Path(__file__).parents[2] / "src" / "yusuan" / "publish"
    files = [
        file
        for file in (*root.iterdir(), *(root / "assets").iterdir())
        if file.suffix in (".py", ".jinja", ".js", ".toml")
    ]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    spelled = ("page_repair_", "page_place_", "page_finding_", "book_finding_", "severity_", "page_search_")
    for key, entry in catalogue().items():
        if key.startswith(("page_", "book_")):
            assert set(entry) == {"zh", "en"}
            assert key in text or key.startswith(spelled), key
