#!/usr/bin/env python3
"""A small network with zeros in its filters: computed without them, it gives what it gives with them, from a smaller file.

usage: sparse_network.py [MODEL.onnx]     (with a path: only writes the model)
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

import numpy as np
import onnx
from onnx import helper, numpy_helper

SIZE, CLASSES, TOLERANCE = 29, 1000, 1e-5


def make_weights(random, zeros: float, rows: int, *shape: int) -> np.ndarray:
    """Weights of which the share `zeros` is zero, in the same places of `rows` neighbouring outputs."""
    kept = random.random((shape[0] // rows, *shape[1:])) >= zeros
    scale = np.sqrt(np.prod(shape[1:]) * (1 - zeros) + 1)
    return (random.standard_normal(shape) * np.repeat(kept, rows, axis=0) / scale).astype(np.float32)


def build() -> onnx.ModelProto:
    """Dense, then 3x3 with 95% zeros, 1x1 with 90% in patterns of four and a residual, strides, two pointwise ones in a row
    with a residual around them, patterns of 16, dense again, a layer."""
    random = np.random.default_rng(0)
    constants = {"w_stem": make_weights(random, 0, 1, 64, 3, 3, 3), "w_square": make_weights(random, 0.95, 1, 64, 64, 3, 3),
                 "w_shared": make_weights(random, 0.9, 4, 64, 64, 1, 1), "w_half": make_weights(random, 0.9, 1, 96, 64, 3, 3),
                 "w_up": make_weights(random, 0.9, 1, 192, 96, 1, 1),
                 "w_down": make_weights(random, 0.9, 1, 96, 192, 1, 1), "w_blocks": make_weights(random, 0.9, 16, 96, 96, 3, 3),
                 "w_full": make_weights(random, 0.0, 1, 64, 96, 1, 1), "w_fc": make_weights(random, 0.8, 1, CLASSES, 64),
                 "b_square": random.standard_normal(64).astype(np.float32),
                 "b_fc": random.standard_normal(CLASSES).astype(np.float32)}
    node = helper.make_node
    conv = lambda inputs, output, stride=1, pad=1: node("Conv", inputs, [output], output, strides=[stride] * 2, pads=[pad] * 4)
    nodes = [conv(["x", "w_stem"], "stem"), node("Relu", ["stem"], ["r0"]),
             conv(["r0", "w_square", "b_square"], "square"), node("Relu", ["square"], ["r1"]),
             conv(["r1", "w_shared"], "shared", pad=0), node("Add", ["shared", "r1"], ["sum"]),
             node("Sigmoid", ["sum"], ["r2"]), conv(["r2", "w_half"], "half", 2), node("Relu", ["half"], ["r3"]),
             conv(["r3", "w_up"], "up", pad=0), node("Relu", ["up"], ["r4"]), conv(["r4", "w_down"], "down", pad=0),
             node("Add", ["down", "r3"], ["r5"]), conv(["r5", "w_blocks"], "blocks"), node("Relu", ["blocks"], ["r6"]),
             conv(["r6", "w_full"], "full", pad=0), node("GlobalAveragePool", ["full"], ["pool"]),
             node("Flatten", ["pool"], ["flat"]), node("Gemm", ["flat", "w_fc", "b_fc"], ["y"], "fc", transB=1)]
    tensor = lambda name, shape: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
    graph = helper.make_graph(nodes, "sparse", [tensor("x", ["n", 3, SIZE, SIZE])], [tensor("y", ["n", CLASSES])],
                              [numpy_helper.from_array(a, n) for n, a in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model


def run(model: onnx.ModelProto, x: np.ndarray, *options: str) -> tuple[np.ndarray, int]:
    """The outputs, and the bytes of the library."""
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        library = os.path.join(folder, "model.so")
        result = wt.compile_model(model, library, "--measured-speed=false", *options)
        assert result.ok, result.error
        return wt.Model(library).run(x)[0], os.path.getsize(library)


def main() -> None:
    model = build()
    if len(sys.argv) > 1:
        onnx.save(model, sys.argv[1])
        return
    x = np.random.default_rng(1).standard_normal((2, 3, SIZE, SIZE)).astype(np.float32)
    dense, dense_bytes = run(model, x, "--sparsity=off")
    for options in ([], ["--algorithm=sparse"], ["--threads=2", "--fork-join-cycles=0"],
                    ["--target=x86-64-v3", "--algorithm=sparse"], ["--target=x86_64-linux-gnu", "--algorithm=sparse"]):
        outputs, size = run(model, x, *options)
        error = wt.error_of_scale(outputs, dense)
        assert error <= TOLERANCE, f"{options}: outputs differ by {error:.1e} of their scale"
        assert size < dense_bytes, f"{options}: {size} bytes, with all zeros {dense_bytes}"
        print(f"{' '.join(options) or 'automatic'}: error {error:.1e}, {size} bytes ({dense_bytes} with all zeros)")


if __name__ == "__main__":
    main()
