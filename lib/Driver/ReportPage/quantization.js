"use strict";
// What quantization did: accuracy against bits, noise and scales of layers.

const percents = (value) => `${value.toFixed(2)}%`;

/** Points of accuracy, or of agreement where there are no labels, over bytes of weights: lines join equal activations. */
function drawBits({ bits, accuracy_before: before }) {
  const figure = (one) => (before === null ? one.agreement : one.accuracy);
  const title = before === null ? "same answer as in f32" : "accuracy on the samples";
  const whole = before === null ? 100 : before;
  const width = 720, height = 300, left = 64, right = 24, bottom = 44, top = 16;
  const values = bits.map(figure).concat(whole), least = Math.min(...values), most = Math.max(...values);
  const room = Math.max(0.5, (most - least) * 0.1), low = Math.max(0, least - room), high = Math.min(100, most + room);
  const x = (number) => left + ((width - left - right) * (number - 2)) / 6;
  const y = (value) => height - bottom - ((height - bottom - top) * (value - low)) / (high - low || 1);
  const svg = shape("svg", { class: "plot", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}, by bits of weights` });
  for (let part = 0; part <= 4; ++part) {
    const value = low + ((high - low) * part) / 4;
    svg.append(shape("line", { x1: left, x2: width - right, y1: y(value), y2: y(value) }),
      shape("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, [percents(value)]));
  }
  for (let number = 2; number <= 8; ++number)
    svg.append(shape("text", { x: x(number), y: height - bottom + 18, "text-anchor": "middle" }, [String(number)]));
  svg.append(shape("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, ["bits of weights"]),
    shape("line", { class: "bound", x1: left, x2: width - right, y1: y(whole), y2: y(whole) }));
  const widths = [...new Set(bits.map((one) => one.activation_bits))];
  widths.forEach((number, index) => {
    const own = bits.filter((one) => one.activation_bits === number), style = `series s${index % 3}`;
    svg.append(shape("polyline", { class: style, points: own.map((one) => `${x(one.weight_bits)},${y(figure(one))}`).join(" ") }));
    for (const one of own)
      svg.append(shape("circle", { class: style, r: 4.5, cx: x(one.weight_bits), cy: y(figure(one)) }, [shape("title", {}, [
        `${one.weight_bits} bits of weights, ${number} of activations: ${percents(figure(one))}, ${bytes(one.weight_bytes)}`])]));
  });
  document.getElementById("bits").append(svg);
  return [`The plot: ${title}; dashed: f32, ${percents(whole)}. Bits of activations: `,
    ...widths.flatMap((number, index) => [element("span", `key ${["", "second", "third"][index % 3]}`), String(number), " "])];
}

function fillScales(layers) {
  const heads = ["Layer", "Weights", "Input", "Result", "Scales of weights", "Signal to noise", "Why"];
  const range = (one) => (one ? `${one.scale.toPrecision(3)}, zero ${one.zero_point} (${one.choice})` : "f32");
  const table = document.getElementById("scales");
  table.append(element("thead", "", [element("tr", "", heads.map((head) => element("th", "", head, { scope: "col" })))]));
  table.append(element("tbody", "", layers.map((layer) => element("tr", "", [
    ending(layer.name, 34), layer.weight_bits === 32 ? "f32" : `${layer.weight_bits} bits`, range(layer.input), range(layer.output),
    layer.largest_weight_scale === 0 ? "-" : `${layer.least_weight_scale.toPrecision(3)} to ${layer.largest_weight_scale.toPrecision(3)}`,
    layer.signal_to_noise_db === null ? "-" : `${layer.signal_to_noise_db.toFixed(1)} dB`, layer.why,
  ].map((text) => element("td", "", text))))));
}

function drawQuantization(found) {
  document.getElementById("quantization").hidden = false;
  const accuracy = found.accuracy_before === null ? ""
    : ` Accuracy on them: ${percents(found.accuracy_before)} in f32, ${percents(found.accuracy_after)} quantized.`;
  const measured = found.samples
    ? `Measured on ${found.samples} samples: ${percents(found.agreement)} of them have the same largest output as in f32.` : "";
  setHint("quantization-hint", `${measured}${accuracy} Weights: ${bytes(found.weight_bytes_before)} before, ` +
    `${bytes(found.weight_bytes_after)} after. `, found.bits.length > 1 ? drawBits(found) : "");
  fillScales(found.layers);
  const known = found.layers.filter((layer) => layer.signal_to_noise_db !== null);
  if (!known.length) return;
  const noisy = known.sort((a, b) => a.signal_to_noise_db - b.signal_to_noise_db).slice(0, 25);
  setHint("noise-hint", "Noise in the sums of layers, the part of their signal that it has; the noisiest.");
  drawBars("noise", noisy.map((layer) => {
    const part = 10 ** (-layer.signal_to_noise_db / 20);
    return [layer.name, [part], `${(100 * part).toPrecision(2)}%, ${layer.signal_to_noise_db.toFixed(1)} dB`];
  }), false);
}

if (report.quantization) drawQuantization(report.quantization);
