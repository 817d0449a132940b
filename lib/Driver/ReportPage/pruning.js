"use strict";
// What pruning did: zeros and errors of layers.

const share = (part, whole) => `${((100 * part) / whole).toFixed(1)}%`;

function fillPruned(layers) {
  const heads = ["Layer", "Weights", "Not zero", "Density", "MACs kept", "Error of its sums", "Output error alone", "Why"];
  const table = document.getElementById("pruned");
  table.append(element("thead", "", [element("tr", "", heads.map((head) => element("th", "", head, { scope: "col" })))]));
  table.append(element("tbody", "", layers.map((layer) => element("tr", "", [
    ending(layer.name, 34), layer.weights.toLocaleString("en"), layer.nonzeros.toLocaleString("en"), share(layer.nonzeros, layer.weights),
    share(layer.macs_kept, layer.macs), layer.error.toExponential(1), layer.output_error_alone.toExponential(1), layer.why,
  ].map((text) => element("td", "", text))))));
}

function drawPruning(found) {
  document.getElementById("pruning").hidden = false;
  const sum = (key) => found.layers.reduce((total, layer) => total + layer[key], 0);
  const points = (value) => `${value.toFixed(2)}%`;
  const accuracy = found.accuracy_before === null ? ""
    : ` Accuracy on them: ${points(found.accuracy_before)} before, ${points(found.accuracy_after)} after.`;
  const reached = found.reached < 1 ? ` ${share(found.reached, 1)} of what was asked for keep the largest drop.` : "";
  setHint("pruning-hint", `Pattern ${found.pattern}, fitted to ${found.fitted_samples} samples: ${share(sum("nonzeros"), sum("weights"))} ` +
    `of the weights and ${share(sum("macs_kept"), sum("macs"))} of the multiplications are left.${reached} On ${found.samples} other samples ` +
    `${points(found.agreement)} have the same largest output as before.${accuracy} `,
  key("", "weights that are left"), key("second", "that are zero"));
  drawBars("zeros", found.layers.map((layer) => [layer.name, [layer.nonzeros, layer.weights - layer.nonzeros],
    `${share(layer.nonzeros, layer.weights)} of ${layer.weights.toLocaleString("en")}`]), true);
  fillPruned(found.layers);
}

if (report.pruning) drawPruning(report.pruning);
