// Draws each chart when it comes into view, in the colours of the page; reads points out, under a pointer or by keys.
"use strict";
(() => {
  const COLOURS = 10;
  /** Pixels, about. */
  const LETTER = 7;
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
    const color = variable(`--series-${trace.meta.colour % COLOURS}`);
    const name = legendName(trace.meta.name, width);
    return { ...trace, name, line: { ...trace.line, color }, marker: { ...trace.marker, color } };
  }

  function layout(figure, width) {
    const ink = variable("--ink");
    const line = variable("--line");
    const axis = (own) => ({ ...own, gridcolor: line, zerolinecolor: line, linecolor: line, fixedrange: touch });
    const longest = Math.max(...figure.data.map((trace) => trace.meta.name.length));
    const columns = Math.max(1, Math.floor(width / (50 + LETTER * longest)));
    const below = 60 + 20 * Math.ceil(figure.data.length / columns);
    return {
      ...figure.layout,
      width,
      height: (width > 700 ? 380 : 270) + below,
      xaxis: axis(figure.layout.xaxis),
      yaxis: { ...axis(figure.layout.yaxis), automargin: true },
      margin: { l: 50, r: 12, t: 12, b: below },
      legend: { orientation: "h", xref: "container", x: 0, yref: "container", y: 0, yanchor: "bottom" },
      paper_bgcolor: "transparent",
      plot_bgcolor: "transparent",
      font: { color: ink, family: "system-ui, sans-serif", size: 12 },
      hoverlabel: { bgcolor: variable("--card"), bordercolor: variable("--quiet"), font: { color: ink }, align: "left" },
      // A finger that scrolls past must not zoom.
      dragmode: touch ? false : "zoom",
    };
  }

  function draw(canvas, figure) {
    const config = { displaylogo: false, displayModeBar: false };
    const width = canvas.clientWidth;
    Plotly.react(canvas, figure.data.map((trace) => dressed(trace, width)), layout(figure, width), config);
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
    draw(canvas, figure);
    drawn.add(() => draw(canvas, figure));
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
    let width = canvas.clientWidth;
    new ResizeObserver(() => {
      if (canvas.clientWidth && canvas.clientWidth !== width) {
        width = canvas.clientWidth;
        draw(canvas, figure);
      }
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
