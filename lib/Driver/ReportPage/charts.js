"use strict";
// Bars by layer, and the arena over time.

/** Bars: `rows` are [label, [values of a stack or of bars below one another], text]. */
function drawBars(id, rows, stacked) {
  const total = ([, values]) => (stacked ? values.reduce((a, b) => a + b, 0) : Math.max(...values));
  const most = Math.max(...rows.map(total), 1e-12);
  const kinds = ["bar", "bar second", "bar third"];
  document.getElementById(id).append(...rows.map(([label, values, text]) => {
    const bars = values.map((value, kind) => element("div", kinds[kind], [], { style: `width:${(100 * value) / most}%` }));
    const track = element("div", "track", stacked ? element("div", "stack", bars) : bars);
    return element("div", "row", [element("div", "label", ending(label, 34), { title: label }), track, element("div", "value", text)]);
  }));
}

/** The layers that matter for a figure, the largest first, and what the others add up to. */
function largest(figure, most = 25) {
  const all = report.layers.map((layer) => [layer, figure(layer)]).filter(([, value]) => value > 0);
  all.sort((a, b) => b[1] - a[1]);
  return { shown: all.slice(0, most), others: all.slice(most), sum: all.reduce((s, [, value]) => s + value, 0) };
}

const percent = (part, whole) => `${whole ? ((100 * part) / whole).toPrecision(2) : 0}%`;
const key = (kind, text) => [element("span", `key ${kind}`), text];
const setHint = (id, ...content) => document.getElementById(id).append(...content.flat(Infinity));
const others = (found) => (found.others.length
  ? ` The other ${found.others.length} take ${percent(found.others.reduce((s, [, v]) => s + v, 0), found.sum)}.` : "");

function drawTimes() {
  const predicted = (layer) => (hasTimes ? layer.predicted_us : layer.predicted_cycles) || 0;
  const found = largest((layer) => (hasMeasured ? layer.measured_us || 0 : predicted(layer)));
  const both = hasMeasured && hasTimes;
  const text = hasMeasured || hasTimes ? microseconds : (value) => `${short(value)} cycles`;
  setHint("time-hint", "The longest layers: ",
    both ? [key("", "measured"), key("second", "predicted")] : key("", hasMeasured ? "measured" : "predicted"),
    ` (${hasMeasured ? report.measured_by || "each by itself" : "one core"}).`, others(found));
  drawBars("times", found.shown.map(([layer, value]) =>
    [nameOf(layer), both ? [value, predicted(layer)] : [value], text(value)]), false);
}

function drawWeights() {
  const found = largest((layer) => layer.weight_bytes);
  setHint("weights-hint", found.shown.length ? `${bytes(found.sum)} as the network has them; the largest.` : "None.",
    others(found));
  drawBars("weights", found.shown.map(([layer, value]) =>
    [nameOf(layer), [value], `${bytes(value)}, ${percent(value, found.sum)}`]), false);
}

function drawEnergy() {
  const found = largest(energyOf);
  setHint("energy-hint", "An estimate:", key("", "arithmetic"), key("second", "activations in the cache"),
    key("third", "weights from memory"), ".", others(found));
  document.getElementById("energy-formula").textContent = report.energy.formula;
  document.getElementById("energy-source").textContent = `Source: ${report.energy.source}.`;
  drawBars("energy", found.shown.map(([layer, value]) =>
    [nameOf(layer), [layer.energy_pj.arithmetic, layer.energy_pj.cache, layer.energy_pj.memory], joules(value)]), true);
}

/** An SVG element. */
function shape(tag, attributes, children = []) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Round steps for an axis up to `most`, in bytes. */
function ticks(most) {
  const raw = most / 5, unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((size) => size >= raw);
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

function drawMemory() {
  const { steps, buffers } = report.arena, holder = document.getElementById("memory");
  // Regions for one sample lie behind the fixed ones.
  const begin = (buffer) => buffer.offset + (buffer.per_sample ? report.arena_bytes : 0);
  const most = Math.max(...buffers.map((buffer) => begin(buffer) + buffer.bytes), 1);
  setHint("memory-hint", buffers.length
    ? `Each box is a buffer: from the step that first writes it to the one that last reads it, at its offset in the arena. ` +
      `${steps.length} steps from left to right; dashed boxes share bytes of the larger one on purpose; the dashed line is ` +
      `what lives at most at one time, ${bytes(report.arena_lower_bound)}.`
    : "The network needs no working memory.");
  if (!buffers.length) return;
  const width = 1000, height = 380, left = 64, bottom = 34, top = 12;
  const x = (step) => left + ((width - left - 8) * step) / Math.max(1, steps.length);
  const y = (offset) => height - bottom - ((height - bottom - top) * offset) / most;
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Buffers of the arena over time" });
  for (const tick of ticks(most))
    svg.append(shape("line", { x1: left, x2: width - 8, y1: y(tick), y2: y(tick) }),
      shape("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, [tick ? bytes(tick) : "0"]));
  for (let part = 0; part <= 8; ++part) {
    const step = Math.round((steps.length * part) / 8);
    svg.append(shape("text", { x: x(step), y: height - bottom + 16, "text-anchor": part === 8 ? "end" : "middle" }, [String(step)]));
  }
  svg.append(shape("text", { x: (left + width) / 2, y: height - 3, "text-anchor": "middle" }, ["step"]));
  const order = [...buffers].sort((a, b) => a.inside - b.inside || b.bytes - a.bytes);
  order.forEach((buffer, index) => {
    const text = `${buffer.name || "(no name)"}: ${bytes(buffer.bytes)} at offset ${begin(buffer).toLocaleString("en")}, ` +
      `steps ${buffer.first} to ${buffer.last} (${steps[buffer.first] || "-"} to ${steps[buffer.last] || "-"})`;
    const box = shape("rect", {
      class: buffer.inside ? "buffer inside" : "buffer", x: x(buffer.first), y: y(begin(buffer) + buffer.bytes),
      width: x(buffer.last + 1) - x(buffer.first), height: Math.max(1, y(begin(buffer)) - y(begin(buffer) + buffer.bytes)),
    }, [shape("title", {}, [text])]);
    if (!buffer.inside) box.style.fill = `hsl(${(index * 47) % 360} 45% 58%)`;
    box.addEventListener("click", () => { document.getElementById("buffer").textContent = text; });
    svg.append(box);
  });
  const bound = y(report.arena_lower_bound);
  svg.append(shape("line", { class: "bound", x1: left, x2: width - 8, y1: bound, y2: bound }));
  holder.append(svg);
}

drawTimes();
drawMemory();
drawWeights();
drawEnergy();
drawBars("steps", report.steps.map(({ step, seconds }) => [step, [seconds], `${seconds.toFixed(2)} s`]), false);
