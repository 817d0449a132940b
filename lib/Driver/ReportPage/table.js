"use strict";
// The summary and the table of layers. `report` is what --report=FILE.json holds.
const report = JSON.parse(document.getElementById("report").textContent);

/** An element with a class, children (elements or text) and attributes. */
function element(tag, className, children = [], attributes = {}) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...[children].flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** 12345678 as "12.3 M": three digits and a prefix for thousands. */
function short(value, unit = "") {
  if (value === null || value === undefined) return "-";
  const prefixes = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
  for (const [size, prefix] of prefixes)
    if (Math.abs(value) >= size) return `${(value / size).toPrecision(3)} ${prefix}${unit}`;
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toPrecision(3)} ${unit}`.trim();
}

/** The end of a long name: names of nodes begin alike. */
const ending = (text, most) => (text.length > most ? `…${text.slice(1 - most)}` : text);
const nameOf = (layer) => layer.name || layer.op;
const bytes = (value) => short(value, "B");
const joules = (picojoules) => (picojoules >= 1e9 ? `${(picojoules / 1e9).toPrecision(3)} mJ`
                                                  : `${(picojoules / 1e6).toPrecision(3)} µJ`);
const microseconds = (value) => (value === null ? "-" : value >= 1000 ? `${(value / 1000).toPrecision(3)} ms`
                                                                      : `${value.toPrecision(3)} µs`);
const energyOf = (layer) => layer.energy_pj.arithmetic + layer.energy_pj.cache + layer.energy_pj.memory;
const sum = (field) => report.layers.reduce((total, layer) => total + (layer[field] || 0), 0);
const hasTimes = report.layers.some((layer) => layer.predicted_us !== null);
const hasMeasured = report.layers.some((layer) => layer.measured_us !== null);
const shapeOf = (tensor) => tensor.extents.map((extent) => (extent < 0 ? "?" : extent)).join("x") + "x" + tensor.type;

function summarize() {
  document.getElementById("subtitle").textContent =
    `${report.input} for ${report.target}: ` +
    `${report.inputs.map((t) => `${t.name} ${shapeOf(t)}`).join(", ")} → ` +
    `${report.outputs.map((t) => `${t.name} ${shapeOf(t)}`).join(", ")}`;
  const packed = Object.values(report.packed_bytes);
  const perBatch = report.arena_bytes_per_batch ? ` + ${bytes(report.arena_bytes_per_batch)} a sample` : "";
  const cards = [
    ["Layers", report.layers.length, `${new Set(report.layers.map((l) => l.op)).size} kinds of operations`],
    ["Multiply-accumulates", short(report.macs), "of a direct computation"],
    ["Weights", bytes(report.weight_bytes), packed.length ? `${packed.map(bytes).join(", ")} as packed` : ""],
    ["Working memory", bytes(report.arena_bytes) + perBatch, `no plan can take less than ${bytes(report.arena_lower_bound)}`],
    ["Predicted", hasTimes ? microseconds(sum("predicted_us")) : `${short(sum("predicted_cycles"))} cycles`,
      hasTimes ? `one core at ${report.clock_ghz.toPrecision(3)} GHz` : "of one core"],
    ...(hasMeasured ? [["Measured", microseconds(sum("measured_us")), report.measured_by || "layers by themselves"]] : []),
    ["Energy, estimated", joules(report.energy.total_pj), "45 nm table, see below"],
    ["Compiled in", `${report.steps.reduce((total, step) => total + step.seconds, 0).toPrecision(3)} s`,
      `${report.steps.length} steps`],
  ];
  document.getElementById("summary").append(...cards.map(([name, value, note]) =>
    element("div", "", [element("dt", "", name), element("dd", "", [String(value), element("small", "", note)])])));
}

const COLUMNS = [
  { title: "Layer", value: (layer, index) => index, cell: nameOf },
  { title: "Operation", value: (layer) => layer.op },
  { title: "Result", value: (layer) => layer.shape },
  { title: "Algorithm", value: (layer) => layer.algorithm },
  { title: "MACs", number: true, value: (layer) => layer.macs, cell: (layer) => (layer.macs ? short(layer.macs) : "") },
  { title: "Bytes", number: true, value: (layer) => layer.bytes, cell: (layer) => bytes(layer.bytes) },
  { title: "Weights", number: true, value: (layer) => layer.weight_bytes,
    cell: (layer) => (layer.weight_bytes ? bytes(layer.weight_bytes) : "") },
  { title: "Predicted", number: true, value: (layer) => layer.predicted_cycles || 0,
    cell: (layer) => (hasTimes ? microseconds(layer.predicted_us) : `${short(layer.predicted_cycles)} cycles`) },
  ...(hasMeasured ? [{ title: "Measured", number: true, value: (layer) => layer.measured_us || 0,
    cell: (layer) => microseconds(layer.measured_us) }] : []),
  { title: "Energy", number: true, value: energyOf, cell: (layer) => joules(energyOf(layer)) },
];

/** One line of what else there was for a layer. */
function describeCandidate(candidate) {
  const clock = report.clock_ghz;
  if (candidate.obstacle) return element("li", "illegal", `${candidate.name}: not legal, ${candidate.obstacle}`);
  const parts = [];
  if (candidate.cycles) parts.push(clock ? `${microseconds(candidate.cycles / clock / 1e3)} predicted` : `${short(candidate.cycles)} cycles predicted`);
  if (candidate.measured_us) parts.push(`${microseconds(candidate.measured_us)} measured`);
  return element("li", candidate.chosen ? "chosen" : "", `${candidate.name}: ${parts.join(", ")}`);
}

function makeDetails(layer) {
  const basis = layer.predicted_by === "model" ? "by the model of its algorithm"
                                               : "the least that arithmetic and memory allow (roofline)";
  const lines = [
    element("div", "", `${nameOf(layer)}: ${layer.inputs} → ${layer.shape}`),
    element("div", "", layer.why ? `Why ${layer.algorithm}: ${layer.why}.` : "There is one way to compute it."),
    element("div", "", `Predicted ${basis}.`),
  ];
  if (layer.candidates.length)
    lines.push(element("ul", "", layer.candidates.map((candidate) => describeCandidate(candidate))));
  return element("tr", "details", element("td", "", element("div", "inner", lines), { colspan: COLUMNS.length }));
}

function makeRow(layer, index) {
  const cells = COLUMNS.map((column, position) => {
    const text = String((column.cell || column.value)(layer, index));
    if (position > 0) return element("td", column.number ? "number" : "", text);
    const button = element("button", "", ending(text, 30), { type: "button", "aria-expanded": "false", title: text });
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      if (open) row.nextSibling.remove();
      else row.after(makeDetails(layer));
    });
    return element("td", "name", button);
  });
  const row = element("tr", "", cells);
  row.dataset.search = `${layer.name} ${layer.op} ${layer.algorithm}`.toLowerCase();
  return row;
}

function fillTable() {
  const table = document.getElementById("layers"), filter = document.getElementById("filter");
  const head = element("tr"), body = element("tbody");
  const layers = report.layers.map((layer, index) => ({ layer, index, row: makeRow(layer, index) }));
  const show = () => {
    const wanted = filter.value.toLowerCase();
    for (const button of body.querySelectorAll("button[aria-expanded=true]")) button.setAttribute("aria-expanded", "false");
    body.replaceChildren(...layers.map((entry) => entry.row).filter((row) => row.dataset.search.includes(wanted)));
  };
  for (const column of COLUMNS) {
    const button = element("button", "", column.title, { type: "button" });
    const cell = element("th", column.number ? "number" : "", button, { scope: "col" });
    button.addEventListener("click", () => {
      // Numbers are most wanted largest first.
      const first = column.number ? "descending" : "ascending", second = column.number ? "ascending" : "descending";
      const order = cell.getAttribute("aria-sort") === first ? second : first;
      for (const other of head.children) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      layers.sort((a, b) => {
        const x = column.value(a.layer, a.index), y = column.value(b.layer, b.index);
        return sign * (x < y ? -1 : x > y ? 1 : 0) || a.index - b.index;
      });
      show();
    });
    head.append(cell);
  }
  table.append(element("thead", "", head), body);
  filter.addEventListener("input", show);
  show();
}

summarize();
fillTable();
