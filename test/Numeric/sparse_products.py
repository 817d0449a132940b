#!/usr/bin/env python3
"""Fully connected layers with zeros, of one row: computed without them, they give what ONNX Runtime gives, from less bytes.

usage: sparse_products.py
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

TOLERANCE = 1e-5
#: Inputs, outputs, share of zeros: many (places), some (bits), none.
LAYERS = [(700, 410, 0.95), (410, 530, 0.6), (530, 33, 0.0)]


def build() -> onnx.ModelProto:
    random, nodes, constants, value = np.random.default_rng(0), [], [], "x"
    for i, (inputs, outputs, zeros) in enumerate(LAYERS):
        weights = random.standard_normal((inputs, outputs)) * (random.random((inputs, outputs)) >= zeros)
        constants += [numpy_helper.from_array((weights / np.sqrt(inputs)).astype(np.float32), f"w{i}"),
                      numpy_helper.from_array(random.standard_normal(outputs).astype(np.float32), f"b{i}")]
        nodes += [helper.make_node("Gemm", [value, f"w{i}", f"b{i}"], [f"s{i}"], f"fc{i}"),
                  helper.make_node("Relu", [f"s{i}"], [f"y{i}"])]
        value = f"y{i}"
    tensor = lambda name, shape: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "products", [tensor("x", [1, LAYERS[0][0]])], [tensor(value, [1, LAYERS[-1][1]])],
                              constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model


def main() -> None:
    model = build()
    x = np.random.default_rng(1).standard_normal((1, LAYERS[0][0])).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    wanted = session.run(None, {"x": x})[0]
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        for target in ([], ["--target=x86-64-v3"], ["--target=x86_64-linux-gnu"]):
            sizes = []
            for name, sparsity in (("sparse", "auto"), ("dense", "off")):
                library = os.path.join(folder, f"{name}.so")
                result = wt.compile_model(model, library, "--measured-speed=false", f"--sparsity={sparsity}", *target)
                assert result.ok, result.error
                sizes.append(os.path.getsize(library))
                error = wt.error_of_scale(wt.Model(library).run(x)[0], wanted)
                assert error <= TOLERANCE, f"{target} {name}: outputs differ by {error:.1e} of their scale"
            assert sizes[0] < 0.6 * sizes[1], f"{target}: {sizes[0]} bytes, with all zeros {sizes[1]}"
            print(f"{target or 'this machine'}: {sizes[0]} bytes, with all zeros {sizes[1]}")


if __name__ == "__main__":
    main()
