"use strict";
(() => {
  let kept = null;
  try { kept = localStorage.getItem("yusuan-theme"); } catch { /* storage may be closed */ }
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
