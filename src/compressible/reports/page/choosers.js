// A select shows one of its panels; a link to something folded unfolds it.
"use strict";
(() => {
  for (const select of document.querySelectorAll("[data-chooser]")) {
    const panels = document.querySelectorAll(`[data-panel="${select.dataset.chooser}"]`);
    const show = () => panels.forEach((panel, i) => { panel.hidden = i !== select.selectedIndex; });
    select.addEventListener("change", show);
    show();
  }
  const unfold = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", unfold);
  unfold();
})();
