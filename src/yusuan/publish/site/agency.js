"use strict";
(() => {
  const { root, say, words, dark, watchers, load, make, plain, page, lang, up } = yusuan;

  /* Search inside the forms of this agency; its data are loaded when the field is first used. */
  const look = document.getElementById("look");
  if (look) {
    look.hidden = false;
    const query = document.getElementById("query"), hits = document.getElementById("hits"), results = document.getElementById("results");
    let forms = null, entries = [], timer = 0;
    yusuan.found = (titles, lines) => {
      forms = titles;
      entries = titles.map(([stem, title]) => ({ text: plain(title), href: page(stem), label: title, form: "", amount: "" }));
      for (const [form, anchor, label, amount] of lines)
        entries.push({ text: [label, titles[form][1], amount].map(plain).join("\n"), href: page(titles[form][0]) + "#" + anchor, label, form: titles[form][1], amount });
    };
    const search = () => {
      const wanted = plain(query.value);
      results.replaceChildren();
      if (!wanted || !forms) { hits.textContent = ""; return; }
      const found = entries.filter((entry) => entry.text.includes(wanted));
      hits.textContent = found.length ? say("count", { count: found.length }) : words.none;
      for (const entry of found.slice(0, 60))
        results.append(make("li", null, make("a", { href: entry.href }, make("span", null, entry.label), make("b", null, entry.amount), entry.form ? make("small", null, entry.form) : null)));
    };
    const ready = () => load("search.js").then(search, () => { hits.textContent = words.failed; });
    query.addEventListener("focus", ready, { once: true });
    query.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(forms ? search : ready, 60); });
    look.addEventListener("submit", (event) => event.preventDefault());
  }

  /* Derivation of a figure. */
  const table = document.querySelector("table.printed");
  const box = document.getElementById("derived");
  if (table && box) {
    const titles = JSON.parse(document.getElementById("titles").textContent);
    const inside = document.getElementById("derived-in");
    let known = null;
    yusuan.derived = (_, data) => { known = data; };
    const stem = (sheet) => "form-" + String(sheet + 1).padStart(2, "0");
    const link = (number, withForm) => {
      const [sheet, r, c, label] = known.places[number];
      return make("a", { href: page(stem(sheet)) + "#p" + r + "-" + c, lang: "zh-CN" }, withForm ? titles[sheet] + " · " + label : label);
    };
    const side = (list, withForm, first) => {
      const made = [];
      list.forEach((number, i) => {
        const lead = i ? "+" : first;
        if (number < 0) made.push(make("span", null, lead), make("span", null, say("more", { count: -number })), make("span"));
        else made.push(make("span", null, lead), link(number, withForm), make("span", { class: "n" }, known.places[number][4] || words.blank));
      });
      return made.length ? made : [make("span", null, first), make("span", null, "0"), make("span")];
    };
    const failed = () => { inside.replaceChildren(make("p", { id: "derived-h" }, words.failed)); box.showModal(); };
    const show = (key) => {
      const data = known && known.cells[key];
      inside.replaceChildren();
      if (!data) { failed(); return; }
      const own = known.places[data.name];
      inside.append(make("p", { class: "where", lang: "zh-CN" }, titles[own[0]] + " · " + own[3]), make("h2", { id: "derived-h" }, own[4]));
      inside.append(make("h3", null, words.slice));
      if (data.slice.length) {
        const list = make("dl");
        for (const [axis, names, more] of data.slice)
          list.append(make("dt", null, words["axis_" + axis] || axis), make("dd", null, make("span", { lang: "zh-CN" }, names.join("、")), more ? " " + say("more_codes", { count: more }) : ""));
        inside.append(list);
      } else inside.append(make("p", { class: "hint" }, words.no_slice));
      if (data.facts) {
        inside.append(make("h3", null, words.facts));
        const facts = data.facts.map((n) => make("li", { class: "sum" }, make("span"), make("span", { lang: "zh-CN" }, known.facts[n][0]), make("span", { class: "n" }, known.facts[n][1])));
        if (data.facts_more) facts.push(make("li", { class: "hint" }, say("more", { count: data.facts_more })));
        inside.append(facts.length ? make("ul", null, ...facts) : make("p", { class: "hint" }, words.no_facts));
      }
      if (data.same.length) {
        inside.append(make("h3", null, words.same));
        inside.append(make("ul", null, ...data.same.map((number) => make("li", { class: "sum" }, make("span"), link(number, true), make("span", { class: "n" }, known.places[number][4])))));
      }
      inside.append(make("h3", null, words.relations));
      const list = make("ul");
      for (const [basis, bound, left, right] of data.relations) {
        const far = [...left, ...right].some((n) => n >= 0 && known.places[n][0] !== own[0]);
        list.append(make("li", null, make("span", { class: "basis" }, words["basis_" + basis] || basis), make("div", { class: "sum" }, ...side(left, far, ""), ...side(right, far, bound ? "≤" : "="))));
      }
      if (data.more) list.append(make("li", { class: "hint" }, say("more", { count: data.more })));
      inside.append(data.relations.length ? list : make("p", { class: "hint" }, words.no_relations));
      box.showModal();
      box.scrollTop = 0;
    };
    table.addEventListener("click", (event) => {
      const figure = event.target.closest(".figure");
      if (figure) load(table.dataset.derive).then(() => show(figure.dataset.key), failed);
    });
    box.addEventListener("click", (event) => { if (event.target === box || event.target.closest("a")) box.close(); });

    /* One figure takes the focus, arrow keys move it. */
    const figures = [...table.querySelectorAll(".figure")];
    figures.forEach((figure, i) => { if (i) figure.tabIndex = -1; });
    const rows = [...table.tBodies[0].rows].map((row) => [...row.querySelectorAll(".figure")]).filter((row) => row.length);
    table.addEventListener("keydown", (event) => {
      const figure = event.target.closest(".figure");
      if (!figure) return;
      const r = rows.findIndex((row) => row.includes(figure)), c = rows[r].indexOf(figure);
      const left = (each) => each.closest("td").cellIndex;
      const near = (row) => row && row.reduce((best, each) => (Math.abs(left(each) - left(figure)) < Math.abs(left(best) - left(figure)) ? each : best));
      const next = { ArrowLeft: rows[r][c - 1], ArrowRight: rows[r][c + 1], ArrowUp: near(rows[r - 1]), ArrowDown: near(rows[r + 1]) }[event.key];
      if (!next) return;
      event.preventDefault();
      figure.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  }

  /* Flow of the money: across on a wide screen, downwards on a narrow one. */
  const place = document.getElementById("flow");
  if (!place) return;
  let chart = null, data = null;
  yusuan.flow = (given) => { data = given; };
  const narrow = matchMedia("(max-width: 46rem)");
  const tone = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
  const option = () => {
    const tall = narrow.matches, byId = new Map(data.nodes.map((node) => [node.id, node]));
    const last = Math.max(...data.nodes.map((node) => node.layer));
    const most = Math.max(...data.nodes.map((node) => node.value));
    const room = place.clientWidth;
    const layers = data.nodes.reduce((count, node) => count.set(node.layer, (count.get(node.layer) || 0) + 1), new Map());
    const label = (node) => {
      if (!tall) return { show: true, position: node.layer === last ? "left" : "right", formatter: node.name + "\n{n|" + node.text + "}" };
      const wide = (room - 8 * (layers.get(node.layer) - 1)) * node.value / most;
      return { show: wide >= 52, position: node.layer === last ? "top" : "bottom", width: Math.max(40, wide), overflow: "truncate", formatter: node.name + "\n{n|" + node.text + "}" };
    };
    return {
      animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: {
        renderMode: "richText", confine: true, backgroundColor: tone("ink"), borderWidth: 0, textStyle: { color: tone("paper"), fontSize: 13 },
        formatter: ({ dataType, data: item }) => (dataType === "edge" ? byId.get(item.source).name + " → " + byId.get(item.target).name : item.told) + "\n" + item.text + " " + data.unit,
      },
      series: [{
        type: "sankey", orient: tall ? "vertical" : "horizontal", left: 2, right: 2, top: tall ? 6 : 12, bottom: tall ? 6 : 28,
        nodeGap: tall ? 8 : 34, nodeWidth: tall ? 10 : 12, draggable: false, layoutIterations: 64, emphasis: { focus: "adjacency" },
        lineStyle: { color: tone("accent"), opacity: dark() ? .26 : .18, curveness: .5 },
        data: data.nodes.map((node) => ({
          name: node.id, told: node.path || node.name, text: node.text, depth: node.layer, value: node.value,
          itemStyle: { color: tone("accent"), borderWidth: 0 },
          label: { color: tone("ink"), fontSize: tall ? 11 : 12.5, lineHeight: tall ? 15 : 17, textBorderColor: tone("ground"), textBorderWidth: 3, rich: { n: { color: tone("quiet"), fontSize: tall ? 10.5 : 12, textBorderColor: tone("ground"), textBorderWidth: 3 } }, ...label(node) },
        })),
        links: data.links.map((each) => ({ ...each })),
      }],
    };
  };
  const size = () => {
    const layers = data.nodes.reduce((count, node) => count.set(node.layer, (count.get(node.layer) || 0) + 1), new Map());
    const deep = Math.max(...layers.values());
    place.style.height = (narrow.matches ? layers.size * 108 : Math.min(900, Math.max(340, deep * 76))) + "px";
  };
  const redraw = () => { if (chart) { size(); chart.resize(); chart.setOption(option(), true); } };
  const draw = () => Promise.all([load("flow." + lang + ".js"), load(up + "assets/echarts.min.js")]).then(() => {
    size();
    chart = echarts.init(place, null, { renderer: "svg" });
    chart.setOption(option());
    root.dataset.drawn = "flow";
  }, () => { place.hidden = true; });
  place.setAttribute("aria-hidden", "true");
  place.hidden = false;
  place.style.height = "340px";
  if ("IntersectionObserver" in window) {
    const watch = new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting)) { watch.disconnect(); draw(); } }, { rootMargin: "400px" });
    watch.observe(place);
  } else draw();
  watchers.push(redraw);
  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(redraw, 120); });
})();
