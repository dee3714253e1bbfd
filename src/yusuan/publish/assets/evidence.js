"use strict";
(() => {
  const entries = [...document.querySelectorAll(".entry")];
  const form = document.querySelector("form.filter");
  const lines = new Map([...document.querySelectorAll("#index li")].map((line) => [line.dataset.for, line]));

  /* A wide picture starts where its first frame is. */
  const aim = (box) => {
    if (box.dataset.at && box.scrollWidth > box.clientWidth + 4)
      box.scrollLeft = box.dataset.at * box.scrollWidth - box.clientWidth / 2;
  };
  if ("IntersectionObserver" in window) {
    /* What is far from the window has no layout yet: aimed at again once it is drawn. */
    const seen = new IntersectionObserver((found) => {
      for (const { isIntersecting, target } of found) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        aim(target);
        requestAnimationFrame(() => requestAnimationFrame(() => { if (!target.scrollLeft) aim(target); }));
      }
    });
    for (const box of document.querySelectorAll(".scroller[data-at]")) seen.observe(box);
    const read = new IntersectionObserver((found) => {
      for (const each of found) {
        const line = lines.get(each.target.id);
        if (!each.isIntersecting || !line) continue;
        for (const other of lines.values()) other.removeAttribute("aria-current");
        line.setAttribute("aria-current", "true");
        const list = line.closest("nav");
        const own = line.getBoundingClientRect(), frame = list.getBoundingClientRect();
        if (list.scrollHeight > list.clientHeight && !list.matches(":hover, :focus-within") && (own.top < frame.top || own.bottom > frame.bottom))
          list.scrollTop += own.top - frame.top - frame.height / 2;
      }
    }, { rootMargin: "-15% 0px -75% 0px" });
    for (const entry of entries) read.observe(entry);
  }
  if (!form) return;

  /* Filter by severity, table and words. */
  form.hidden = false;
  const words = document.getElementById("words"), table = document.getElementById("table"), shown = document.getElementById("shown");
  const plain = (text) => text.normalize("NFKC").replace(/[\s,]+/g, "").toLowerCase();
  let texts = null;
  const filter = () => {
    const kinds = new Set([...form.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.value));
    const wanted = plain(words.value);
    if (wanted && !texts) texts = new Map(entries.map((entry) => [entry, plain(entry.textContent)]));
    let count = 0;
    for (const entry of entries) {
      const kept = kinds.has(entry.dataset.severity) && (table.value === "*" || table.value === entry.dataset.table) &&
        (!wanted || texts.get(entry).includes(wanted));
      entry.hidden = !kept;
      const line = lines.get(entry.id);
      if (line) line.hidden = !kept;
      count += kept;
    }
    shown.textContent = shown.dataset.words.replace("{shown}", count).replace("{all}", entries.length);
  };
  let timer = 0;
  words.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
  filter();

  /* On paper everything is unfolded except whole pages. */
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not(.whole):not([open])")];
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => { for (const part of opened) part.open = false; });
})();
