#!/usr/bin/env python3
"""Times convolutions with zeros in their filters against the same computed densely.

Each shape is a network of one convolution (with bias and ReLU), compiled three times: `sparse` forced, the dense kernel
without transforms (`direct` or `pointwise`), and what selection takes with --sparsity=off. Measured is the layer alone;
the three take turns in short rounds, and minima are kept. Printed are milliseconds and how much faster sparse is, and what
selection would take. Patterns: `1` has zeros anywhere, `4` and `16` have them in the same places of so many
neighbouring output channels. With --int8 the layers are quantized, and `4` has zeros in blocks of four neighbouring
input channels.

usage: sparse.py [--int8] [--only TEXT] [--rounds N] [--zeros 70,80,90] [--patterns 1,4] [--target NAME]
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

import numpy as np
import onnx
from kernels import Shape, build_quantized
from onnx import helper, numpy_helper

SHAPES = [
    Shape(64, 256, 56), Shape(256, 64, 56), Shape(16, 64, 55), Shape(128, 16, 55),
    Shape(512, 128, 28), Shape(128, 512, 28), Shape(1024, 256, 14), Shape(256, 1024, 14), Shape(96, 576, 14),
    Shape(2048, 512, 7), Shape(512, 2048, 7),
    Shape(64, 64, 56, 3, 1, 1), Shape(128, 128, 28, 3, 1, 1), Shape(256, 256, 14, 3, 1, 1), Shape(512, 512, 7, 3, 1, 1),
    Shape(16, 64, 55, 3, 1, 1), Shape(64, 256, 13, 3, 1, 1),
    Shape(128, 128, 56, 3, 2, 1), Shape(256, 256, 28, 3, 2, 1), Shape(64, 192, 27, 5, 1, 2),
]


def make_filter(random, shape, zeros, rows):
    """A filter of which the share `zeros` is zero, in the same places of `rows` neighbouring output channels."""
    size = (shape.outputs, shape.inputs, shape.kernel, shape.kernel)
    kept = random.random((shape.outputs // rows, *size[1:])) >= zeros
    weights = random.standard_normal(size).astype(np.float32) / np.sqrt(np.prod(size[1:]))
    return (weights * np.repeat(kept, rows, axis=0)).astype(np.float32)


def build(shape, zeros, rows):
    """The network: a convolution, its activation, and a pool, so that no large result is converted."""
    random = np.random.default_rng(0)
    constants = {"w": make_filter(random, shape, zeros, rows), "b": random.standard_normal(shape.outputs).astype(np.float32)}
    nodes = [helper.make_node("Conv", ["x", "w", "b"], ["c"], "conv", strides=[shape.stride] * 2, pads=[shape.pad] * 4),
             helper.make_node("Relu", ["c"], ["y"]), helper.make_node("GlobalAveragePool", ["y"], ["p"], "pool")]
    tensor = lambda name, channels, size: helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT,
                                                                        [1, channels, size, size])
    graph = helper.make_graph(nodes, "sparse", [tensor("x", shape.inputs, shape.size)], [tensor("p", shape.outputs, 1)],
                              [numpy_helper.from_array(a, n) for n, a in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model


def build_bytes(shape, zeros, block):
    """The same of bytes: of the blocks of `block` input channels, the share `zeros` is zero."""
    random = np.random.default_rng(0)
    kept = random.random((shape.outputs, -(-shape.inputs // block), shape.kernel, shape.kernel)) >= zeros
    return build_quantized(shape, random, np.repeat(kept, block, axis=1)[:, :shape.inputs].astype(np.int8))


def run_layer(compiled, x, seconds):
    """The least time of the convolution in `seconds`, in milliseconds."""
    layer = max(range(len(compiled.layers)), key=lambda i: compiled.layers[i].macs)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        before = compiled.layer_times[layer]
        compiled.run(x)
        best = min(best, compiled.layer_times[layer] - before)
    return best / 1e6


def measure(shape, zeros, rows, arguments):
    """Milliseconds of sparse, direct and selected dense code, and of what selection takes."""
    model = (build_bytes if arguments.int8 else build)(shape, zeros, rows)
    target = [f"--target={arguments.target}"] if arguments.target else []
    direct = "pointwise" if shape.kernel == shape.stride == 1 else "direct"
    kinds = {"sparse": ["--algorithm=sparse"], "direct": [f"--algorithm={direct}"], "dense": ["--sparsity=off"], "auto": []}
    compiled = {kind: wt.compile_and_load(model, "--instrument", "--threads=1", *target, *options)
                for kind, options in kinds.items()}
    x = np.random.default_rng(1).standard_normal((1, shape.inputs, shape.size, shape.size)).astype(np.float32)
    expected = compiled["direct"].run(x)[0]
    for kind, network in compiled.items():
        error = np.abs(network.run(x)[0] - expected).max() / np.abs(expected).max()
        assert error <= (0 if arguments.int8 else 1e-4), f"{kind} differs by {error:.1e}"
    best = dict.fromkeys(kinds, float("inf"))
    for _ in range(arguments.rounds):
        for kind, network in compiled.items():
            best[kind] = min(best[kind], run_layer(network, x, 0.02))
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--int8", action="store_true", help="quantized layers")
    parser.add_argument("--only", default="", help="shapes whose name contains this")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--zeros", default="50,70,80,90", help="percent")
    parser.add_argument("--patterns", help="output channels that share a pattern: 1 (default), 4, 16; with --int8 "
                        "input channels of a block: 1, 4 (default)")
    parser.add_argument("--target", default="")
    arguments = parser.parse_args()
    losses = []
    patterns = arguments.patterns or ("4" if arguments.int8 else "1")
    for rows in map(int, patterns.split(",")):
        print(f"patterns of {rows} {'input' if arguments.int8 else 'output'} channels\n{'':24} zeros  sparse  direct   dense    auto | sparse is faster than "
              "direct, dense | auto/dense")
        for shape in SHAPES:
            if arguments.only not in shape.name:
                continue
            for zeros in map(float, arguments.zeros.split(",")):
                t = measure(shape, zeros / 100, rows, arguments)
                losses.append(t["auto"] / t["dense"])
                print(f"{shape.name:24} {zeros:4.0f}% {t['sparse']:7.3f} {t['direct']:7.3f} {t['dense']:7.3f} "
                      f"{t['auto']:7.3f} | {t['direct'] / t['sparse']:5.2f}x {t['dense'] / t['sparse']:5.2f}x | "
                      f"{t['auto'] / t['dense']:5.2f}", flush=True)
    print(f"selection takes {statistics.geometric_mean(losses):.3f} of the dense time (geometric mean), "
          f"{max(losses):.2f} at worst")


if __name__ == "__main__":
    main()
