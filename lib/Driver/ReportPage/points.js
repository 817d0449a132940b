"use strict";
// What levels of pruning would do: accuracy against time, size and energy.

/** One plot: points of [what it costs, accuracy or agreement, level]. */
function plotLevels(title, name, text, cost, levels, figure) {
  const width = 380, height = 280, left = 58, right = 16, bottom = 46, top = 26;
  const values = levels.map(figure), least = Math.min(...values), most = Math.max(...values);
  const room = Math.max(0.5, (most - least) * 0.1), low = Math.max(0, least - room), high = Math.min(100, most + room);
  const dearest = Math.max(...levels.map(cost));
  const x = (value) => left + ((width - left - right) * value) / (dearest || 1);
  const y = (value) => height - bottom - ((height - bottom - top) * (value - low)) / (high - low || 1);
  const svg = shape("svg", { class: "plot", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title} against ${name}` });
  svg.append(shape("text", { x: left, y: 14 }, [title]));
  for (let part = 0; part <= 4; ++part) {
    const value = low + ((high - low) * part) / 4;
    svg.append(shape("line", { x1: left, x2: width - right, y1: y(value), y2: y(value) }),
      shape("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, [`${value.toFixed(1)}%`]));
  }
  for (const part of [0, 0.5, 1])
    svg.append(shape("text", { x: x(part * dearest), y: height - bottom + 18, "text-anchor": part === 1 ? "end" : "middle" },
      [part ? text(part * dearest) : "0"]));
  svg.append(shape("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, [name]));
  // The steps that are worth it, from the least accurate on.
  const steps = levels.filter((level) => level.optimal).sort((a, b) => cost(a) - cost(b));
  svg.append(shape("polyline", { class: "series", points: steps.map((level) => `${x(cost(level))},${y(figure(level))}`).join(" ") }));
  for (const level of levels)
    svg.append(shape("circle", {
      class: `point${level.optimal ? " optimal" : ""}${level.farthest_in_drop ? " farthest" : ""}`, r: 4.5, cx: x(cost(level)), cy: y(figure(level)),
    }, [shape("title", {}, [`${share(level.part, 1)} of the target, density ${share(level.nonzeros, level.weights)}: ` +
      `${figure(level).toFixed(2)}%, ${text(cost(level))}`])]));
  return svg;
}

function drawPoints(found) {
  document.getElementById("points").hidden = false;
  const levels = found.points, hasLabels = levels[0].accuracy !== null;
  const figure = (level) => (hasLabels ? level.accuracy : level.agreement), percents = (value) => `${value.toFixed(2)}%`;
  const title = hasLabels ? "accuracy" : "same answer as before";
  const farthest = levels.find((level) => level.farthest_in_drop);
  const drop = found.max_drop === null ? "" : farthest ? ` A largest drop of ${found.max_drop} points leaves ${share(farthest.part, 1)} of the target.`
    : ` No level keeps a largest drop of ${found.max_drop} points.`;
  setHint("points-hint", `Pattern ${found.pattern}, target ${found.measure}:${found.target}, fitted to ${found.fitted_samples} samples and seen on ` +
    `${found.samples} others; ${found.dry_run === "full" ? "each level is pruned as it would be" : "layers are not fitted to each other, which loses more than pruning will"}.` +
    `${drop} Filled: no other level loses as little and costs as little.`);
  document.getElementById("points-plots").append(
    plotLevels(title, "predicted time of one core", predictedTime, (level) => level.predicted_cycles, levels, figure),
    plotLevels(title, "weights as stored", bytes, (level) => level.stored_bytes, levels, figure),
    plotLevels(title, "energy, estimated", joules, (level) => level.energy_pj, levels, figure));
  fillPlain("levels", ["Of the target", "Density", ...(hasLabels ? ["Accuracy"] : []), "Agreement", "Points lost", "and one std. error", "Predicted", "Stored", "Energy", ""],
    levels.map((level) => [share(level.part, 1), share(level.nonzeros, level.weights), ...(hasLabels ? [percents(level.accuracy)] : []),
      percents(level.agreement), level.drop.toFixed(2), level.drop_with_error.toFixed(2), predictedTime(level.predicted_cycles),
      bytes(level.stored_bytes), joules(level.energy_pj), level.optimal ? "worth it" : "another is better"]));
}

if (report.pruning && report.pruning.points.length) drawPoints(report.pruning);
