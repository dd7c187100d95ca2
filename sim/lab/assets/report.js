// The report's plots: uPlot with one legend, one cursor and one zoom for all. Data is what the run wrote into #data.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
  const full = (v) => {
    if (v === null || v === undefined) return "–";
    const size = Math.abs(v);
    const digits = size >= 1000 ? 0 : size >= 1 ? 2 : 5;
    return v.toLocaleString("en", { maximumFractionDigits: digits });
  };
  const times = data.steps.map((s) => data.start_ts + s * data.step_secs);
  const day = (ts) => new Date(ts * 1000).toISOString().slice(0, 16).replace("T", " ") + " UTC";

  // ------------------------------------------------------------------------------------------------------------ theme
  const stored = () => { try { return localStorage.getItem("mintage-theme"); } catch { return null; } };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const applyTheme = (t) => root.setAttribute("data-theme", t);
  applyTheme(stored() || (dark.matches ? "dark" : "light"));
  document.getElementById("theme").addEventListener("click", () => {
    const next = root.getAttribute("data-theme") === "dark" ? "light" : "dark";
    try { localStorage.setItem("mintage-theme", next); } catch { /* a file opened from disk may not store */ }
    applyTheme(next);
    drawAll();
  });
  dark.addEventListener("change", (e) => { if (!stored()) { applyTheme(e.matches ? "dark" : "light"); drawAll(); } });

  // ------------------------------------------------------------------------------------------------------------ plots
  const first = times[0], last = times[times.length - 1];
  let window_ = { min: first, max: last };
  let moving = false;
  const views = [];

  const zoomAll = (min, max) => {
    if (moving) return;
    moving = true;
    window_ = { min, max };
    for (const v of views) v.plot.setScale("x", window_);
    moving = false;
    markRanges();
  };

  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes || {})) node.setAttribute(k, v);
    node.append(...children);
    return node;
  };

  for (const chart of data.charts) {
    const when = el("span", { class: "when" });
    const legend = el("div", { class: "legend" });
    const box = el("div", { class: "plot" });
    const card = el("article", { class: "card" }, when, el("h2", {}, chart.title), el("p", { class: "note" }, chart.note), legend, box);
    document.getElementById("charts").append(card);
    const view = { chart, when, legend, box, plot: null, shown: chart.series.map((s) => !s.hidden), values: [] };
    chart.series.forEach((s, i) => {
      const value = el("span", { class: "v" });
      const button = el("button", { class: "name", type: "button", "aria-pressed": String(view.shown[i]), style: `--c: var(--c${s.color})` },
        el("i", s.dash ? { class: "dash" } : {}), el("span", {}, s.label), value);
      button.addEventListener("click", () => {
        view.shown[i] = !view.shown[i];
        button.setAttribute("aria-pressed", String(view.shown[i]));
        view.plot.setSeries(i + 1, { show: view.shown[i] });
      });
      legend.append(button);
      view.values.push(value);
    });
    views.push(view);
  }

  const showValues = (view, index) => {
    const at = index === null || index === undefined ? times.length - 1 : index;
    view.when.textContent = index === null || index === undefined ? "" : day(times[at]);
    view.chart.series.forEach((s, i) => {
      const unit = s.unit ? " " + s.unit : "";
      view.values[i].textContent = full(s.values[at]) + unit;
    });
  };

  const draw = (view) => {
    if (view.plot) view.plot.destroy();
    const { chart } = view;
    const axis = { stroke: css("--soft"), grid: { stroke: css("--grid"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const twoSides = chart.series.some((s) => s.right);
    const options = {
      width: Math.max(240, view.box.clientWidth),
      height: view.box.clientWidth < 480 ? 210 : 250,
      legend: { show: false },
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), "Etc/UTC"),
      cursor: { sync: { key: "run", setSeries: false }, drag: { x: true, y: false, dist: 4 }, points: { size: 7 }, y: false },
      scales: { x: { time: true }, y: { range: rangeOf(chart.zero) }, r: { range: rangeOf(chart.zero_right) } },
      axes: [
        { ...axis, space: 70 },
        { ...axis, scale: "y", size: 58, values: (_, ticks) => ticks.map((t) => compact.format(t)) },
        ...(twoSides ? [{ ...axis, scale: "r", side: 1, size: 52, grid: { show: false }, values: (_, ticks) => ticks.map((t) => compact.format(t)) }] : []),
      ],
      series: [{}, ...chart.series.map((s, i) => {
        const color = css(`--c${s.color}`);
        return {
          label: s.label, scale: s.right ? "r" : "y", stroke: color, width: s.thin ? 1.1 : 1.7, show: view.shown[i],
          dash: s.dash ? [5, 4] : undefined, points: { show: false },
          fill: s.fill ? color + "22" : undefined,
          paths: s.stepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
        };
      })],
      hooks: {
        setCursor: [(u) => showValues(view, u.cursor.idx)],
        setScale: [(u, key) => { if (key === "x" && !moving && u.scales.x.min !== null) zoomAll(u.scales.x.min, u.scales.x.max); }],
      },
    };
    moving = true;
    view.plot = new uPlot(options, [times, ...chart.series.map((s) => s.values)], view.box);
    view.plot.setScale("x", window_);
    moving = false;
    showValues(view, null);
  };

  function rangeOf(zero) {
    return (_, min, max) => {
      if (min === null || max === null) return [0, 1];
      const room = (max - min || Math.abs(max) || 1) * 0.06;
      return [zero && min >= 0 ? 0 : min - room, max + room];
    };
  }

  const drawAll = () => views.forEach(draw);

  // ----------------------------------------------------------------------------------------------------------- ranges
  const ranges = document.getElementById("ranges");
  const presets = [["All", null], ["90 d", 90], ["30 d", 30], ["7 d", 7]].filter(([, d]) => d === null || d * 86400 < last - first);
  const buttons = presets.map(([label, days]) => {
    const button = el("button", { type: "button", class: "quiet" }, days === null ? label : "last " + label);
    button.addEventListener("click", () => zoomAll(days === null ? first : last - days * 86400, last));
    button.dataset.from = days === null ? first : last - days * 86400;
    ranges.append(button);
    return button;
  });
  function markRanges() {
    for (const b of buttons) {
      const on = Math.abs(window_.min - Number(b.dataset.from)) < data.step_secs && Math.abs(window_.max - last) < data.step_secs;
      b.setAttribute("aria-pressed", String(on));
    }
  }

  // -------------------------------------------------------------------------------------------------------------- gas
  const columns = [
    ["method", "Method", false], [null, "Least to most", false], ["mean_gas", "Mean", true], ["count", "Calls", true],
    ["failed", "Failed", true], ["min_gas", "Least", true], ["max_gas", "Most", true], ["total_gas", "Share of gas", true],
  ];
  const gasTable = (table, uses) => {
    const rows = uses.map((g) => ({ ...g, method: g.contract + "." + g.method }));
    const most = Math.max(1, ...rows.map((r) => r.max_gas));
    const all = Math.max(1, rows.reduce((sum, r) => sum + r.total_gas, 0));
    let sort = { key: "total_gas", down: true };
    const number = (v) => el("td", { class: "n" }, v.toLocaleString("en"));
    const row = (r) => {
      const at = (gas) => `${(100 * gas) / most}%`;
      const range = el("div", { class: "range", title: `${full(r.min_gas)} to ${full(r.max_gas)}, mean ${full(r.mean_gas)}` },
        el("i", { style: `left:${at(r.min_gas)};width:${at(r.max_gas - r.min_gas)}` }), el("b", { style: `left:${at(r.mean_gas)}` }));
      return el("tr", {}, el("td", { class: "mono" }, r.method), el("td", { style: "width:28%" }, range), number(r.mean_gas), number(r.count),
        number(r.failed), number(r.min_gas), number(r.max_gas), el("td", { class: "n" }, ((100 * r.total_gas) / all).toFixed(1) + " %"));
    };
    const header = ([key, label, isNumber]) => {
      const th = el("th", isNumber ? { class: "n" } : {}, label);
      if (!key) return th;
      th.tabIndex = 0;
      if (sort.key === key) th.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      const resort = () => { sort = { key, down: sort.key === key ? !sort.down : key !== "method" }; show(); };
      th.addEventListener("click", resort);
      th.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); resort(); } });
      return th;
    };
    const show = () => {
      rows.sort((a, b) => (a[sort.key] < b[sort.key] ? -1 : a[sort.key] > b[sort.key] ? 1 : 0) * (sort.down ? -1 : 1));
      table.replaceChildren(el("thead", {}, el("tr", {}, ...columns.map(header))), el("tbody", {}, ...rows.map(row)));
    };
    show();
  };

  gasTable(document.getElementById("gas"), data.gas);
  gasTable(document.getElementById("gas-set-up"), data.gas_of_set_up);
  drawAll();
  markRanges();
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    for (const v of views) v.plot.setSize({ width: Math.max(240, v.box.clientWidth), height: v.box.clientWidth < 480 ? 210 : 250 });
  });
})();
