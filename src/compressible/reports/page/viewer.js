// Two versions of a picture on either side of a split that is dragged; zoom by fingers, keys, wheel and slider.
"use strict";
(() => {
  const HIGHEST = 8;
  /** Pixels from the split at which it is still what is meant. */
  const NEAR = 28;
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

  function start(viewer) {
    const stage = viewer.querySelector(".stage");
    const layers = [...viewer.querySelectorAll(".layer")];
    const splitter = viewer.querySelector("[data-split]");
    const zoomer = viewer.querySelector("[data-zoom]");
    const view = { split: 50, zoom: 1, x: 0, y: 0 };
    const fingers = new Map();
    let moves = "split";

    function show() {
      view.split = clamp(view.split, 0, 100);
      view.x = clamp(view.x, 1 - view.zoom, 0);
      view.y = clamp(view.y, 1 - view.zoom, 0);
      stage.style.setProperty("--split", `${view.split}%`);
      stage.style.setProperty("--zoom", view.zoom);
      stage.style.setProperty("--x", `${100 * view.x}%`);
      stage.style.setProperty("--y", `${100 * view.y}%`);
      stage.classList.toggle("enlarged", view.zoom > 1);
      splitter.value = view.split;
      zoomer.value = view.zoom;
    }

    /** Enlarge around a point of the stage, by default its middle. */
    function zoom(to, { x, y } = { x: 0.5, y: 0.5 }) {
      const before = view.zoom;
      view.zoom = clamp(to, 1, HIGHEST);
      view.x = x - ((x - view.x) * view.zoom) / before;
      view.y = y - ((y - view.y) * view.zoom) / before;
      show();
    }

    /** Where an event is, as shares of the stage. */
    function within(event) {
      const box = stage.getBoundingClientRect();
      return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    }

    function pinch(before, after) {
      const span = ([a, b]) => Math.hypot((a.x - b.x) * stage.clientWidth, (a.y - b.y) * stage.clientHeight);
      const middle = ([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
      const [from, to] = [middle(before), middle(after)];
      Object.assign(view, { x: view.x + to.x - from.x, y: view.y + to.y - from.y });
      zoom((view.zoom * span(after)) / Math.max(span(before), 1), to);
    }

    stage.addEventListener("pointerdown", (event) => {
      const at = within(event);
      const near = Math.abs(at.x - view.split / 100) * stage.clientWidth < NEAR;
      moves = view.zoom === 1 || near ? "split" : "picture";
      fingers.set(event.pointerId, at);
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return;
      const before = [...fingers.values()];
      const last = fingers.get(event.pointerId);
      const at = within(event);
      fingers.set(event.pointerId, at);
      if (fingers.size === 2) return pinch(before, [...fingers.values()]);
      if (moves === "split") view.split = 100 * at.x;
      else Object.assign(view, { x: view.x + at.x - last.x, y: view.y + at.y - last.y });
      show();
    });
    for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => fingers.delete(event.pointerId));
    stage.addEventListener("dblclick", (event) => {
      zoom(view.zoom > 1 ? 1 : 4, within(event));
    });
    stage.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(view.zoom * Math.exp(-event.deltaY / 200), within(event));
    }, { passive: false });
    stage.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (step && view.zoom > 1) Object.assign(view, { x: view.x - 0.1 * step[0], y: view.y - 0.1 * step[1] });
      else if (step?.[0]) view.split += 2 * step[0];
      else if (event.key === "+" || event.key === "=") return zoom(view.zoom * 1.5);
      else if (event.key === "-") return zoom(view.zoom / 1.5);
      else if (event.key === "0") return zoom(1);
      else return;
      event.preventDefault();
      show();
    });
    splitter.addEventListener("input", () => { view.split = Number(splitter.value); show(); });
    zoomer.addEventListener("input", () => zoom(Number(zoomer.value)));
    for (const side of viewer.querySelectorAll("[data-side]")) {
      const choose = () => layers.forEach((layer, i) => layer.classList.toggle(side.dataset.side, i === side.selectedIndex));
      side.addEventListener("change", choose);
      choose();
    }
    show();
  }

  document.querySelectorAll(".viewer").forEach(start);
})();
