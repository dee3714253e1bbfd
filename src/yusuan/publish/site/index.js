"use strict";
(() => {
  const { say, words, load, make, bar, plain, page } = yusuan;
  const CODE = 0, NAME = 1, PARENT = 2, YEAR = 3, HREF = 5, TOTAL = 6, TRAVEL = 7, MOST = 4, STEP = 60;
  const table = document.getElementById("list"), body = table.tBodies[0];
  const query = document.getElementById("query"), when = document.getElementById("when");
  const told = document.getElementById("told"), more = document.getElementById("more");
  const shards = Number(table.dataset.shards), shard = Number(table.dataset.shard);
  const parts = [], splits = [];
  let rows = [], found = [], shown = 0, order = null, down = false, ready = false;
  const money = (fen) => (fen === null || fen === undefined ? "" : (fen / 1e6).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
  const compareText = new Intl.Collator("zh").compare;
  yusuan.rows = (number, lines, texts) => { parts[number] = lines.map((line) => { line[PARENT] = texts[line[PARENT]]; return line; }); };
  yusuan.splits = (number, lines) => { splits[number] = lines; };

  const picked = new Set();
  const tray = document.getElementById("tray"), trayTold = document.getElementById("tray-told");
  const tell = () => {
    tray.hidden = !picked.size;
    trayTold.textContent = say("picked", { count: picked.size });
    for (const box of body.querySelectorAll(".pick input")) {
      box.checked = picked.has(Number(box.value));
      box.disabled = !box.checked && picked.size >= MOST;
    }
  };
  const box = (number) => {
    const row = rows[number];
    const made = make("input", { type: "checkbox", value: number, "aria-label": say("pick", { name: row[NAME], year: row[YEAR] || "" }) });
    made.checked = picked.has(number);
    made.disabled = !made.checked && picked.size >= MOST;
    return made;
  };
  const line = (number) => {
    const row = rows[number];
    const name = row[HREF] ? make("a", { href: row[HREF] + page("index") }, row[NAME]) : row[NAME];
    return make("tr", { "data-row": number }, make("td", { class: "pick" }, box(number)),
      make("th", { scope: "row", lang: "zh-CN" }, name, row[PARENT] ? make("small", null, row[PARENT]) : null),
      make("td", { class: "code" }, row[CODE]), make("td", { class: "year" }, String(row[YEAR] || "")),
      make("td", { class: "amount" }, money(row[TOTAL])), make("td", { class: "amount" }, money(row[TRAVEL])));
  };
  const extend = () => {
    const next = found.slice(shown, shown + STEP);
    body.append(...next.map(line));
    shown += next.length;
    more.hidden = shown >= found.length;
    told.textContent = found.length ? say("shown", { count: found.length.toLocaleString("en-US"), shown }) : words.none;
  };
  const sorted = (numbers) => {
    if (order === null) return numbers;
    const sign = down ? -1 : 1;
    const empty = (value) => value === null || value === "";
    return numbers.sort((a, b) => {
      const x = rows[a][order], y = rows[b][order];
      if (empty(x) || empty(y)) return empty(x) - empty(y) || a - b;
      return sign * (order === NAME ? compareText(x, y) : x < y ? -1 : x > y ? 1 : 0) || a - b;
    });
  };
  const search = () => {
    const wanted = query.value.trim().split(/\s+/).map(plain).filter(Boolean);
    const year = when.value ? Number(when.value) : null;
    const hits = [];
    for (let i = 0; i < rows.length; i += 1) {
      if (year !== null && rows[i][YEAR] !== year) continue;
      const text = rows[i].text;
      if (wanted.every((word) => text.includes(word))) hits.push(i);
    }
    found = sorted(hits);
    shown = 0;
    body.replaceChildren();
    extend();
  };
  yusuan.search = (text) => { query.value = text; const start = performance.now(); search(); return [performance.now() - start, found.length]; };
  const start = () => Promise.all(Array.from({ length: shards }, (_, i) => load("data/search-" + i + ".js"))).then(() => {
    rows = parts.flat();
    for (const row of rows) row.text = [row[NAME], row[CODE], row[PARENT]].map(plain).join("\n");
    ready = true;
    document.getElementById("find").hidden = false;
    found = rows.map((_, i) => i);
    shown = Math.min(body.rows.length, rows.length);
    for (const row of body.rows) row.cells[0].replaceChildren(box(Number(row.dataset.row)));
    more.hidden = shown >= found.length;
    told.textContent = say("shown", { count: found.length.toLocaleString("en-US"), shown });
    for (const head of table.querySelectorAll("th[data-sort]")) {
      const button = make("button", { type: "button" }, head.textContent);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const column = Number(head.dataset.sort);
        if (order === column) down = !down;
        else { order = column; down = column === TOTAL || column === TRAVEL || column === YEAR; }
        for (const other of table.querySelectorAll("th[data-sort]")) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        search();
      });
    }
    document.documentElement.dataset.ready = "search";
    restore();
  }, () => { told.textContent = words.failed; });

  /* Comparison. */
  const area = document.getElementById("compare"), inside = document.getElementById("compared");
  const id = (row) => row[CODE] + "." + (row[YEAR] || "") + "." + row[HREF];
  const compare = () => {
    const numbers = [...picked];
    return Promise.all([...new Set(numbers.map((n) => Math.floor(n / shard)))].map((n) => load("data/splits-" + n + ".js"))).then(() => {
      const own = numbers.map((n) => splits[Math.floor(n / shard)][n % shard]);
      const made = make("table", { class: "plain compared" }, make("caption", { class: "unseen" }, document.getElementById("compare-h").textContent));
      made.append(make("thead", null, make("tr", null, make("th", { scope: "col" }, words.item), ...numbers.map((n) => make("th", { scope: "col", class: "amount", lang: "zh-CN" }, rows[n][NAME], make("small", null, String(rows[n][YEAR] || "")))))));
      const add = (part, name, amounts, most, zh) => {
        part.append(make("tr", null, make("th", { scope: "row", lang: zh ? "zh-CN" : null }, name), ...amounts.map((fen) => make("td", { class: "amount" }, money(fen) || "—", most > 0 && fen ? bar(100 * fen / most) : null))));
      };
      const whole = make("tbody"), totals = numbers.map((n) => rows[n][TOTAL]);
      add(whole, words.total, totals, Math.max(...totals.map((fen) => fen || 0)), false);
      made.append(whole);
      ["sources", "functions", "classes", "travel"].forEach((key, i) => {
        const sums = new Map();
        for (const each of own) for (const [name, fen] of Object.entries(each[i])) sums.set(name, Math.max(sums.get(name) || 0, fen));
        if (!sums.size) return;
        const part = make("tbody", null, make("tr", { class: "band" }, make("th", { scope: "rowgroup", colspan: numbers.length + 1 }, words[key])));
        const most = Math.max(...sums.values());
        for (const [name] of [...sums].sort((a, b) => b[1] - a[1])) add(part, name, own.map((each) => (Object.hasOwn(each[i], name) ? each[i][name] : null)), most, true);
        made.append(part);
      });
      inside.replaceChildren(made);
      area.hidden = false;
      tray.hidden = true;
      history.replaceState(null, "", "#compare=" + numbers.map((n) => encodeURIComponent(id(rows[n]))).join(","));
    }, () => { told.textContent = words.failed; });
  };
  const restore = () => {
    if (!location.hash.startsWith("#compare=")) return;
    const wanted = location.hash.slice(9).split(",").slice(0, MOST).map((text) => { try { return decodeURIComponent(text); } catch { return ""; } });
    rows.forEach((row, i) => { if (wanted.includes(id(row))) picked.add(i); });
    tell();
    if (picked.size) compare();
  };
  body.addEventListener("change", (event) => {
    if (!event.target.matches(".pick input")) return;
    const number = Number(event.target.value);
    if (event.target.checked) picked.add(number); else picked.delete(number);
    tell();
  });
  document.getElementById("tray-go").addEventListener("click", () => compare().then(() => { area.scrollIntoView(); area.focus({ preventScroll: true }); }));
  document.getElementById("clear").addEventListener("click", () => {
    picked.clear();
    area.hidden = true;
    history.replaceState(null, "", location.pathname + location.search);
    tell();
    query.focus();
  });
  more.addEventListener("click", extend);
  let timer = 0;
  query.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => ready && search(), 50); });
  when.addEventListener("change", search);
  document.getElementById("find").addEventListener("submit", (event) => event.preventDefault());
  if (document.readyState === "complete") start(); else addEventListener("load", start, { once: true });
})();
