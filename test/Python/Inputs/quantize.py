"""winnow.quantize() and prune() from arrays, and as ONNX: quantize.py MODEL DIGITS.npz FOLDER"""

import os
import sys

import numpy as np
import winnow

model, digits, folder = sys.argv[1:]
data = np.load(digits)
x, y = data["x"], data["y"]
half = len(x) // 2
samples = {"image": x[:half]}


def top1(network):
    return np.array([int(np.argmax(network(image[None]))) for image in x[half:]])


real = top1(winnow.compile(model))
integers = winnow.quantize(model, samples, labels=y[:half].astype(np.int64), threads=1,
                           compare_bits=["w4a8"])
found = top1(integers)
assert (found == real).mean() >= 0.99, f"the same on {(found == real).mean():.4f}"
found = integers.report()["quantization"]
assert found["accuracy_before"] > 90 and [one["weight_bits"] for one in found["bits"]] == [8, 4]

path = os.path.join(folder, "quantized.onnx")
winnow.quantize(model, samples, output=path)
assert (top1(winnow.compile(path)) == real).mean() >= 0.99

for wrong, text in (({"image": x[:0]}, "sample"), ({"other": x[:half]}, "image"), ({"image": x[:half] * np.nan}, "finite")):
    try:
        winnow.quantize(model, wrong)
    except winnow.CompileError as error:
        assert text in str(error), f"expected '{text}' in: {error}"
    else:
        raise AssertionError(f"calibrated with {wrong.keys()}, found no error")

pruned = winnow.prune(model, samples, "sparsity:0.6", quantize="int8")
assert (top1(pruned) == real).mean() >= 0.98
assert sum(layer["nonzeros"] for layer in pruned.report()["pruning"]["layers"]) > 0
path = os.path.join(folder, "fewer.onnx")
small = winnow.prune(model, samples, "macs:0.7,pattern=channel", output=path)
assert os.path.getsize(path) < 0.95 * os.path.getsize(model)
assert (top1(winnow.compile(path)) == real).mean() >= 0.97

found = winnow.prune(model, samples, "sparsity:0.9", dry_run="quick").report["pruning"]
points = found["points"]
assert points[0]["part"] == 0 and points[0]["agreement"] == 100 and points[-1]["part"] == 1
assert points[-1]["nonzeros"] <= 0.1 * points[-1]["weights"] + 1 and points[-1]["stored_bytes"] < points[0]["stored_bytes"]
try:
    winnow.prune(model, samples, "sparsity:0.9", dry_run="quick", output=path)
except winnow.CompileError as error:
    assert "expected no output" in str(error), f"found: {error}"
else:
    raise AssertionError("wrote a model in a dry run")

for precision in ("bf16", "f16"):
    halves = top1(winnow.compile(model, precision=precision))
    assert (halves == real).mean() >= 0.99, f"{precision}: the same on {(halves == real).mean():.4f}"
try:
    winnow.compile(model, precision="auto")
except winnow.CompileError as error:
    assert "needs calibration data" in str(error), f"found: {error}"
else:
    raise AssertionError("chose a precision without data")
