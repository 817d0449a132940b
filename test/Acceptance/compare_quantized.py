#!/usr/bin/env python3
"""Compares quantized (QDQ) networks beside the checkout with ONNX Runtime, on all pictures that fit them.

A network passes if top-1 is ONNX Runtime's on at least 99.5% of the pictures, and at least 99.9% of the values that it
ends with (the last quantized ones, before a softmax) lie within one quantization step of ONNX Runtime's.

Beside it stands how far ONNX Runtime agrees with itself: run without its optimizations, and with one number of each
picture moved by one quantization step of the input. Where a processor has no products of signed bytes, it computes networks
with signed activations in floats: then a tie that its sums round away from the exact one is a step, and layers to come
multiply the steps. A network whose answers one step of one pixel changes is one for which no two engines can agree.

usage: compare_quantized.py [--filter REGEX] [--limit PICTURES] [--options "..."] [--output DIR]
"""

import argparse
import html
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import labelled_pictures as pictures
from compare_models import wt

import numpy as np
import onnx
from onnx import numpy_helper

LEAST_TOP1, LEAST_VALUES = 0.995, 0.999
# What may stand between the last quantized values and the output.
PASSED = {"Softmax", "Flatten", "Reshape", "Squeeze", "Identity"}
HEADER = ["network", "pictures", "same top-1", "within a step", "equal", "largest difference in steps",
          "ONNX Runtime with itself: same top-1", "within a step", "with one pixel a step off: same top-1", "within a step",
          "verdict"]


def with_last_values(model):
    """Makes the last dequantized values of a network an output too, if they are none; returns their position among the
    outputs and the quantization step, or nothing for a network that does not end in quantized values."""
    made = {name: node for node in model.graph.node for name in node.output}
    constants = {t.name: t for t in model.graph.initializer}
    name = model.graph.output[0].name
    while name in made and made[name].op_type in PASSED:
        name = made[name].input[0]
    if name not in made or made[name].op_type != "DequantizeLinear" or made[name].input[1] not in constants:
        return None
    step = float(numpy_helper.to_array(constants[made[name].input[1]]))
    if name == model.graph.output[0].name:
        return 0, step
    # A name that is an output already may be no other one.
    model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    return len(model.graph.output) - 1, step


def input_step(model):
    """The quantization step of the network's first input; of one that is not quantized at once, nothing."""
    constants = {t.name: t for t in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear" and node.input[0] == model.graph.input[0].name:
            return float(numpy_helper.to_array(constants[node.input[1]]))
    return None


def with_one_step(x, step, rng):
    """A copy of a picture with one number moved by `step` towards 0, so that it is not clipped."""
    moved = x.copy()
    place = tuple(rng.integers(extent) for extent in x.shape)
    moved[place] -= np.copysign(step, moved[place])
    return moved


def compare(path, data, arguments):
    """A row of the table and whether it passes; None for a network whose pictures are not there."""
    model = onnx.load(path)
    if not any(n.op_type == "QuantizeLinear" for n in model.graph.node):
        return None
    samples = pictures.samples_of(path, data, needs_labels=False)
    found = with_last_values(model)
    if samples is None or found is None:
        return None
    position, step = found
    inputs = np.concatenate([samples.scored, samples.calibration])[:arguments.limit]
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        changed = Path(folder) / "model.onnx"
        onnx.save(model, changed)
        ours = wt.compile_and_load(changed, "--batch=1", *arguments.options.split())
        theirs, plain = wt.ort_session(changed, threads=2), unoptimized(changed)
    found, self_found, moved_found = (Agreement(position, step) for _ in range(3))
    pixel, rng = input_step(model), np.random.default_rng(0)
    for x in np.split(inputs, len(inputs)):
        expected = theirs.run(None, {samples.name: x})
        found.add(ours.run(x), expected)
        self_found.add(plain.run(None, {samples.name: x}), expected)
        if pixel:
            moved_found.add(theirs.run(None, {samples.name: with_one_step(x, pixel, rng)}), expected)
    ok = found.same >= LEAST_TOP1 and found.near >= LEAST_VALUES
    row = [path.stem, len(inputs), f"{found.same:.2%}", f"{found.near:.3%}", f"{found.equal:.2%}", f"{found.worst:.1f}",
           f"{self_found.same:.2%}", f"{self_found.near:.3%}",
           *([f"{moved_found.same:.2%}", f"{moved_found.near:.3%}"] if pixel else ["-", "-"]), "passed" if ok else "FAILED"]
    return row, ok


def unoptimized(path):
    """A session that computes node after node, as they are written."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class Agreement:
    """Of two engines' answers: parts of the pictures with the same best class, and of the values at `position` that are
    equal or at most a step apart."""

    def __init__(self, position, step):
        self.position, self.step, self.worst = position, step, 0.0
        self.classes, self.steps = [], []

    def add(self, actual, expected):
        self.classes.append(np.argmax(actual[0]) == np.argmax(expected[0]))
        difference = np.abs(actual[self.position].astype(np.float64) - expected[self.position]) / self.step
        self.steps.append([(difference < 1.01).mean(), (difference < 0.01).mean()])
        self.worst = max(self.worst, float(difference.max()))

    same = property(lambda self: float(np.mean(self.classes)))
    near = property(lambda self: float(np.mean(self.steps, axis=0)[0]))
    equal = property(lambda self: float(np.mean(self.steps, axis=0)[1]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--filter", default="")
    parser.add_argument("--limit", type=int, help="compare the first pictures only")
    parser.add_argument("--options", default="", help="more options for winnowc")
    parser.add_argument("--output", type=Path, help="folder for quantized.md and quantized.html")
    arguments = parser.parse_args()
    shared = wt.shared_folder()
    rows, passed = [], True
    for path in sorted((shared / "models").glob("*.onnx")):
        if not re.search(arguments.filter, path.name):
            continue
        try:
            result = compare(path, shared / "data", arguments)
        except wt.WinnowError as error:
            result = [path.stem, *["-"] * (len(HEADER) - 2), f"FAILED: {str(error)[:200]}"], False
        if result:
            rows.append(result[0])
            passed = passed and result[1]
            print(f"{result[0][0]}: {', '.join(map(str, result[0][1:]))}", file=sys.stderr)
    print(wt.table(rows, HEADER))
    if arguments.output:
        arguments.output.mkdir(parents=True, exist_ok=True)
        (arguments.output / "quantized.md").write_text(wt.table(rows, HEADER) + "\n")
        cells = lambda kind, row: "".join(f"<{kind}>{html.escape(str(c))}</{kind}>" for c in row)
        (arguments.output / "quantized.html").write_text(
            "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Quantized networks</title>"
            f"<table border=1><tr>{cells('th', HEADER)}</tr>"
            + "".join(f"<tr>{cells('td', row)}</tr>" for row in rows) + "</table></html>\n")
    sys.exit(not passed or not rows)


if __name__ == "__main__":
    main()
