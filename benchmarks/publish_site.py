"""How fast the front page of a large site answers: made-up agencies, three years each, in a headless Chromium.

Prints one JSON object: time and memory to write the index, bytes of the first page, time until the search is ready,
the slowest and the middle time of searches (ms), the sizes of the files.

    python benchmarks/publish_site.py [--agencies 5000] [--years 3]
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import resource
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

from yusuan.publish.site.index import index_files
from yusuan.publish.site.values import Summary

PLACES = ("青山", "白水", "云溪", "石桥", "竹林", "平湖", "安宁", "长河", "新田", "古渡")
FIELDS = ("科学技术", "教育体育", "卫生健康", "交通运输", "农业农村", "文化旅游", "自然资源", "市场监督")
BODIES = ("局", "中心", "研究院", "学校", "服务站", "管理处", "图书馆", "医院", "监测站", "委员会")
SOURCES = ("一般公共预算", "政府性基金预算", "事业收入", "上年结转结余")
FUNCTIONS = ("一般公共服务支出", "教育支出", "科学技术支出", "社会保障和就业支出", "卫生健康支出", "住房保障支出")
CLASSES = ("工资福利支出", "商品和服务支出", "对个人和家庭的补助", "资本性支出")
TRAVEL = ("因公出国（境）费", "公务接待费", "公务用车购置费", "公务用车运行费")
QUERIES = ("中心", "青山科学", "10400", "市场监督 局", "医院", "不存在的单位", "a", "图书馆 2")


def made_up(agencies: int, years: int) -> Iterator[Summary]:
    """Summaries of agencies that do not exist."""
    for i in range(agencies):
        field = FIELDS[i // 10 % len(FIELDS)]
        name = f"示例市{PLACES[i % 10]}区{field}{BODIES[i // 100 % 10]}（第{i}号）"
        for year in range(years):
            total = (i * 7919 + year * 104729) % 900_000 * 10_000 + 5_000_000

            def split(names: tuple[str, ...], whole: int = total) -> dict[str, int]:
                return {each: whole * (k + 1) // (len(names) * (len(names) + 1) // 2) for k, each in enumerate(names)}

            code, parent = f"{104000 + i}", f"示例市{PLACES[i % 10]}区{field}局"
            yield Summary(
                code, name, 2025 - year, "budget", parent, f"agency/{code}/{2025 - year}/",
                total, total // 200, split(SOURCES), split(FUNCTIONS), split(CLASSES), split(TRAVEL, total // 200),
            )  # fmt: skip


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that tells nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


def measure(folder: Path) -> dict[str, object]:
    """Load the front page from a web server and search it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 844})
        sizes: list[tuple[str, int]] = []
        page.on("response", lambda answer: sizes.append((answer.url.rsplit("/", 1)[-1], len(answer.body()))))
        start = time.perf_counter()
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        page.wait_for_selector("html[data-ready]")
        ready = time.perf_counter() - start
        asked = [page.evaluate("text => yusuan.search(text)", query) for query in QUERIES for _ in range(5)]
        for number in range(3):
            page.locator(".pick input").nth(number).check()
        start = time.perf_counter()
        page.evaluate("yusuan.search('')")
        page.locator(".pick input").nth(3).check()
        page.locator("#tray-go").click()
        page.wait_for_selector("#compared table")
        compared = time.perf_counter() - start
        browser.close()
    server.shutdown()
    first = [(name, size) for name, size in sizes if not name.startswith(("search-", "splits-"))]
    times = [each[0] for each in asked]
    return {
        "first_page_bytes": sum(size for _, size in first),
        "first_page_files": dict(first),
        "later_bytes": {name: size for name, size in sizes if name.startswith(("search-", "splits-"))},
        "search_ready_s": round(ready, 3),
        "search_ms_median": round(statistics.median(times), 2),
        "search_ms_max": round(max(times), 2),
        "found": {query: asked[5 * i][1] for i, query in enumerate(QUERIES)},
        "compare_s": round(compared, 3),
    }


def main() -> None:
    """Write the index of a made-up site, measure it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agencies", type=int, default=5000)
    parser.add_argument("--years", type=int, default=3)
    options = parser.parse_args()
    rows = list(made_up(options.agencies, options.years))
    with tempfile.TemporaryDirectory() as folder:
        start, count, total = time.perf_counter(), 0, 0
        for path, data in index_files(rows, shared=True):
            target = Path(folder) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            count, total = count + 1, total + len(data)
        told: dict[str, object] = {
            "rows": len(rows),
            "write_s": round(time.perf_counter() - start, 2),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "files": count,
            "bytes": total,
        }
        print(json.dumps(told | measure(Path(folder)), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
