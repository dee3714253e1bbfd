"use strict";
/* What all pages share: theme, words, files loaded when they are needed (by script element, as a disk allows no fetch). */
globalThis.yusuan = (() => {
  const root = document.documentElement;
  root.classList.add("scripted-on");
  const words = JSON.parse(document.getElementById("words").textContent);
  const say = (key, values) => (words[key] || key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const system = matchMedia("(prefers-color-scheme: dark)");
  const watchers = [];
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("yusuan-theme", root.dataset.theme); } catch { /* storage may be closed */ }
    for (const told of watchers) told();
  });
  system.addEventListener("change", () => { for (const told of watchers) told(); });
  const files = new Map();
  const load = (src) => {
    if (!files.has(src)) files.set(src, new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = src;
      script.onload = done;
      script.onerror = () => { files.delete(src); failed(new Error(src)); };
      document.head.append(script);
    }));
    return files.get(src);
  };
  const make = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) made.setAttribute(name, value);
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  };
  const bar = (share) => {
    const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "bar"); svg.setAttribute("viewBox", "0 0 100 4"); svg.setAttribute("preserveAspectRatio", "none"); svg.setAttribute("aria-hidden", "true");
    for (const [name, width] of [["rail", 100], ["fill", Math.max(0, share)]]) {
      const rect = document.createElementNS(space, "rect");
      rect.setAttribute("class", name); rect.setAttribute("width", width); rect.setAttribute("height", 4);
      svg.append(rect);
    }
    return svg;
  };
  const plain = (text) => text.normalize("NFKC").replace(/[\s,，]+/g, "").toLowerCase();
  const lang = root.dataset.lang;
  const page = (stem) => stem + (lang === "zh" ? ".html" : "." + lang + ".html");
  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
  /* A table that is wider than its frame fades where it goes on. */
  const edges = (frame) => {
    const rest = frame.scrollWidth - frame.clientWidth - Math.abs(frame.scrollLeft);
    frame.classList.toggle("more", rest > 2);
    if (frame.scrollWidth - frame.clientWidth > 2) frame.closest("article")?.classList.add("wider");
  };
  const sizes = new ResizeObserver((all) => all.forEach(({ target }) => edges(target)));
  for (const frame of document.querySelectorAll(".scroll")) {
    sizes.observe(frame);
    frame.addEventListener("scroll", () => edges(frame), { passive: true });
  }
  /* Paper shows everything that a screen folds away. */
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open], .digests)")];
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of opened) each.open = false; });
  return { root, say, words, dark, watchers, load, make, bar, plain, page, lang, up: root.dataset.up };
})();
