"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  root.classList.add("scripted");
  for (const part of document.querySelectorAll("form.search, fieldset.filter, .needs-script")) part.hidden = false;

  /* Contents on a narrow screen, and the part in view. */
  const nav = document.getElementById("contents");
  const menu = nav.querySelector(".menu");
  const open = (state) => {
    nav.classList.toggle("open", state);
    menu.setAttribute("aria-expanded", String(state));
  };
  menu.addEventListener("click", () => open(!nav.classList.contains("open")));
  nav.addEventListener("click", (event) => { if (event.target.closest("a")) open(false); });
  for (const link of document.querySelectorAll(".form .label a"))
    link.addEventListener("click", (event) => {
      if (!menu.offsetParent) return;
      event.preventDefault();
      open(true);
      menu.focus();
    });
  nav.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && nav.classList.contains("open")) { open(false); menu.focus(); }
  });
  const links = new Map([...nav.querySelectorAll("a[href^='#']")].map((link) => [link.hash.slice(1), link]));
  if ("IntersectionObserver" in window) {
    const watch = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of links.values()) link.removeAttribute("aria-current");
        const link = links.get(entry.target.id);
        if (link) {
          link.setAttribute("aria-current", "true");
          if (!nav.matches(":hover, :focus-within")) {
            const box = link.getBoundingClientRect(), frame = nav.getBoundingClientRect();
            if (box.top < frame.top || box.bottom > frame.bottom) nav.scrollTop += box.top - frame.top - frame.height / 2;
          }
        }
      }
    }, { rootMargin: "-10% 0px -80% 0px" });
    for (const id of links.keys()) { const part = document.getElementById(id); if (part) watch.observe(part); }
  }

  /* Severity filter. */
  for (const box of document.querySelectorAll(".filter input"))
    box.addEventListener("change", () => root.classList.toggle("hide-" + box.value, !box.checked));

  /* Search over labels and figures. */
  const query = document.getElementById("query");
  const count = document.getElementById("hits");
  const plain = (text) => text.normalize("NFKC").replace(/[\s,]+/g, "").toLowerCase();
  const entries = [...document.querySelectorAll(".printed th, .printed td")]
    .map((cell) => [cell, plain([...cell.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join(""))])
    .filter((entry) => entry[1]);
  let hits = [], at = -1, timer = 0;
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const show = (step) => {
    if (!hits.length) return;
    if (at >= 0) hits[at].classList.remove("now");
    at = (at + step + hits.length) % hits.length;
    hits[at].classList.add("now");
    hits[at].scrollIntoView({ block: "center", inline: "center" });
    count.textContent = fill(data.words.search_count, { at: at + 1, count: hits.length });
  };
  const search = () => {
    for (const cell of hits) cell.classList.remove("hit", "now");
    const wanted = plain(query.value);
    hits = wanted ? entries.filter((entry) => entry[1].includes(wanted)).map((entry) => entry[0]) : [];
    at = -1;
    for (const cell of hits) cell.classList.add("hit");
    count.textContent = !wanted ? "" : hits.length ? fill(data.words.search_count, { at: 0, count: hits.length }) : data.words.search_none;
  };
  query.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 120); });
  query.form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); if (at < 0) search(); show(1); });
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey) { event.preventDefault(); show(-1); }
  });
  for (const button of document.querySelectorAll("[data-step]"))
    button.addEventListener("click", () => show(Number(button.dataset.step)));

  /* What is known about the figure under the pointer or the focus. */
  const inspector = document.getElementById("inspector");
  const line = (text, name) => {
    if (!text) return;
    const p = document.createElement("p");
    if (name) p.className = name;
    p.textContent = text;
    inspector.append(p);
  };
  const own = (cell) => [...cell.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join("").trim();
  const rowLabel = (cell) => {
    let step = cell.previousElementSibling;
    while (step && step.tagName !== "TH") step = step.previousElementSibling;
    return step ? own(step) : "";
  };
  const inspect = (cell) => {
    inspector.replaceChildren();
    const table = cell.closest("table");
    const columns = JSON.parse(table.dataset.columns);
    const column = columns[Number(cell.id.split("c").pop())] || "";
    line([rowLabel(cell), column].filter(Boolean).join(" / "), "quiet");
    line(own(cell), "figure");
    if (cell.dataset.yuan) line(fill(data.words.exact, { amount: cell.dataset.yuan }), "quiet");
    if (cell.dataset.source) line(fill(data.words.place, { place: cell.dataset.source }), "quiet");
    line(cell.dataset.repair, "said");
    for (const mark of cell.querySelectorAll(".mark")) {
      const said = document.querySelector(mark.getAttribute("href") + " .said");
      if (said) line(said.textContent.replace(/\s+/g, " ").trim(), "said");
    }
    inspector.hidden = false;
    const box = cell.getBoundingClientRect(), size = inspector.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, root.clientWidth - size.width - 8));
    const above = box.top > size.height + 12;
    inspector.style.left = left + scrollX + "px";
    inspector.style.top = (above ? box.top - size.height - 6 : box.bottom + 6) + scrollY + "px";
  };
  const away = () => { inspector.hidden = true; };
  const figure = (event) => event.target.closest && event.target.closest(".printed td[id]");
  const main = document.getElementById("main");
  main.addEventListener("pointerover", (event) => {
    const cell = figure(event);
    if (cell && (own(cell) || cell.querySelector(".mark"))) inspect(cell); else away();
  });
  main.addEventListener("focusin", (event) => { const cell = figure(event); if (cell) inspect(cell); else away(); });
  main.addEventListener("focusout", away);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") away(); });

  /* One figure of each table takes the focus; arrow keys move it. */
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  for (const table of document.querySelectorAll(".printed")) {
    const first = table.querySelector("td[id]");
    if (!first) continue;
    first.tabIndex = 0;
    table.addEventListener("click", (event) => {
      const cell = figure(event);
      if (cell && !event.target.closest("a")) { cell.tabIndex = -1; cell.focus({ preventScroll: true }); }
    });
    table.addEventListener("keydown", (event) => {
      const move = moves[event.key], cell = figure(event);
      if (!move || !cell || event.altKey || event.ctrlKey || event.metaKey) return;
      const [sheet, row, column] = cell.id.match(/\d+/g).map(Number);
      const next = document.getElementById("s" + sheet + "r" + (row + move[0]) + "c" + (column + move[1]));
      if (!next) return;
      event.preventDefault();
      for (const other of table.querySelectorAll("td[tabindex]")) other.removeAttribute("tabindex");
      next.tabIndex = 0;
      next.focus();
    });
  }

  /* Charts. */
  if (!globalThis.echarts) return;
  const charts = [];
  const tone = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const palette = () => dark.matches
    ? ["#8dbbf5", "#e5e9ee", "#f0a59a", "#8fd0b0", "#e6c67a"]
    : ["#2f5d93", "#3a4452", "#a2403a", "#3d7d63", "#a67c1f"];
  const tooltip = () => ({
    backgroundColor: tone("ink"), borderWidth: 0, textStyle: { color: tone("paper"), fontFamily: tone("hei") }, confine: true,
    renderMode: "richText",
  });
  const flow = () => {
    const colors = palette(), byId = new Map(data.nodes.map((node) => [node.id, node]));
    const last = Math.max(...data.nodes.map((node) => node.layer));
    const near = (node) => (node.layer === last ? "left" : "right");
    return {
      animation: false, aria: { enabled: true }, textStyle: { fontFamily: tone("hei") },
      tooltip: {
        ...tooltip(),
        formatter: ({ dataType, data: item }) => dataType === "edge"
          ? byId.get(item.source).name + " → " + byId.get(item.target).name + "\n" + item.text + " " + data.unit
          : (item.path || item.label_) + "\n" + item.text + " " + data.unit,
      },
      series: [{
        type: "sankey", left: 4, right: 4, top: 12, bottom: 12, nodeGap: 26, nodeWidth: 14, draggable: false,
        layoutIterations: 64, emphasis: { focus: "adjacency" },
        lineStyle: { color: "source", opacity: dark.matches ? .38 : .28, curveness: .5 },
        data: data.nodes.map((node) => ({
          name: node.id, label_: node.name, text: node.text, path: node.path, depth: node.layer, value: node.value,
          itemStyle: { color: colors[node.layer % colors.length], borderWidth: 0 },
          label: {
            position: near(node), color: tone("ink"), fontSize: 12, lineHeight: 16, textBorderColor: tone("paper"), textBorderWidth: 3,
            formatter: node.name + "\n" + node.text,
          },
        })),
        links: data.links.map((link) => ({ ...link })),
      }],
    };
  };
  const bars = (rows) => ({
    animation: false, aria: { enabled: true }, textStyle: { fontFamily: tone("hei") },
    tooltip: { ...tooltip(), formatter: ({ data: item }) => item.name + "\n" + item.text + " " + data.unit },
    grid: { left: 0, right: 84, top: 4, bottom: 4, containLabel: true },
    xAxis: { type: "value", show: false },
    yAxis: {
      type: "category", inverse: true, data: rows.map((row) => row.name), axisLine: { show: false }, axisTick: { show: false },
      axisLabel: { color: tone("ink"), width: 132, overflow: "break", lineHeight: 15 },
    },
    series: [{
      type: "bar", barMaxWidth: 16, itemStyle: { color: palette()[0], borderRadius: 2 },
      label: { show: true, position: "right", color: tone("ink"), formatter: ({ data: item }) => item.text },
      data: rows.map((row) => ({ ...row })),
    }],
  });
  const draw = (id, option, height) => {
    const place = document.getElementById(id);
    if (!place) return;
    if (height) place.style.height = height + "px";
    const chart = echarts.init(place, null, { renderer: "svg" });
    chart.setOption(option());
    charts.push([chart, option]);
  };
  if (data.links.length) {
    const tallest = Math.max(...[...new Set(data.nodes.map((n) => n.layer))].map((l) => data.nodes.filter((n) => n.layer === l).length));
    draw("sankey", flow, Math.min(900, Math.max(360, tallest * 62)));
  }
  data.splits.forEach((rows, index) => draw("split" + index, () => bars(rows), 16 + rows.length * 38));
  dark.addEventListener("change", () => { for (const [chart, option] of charts) chart.setOption(option(), true); });
  addEventListener("resize", () => { for (const [chart] of charts) chart.resize(); });
  addEventListener("beforeprint", () => { for (const [chart] of charts) chart.resize(); });
})();
