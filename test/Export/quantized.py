"""Quantizes a trained network to a library and to ONNX: ONNX Runtime gives the library's answers with the latter.

usage: quantized.py NETWORK.onnx PICTURES.npz OPTION...    (options of winnowc; `x` of the file are the pictures)
"""

import sys
import tempfile
from pathlib import Path

import exported_models
import winnow_testing as wt

import numpy as np

network, options = sys.argv[1], sys.argv[3:]
with np.load(sys.argv[2]) as arrays:
    images = arrays["x"]
with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
    exported = exported_models.export(network, folder, *options)
    compiled = wt.compile_and_load(network, *options)
    again = wt.compile_and_load(exported)
kinds = [node.op_type for node in exported.graph.node]
assert kinds.count("QuantizeLinear") >= 3 and "QLinearConv" not in kinds, kinds
session, name = wt.ort_session(exported), exported.graph.input[0].name
same, near, count = 0, 0, 0
for image in np.split(images, len(images)):
    image = np.ascontiguousarray(image.reshape(compiled.inputs[0].shape), np.float32)
    expected, found = session.run(None, {name: image})[0], compiled.run(image)[0]
    assert np.array_equal(found, again.run(image)[0]), "what was exported and imported gives other answers"
    same += int(expected.argmax() == found.argmax())
    near += int(np.abs(expected - found).max() <= 0.01 * np.abs(expected).max())
    count += 1
assert same >= 0.995 * count and near >= 0.95 * count, f"{same} and {near} of {count} answers are ONNX Runtime's"
print(f"{count} pictures: the same class on {same}, within a hundredth on {near}")
