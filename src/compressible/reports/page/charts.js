// Draws each chart when it comes into view, in the colours of the page; reads points out, under a pointer or by keys.
"use strict";
(() => {
  /** Pixels, about. */
  const LETTER = 7;
  /** Pixels for the marks and the title of the horizontal axis. */
  const AXIS = 54;
  const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  const touch = matchMedia("(pointer: coarse)").matches;
  const drawn = new Set();

  const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** Names end in what tells them apart, and Plotly reads a little HTML in them. */
  function legendName(name, width) {
    const room = Math.max(12, Math.floor((width - 60) / LETTER));
    const short = name.length > room ? `…${name.slice(1 - room)}` : name;
    return short.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  }

  function dressed(trace, width) {
    const color = variable(`--series-${trace.meta.colour}`);
    const name = legendName(trace.meta.name, width);
    return { ...trace, name, line: { ...trace.line, color }, marker: { ...trace.marker, color } };
  }

  function layout(figure, width, legend) {
    const ink = variable("--ink");
    const line = variable("--line");
    const axis = (own) => ({ ...own, gridcolor: line, zerolinecolor: line, linecolor: line, fixedrange: touch });
    const below = AXIS + legend;
    return {
      ...figure.layout,
      width,
      height: (width > 700 ? 380 : 270) + below,
      xaxis: axis(figure.layout.xaxis),
      yaxis: { ...axis(figure.layout.yaxis), automargin: true },
      margin: { l: 50, r: 12, t: 12, b: below },
      // All of it, however long: what does not fit would scroll.
      legend: { orientation: "h", xref: "container", x: 0, yref: "container", y: 0, yanchor: "bottom", maxheight: 1e4 },
      // What was put away or enlarged stays so.
      uirevision: "same",
      paper_bgcolor: "transparent",
      plot_bgcolor: "transparent",
      font: { color: ink, family: "system-ui, sans-serif", size: 12 },
      hoverlabel: { bgcolor: variable("--card"), bordercolor: variable("--quiet"), font: { color: ink }, align: "left" },
      // A finger that scrolls past must not zoom.
      dragmode: touch ? false : "zoom",
    };
  }

  /** Twice, since how many rows the legend takes Plotly alone knows. */
  async function draw(canvas, figure, width) {
    const config = { displaylogo: false, displayModeBar: false };
    const traces = figure.data.map((trace) => dressed(trace, width));
    const drawWith = (legend) => Plotly.react(canvas, traces, layout(figure, width, legend), config);
    await drawWith(0);
    await drawWith(canvas.querySelector(".legend .bg").getBBox().height);
  }

  function read(figure, output, curve, index) {
    const trace = figure.data[curve];
    const [x, y] = figure.axes;
    const plain = [trace.meta.name, `${x} ${trace.x[index]}`, `${y} ${Number(trace.y[index].toPrecision(5))}`];
    output.textContent = (trace.customdata ? trace.customdata[index] : plain).join(" · ");
    const run = trace.meta.runs[index];
    if (run) {
      const link = document.createElement("a");
      link.href = `#${run}`;
      link.textContent = "configuration";
      output.append(" · ", link);
    }
  }

  /** To another point; lines that the legend has put away are passed over. */
  function move(canvas, at, [curves, points]) {
    const shown = canvas.data.flatMap((trace, i) => (trace.visible === "legendonly" ? [] : [i]));
    if (!shown.length) return false;
    const place = Math.max(0, shown.indexOf(at.curve));
    at.curve = shown[(place + curves + shown.length) % shown.length];
    at.index = Math.min(Math.max(at.index + points, 0), canvas.data[at.curve].x.length - 1);
    Plotly.Fx.hover(canvas, [{ curveNumber: at.curve, pointNumber: at.index }]);
    return true;
  }

  function start(chart) {
    const canvas = chart.querySelector(".canvas");
    const output = chart.querySelector(".readout");
    const figure = JSON.parse(chart.querySelector("script").textContent);
    const at = { curve: 0, index: -1 };
    let width = 0;
    /** What is hidden has no width, and is drawn once it has. */
    const again = () => {
      width = canvas.clientWidth;
      if (width) draw(canvas, figure, width);
    };
    again();
    drawn.add(again);
    // A tap is a click without a hover.
    for (const name of ["plotly_hover", "plotly_click"]) {
      canvas.on(name, ({ points: [point] }) => {
        Object.assign(at, { curve: point.curveNumber, index: point.pointNumber });
        read(figure, output, at.curve, at.index);
      });
    }
    canvas.addEventListener("keydown", (event) => {
      if (!(event.key in STEPS)) return;
      event.preventDefault();
      if (move(canvas, at, STEPS[event.key])) read(figure, output, at.curve, at.index);
    });
    new ResizeObserver(() => {
      if (canvas.clientWidth !== width) again();
    }).observe(canvas);
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      seen.unobserve(entry.target);
      start(entry.target);
    }
  }, { rootMargin: "300px" });
  for (const chart of document.querySelectorAll(".chart")) seen.observe(chart);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawn.forEach((again) => again()));
})();
