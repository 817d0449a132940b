"use strict";
// What pruning did: zeros and errors of layers, and what they cost before and after.

const share = (part, whole) => `${((100 * part) / whole).toFixed(1)}%`;

/** Fills a table with headings and rows of texts. */
function fillPlain(id, heads, rows) {
  const table = document.getElementById(id);
  table.append(element("thead", "", [element("tr", "", heads.map((head) => element("th", "", head, { scope: "col" })))]));
  table.append(element("tbody", "", rows.map((row) => element("tr", "", row.map((text) => element("td", "", text))))));
}

/** Cycles as time where the clock is known. */
const predictedTime = (cycles) => (cycles === null ? "-" : report.clock_ghz ? microseconds(cycles / report.clock_ghz / 1e3)
                                                                           : `${short(cycles)} cycles`);
const change = (text, before, after) => `${text(before)} → ${text(after)}`;

function fillPruned(layers) {
  fillPlain("pruned", ["Layer", "Weights", "Not zero", "Density", "MACs kept", "Error of its sums", "Output error alone", "Why"],
    layers.map((layer) => [
      ending(layer.name, 34), layer.weights.toLocaleString("en"), layer.nonzeros.toLocaleString("en"), share(layer.nonzeros, layer.weights),
      share(layer.macs_kept, layer.macs), layer.error.toExponential(1),
      layer.output_error_alone === null ? "-" : layer.output_error_alone.toExponential(1),
      layer.decided_with ? `decided with ${layer.decided_with}` : layer.why,
    ]));
}

function fillCosts(found) {
  const rows = [...found.layers, { name: "The network", storage: null, before: found.before, after: found.after }];
  fillPlain("costs", ["Layer", "Stored as", "Bytes as stored", "Predicted", ...(found.measured_by ? ["Measured"] : []), "Energy"],
    rows.map(({ name, storage, before, after }) => [
      ending(name, 34), storage === null ? "" : storage || "dense", change(bytes, before.stored_bytes, after.stored_bytes),
      change(predictedTime, before.predicted_cycles, after.predicted_cycles),
      ...(found.measured_by ? [change(microseconds, before.measured_us, after.measured_us)] : []),
      change((value) => (value === null ? "-" : joules(value)), before.energy_pj, after.energy_pj),
    ]));
}

/** Before and after of the whole network in a sentence. */
function describeCosts({ before, after, measured_by: measuredBy }) {
  if (!before.predicted_cycles) return "";
  const measured = measuredBy ? ` measured ${change(microseconds, before.measured_us, after.measured_us)} (${measuredBy}),` : "";
  return ` A run: predicted ${change(predictedTime, before.predicted_cycles, after.predicted_cycles)},${measured} weights as stored ` +
    `${change(bytes, before.stored_bytes, after.stored_bytes)}, energy by the estimate below ${change(joules, before.energy_pj, after.energy_pj)}.`;
}

function drawPruning(found) {
  document.getElementById("pruning").hidden = false;
  const sum = (key) => found.layers.reduce((total, layer) => total + layer[key], 0);
  const points = (value) => `${value.toFixed(2)}%`;
  const accuracy = found.accuracy_before === null ? ""
    : ` Accuracy on them: ${points(found.accuracy_before)} before, ${points(found.accuracy_after)} after.`;
  const reached = found.reached < 1 ? ` ${share(found.reached, 1)} of what was asked for keep the largest drop.` : "";
  const warning = found.warning ? ` Warning: ${found.warning}.` : "";
  setHint("pruning-hint", `Pattern ${found.pattern}, fitted to ${found.fitted_samples} samples: ${share(sum("nonzeros"), sum("weights"))} ` +
    `of the weights and ${share(sum("macs_kept"), sum("macs"))} of the multiplications are left.${reached}${warning} On ${found.samples} other samples ` +
    `${points(found.agreement)} have the same largest output as before.${accuracy}${describeCosts(found)} `,
  key("", "weights that are left"), key("second", "that are zero"));
  drawBars("zeros", found.layers.map((layer) => [layer.name, [layer.nonzeros, layer.weights - layer.nonzeros],
    `${share(layer.nonzeros, layer.weights)} of ${layer.weights.toLocaleString("en")}`]), true);
  fillPruned(found.layers);
  fillCosts(found);
}

if (report.pruning && report.pruning.layers.length) drawPruning(report.pruning);
