#!/usr/bin/env python3
"""Times whole quantized networks with zeros in their filters against the same networks with --sparsity=off.

Networks are quantized by ONNX Runtime (int8_engines.py); of each convolution, the blocks of four neighbouring input
channels with the smallest weights become zero: --zeros percent of them, for times alone. Networks that were pruned and
quantized before (.mlir after the phase `quantize`) are taken as they are. Both codes give the same integers, so their
outputs must be equal; they take turns in short rounds, and least times are kept. Printed are milliseconds of the network,
the bytes of both libraries, and with --layers the microseconds of each layer that is computed without its zeros.

usage: sparse_int8_networks.py FILE... [--zeros 70,80,90] [--threads 1] [--rounds N] [--layers]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from engines import wt
from int8_engines import qdq_model

import numpy as np
import onnx
from onnx import numpy_helper
from winnow.measure import benchmark, profile

BLOCK = 4


def without_blocks(weights, zeros):
    """A filter (M, C, spatial) whose blocks of input channels with the smallest weights are zero."""
    outputs, inputs = weights.shape[:2]
    padded = np.zeros((outputs, -(-inputs // BLOCK) * BLOCK, *weights.shape[2:]), weights.dtype)
    padded[:, :inputs] = weights
    blocks = padded.reshape(outputs, -1, BLOCK, *weights.shape[2:])
    sizes = (blocks.astype(np.float32) ** 2).sum(axis=2, keepdims=True)
    kept = sizes > np.quantile(sizes, zeros)
    return (blocks * kept).reshape(padded.shape)[:, :inputs].astype(weights.dtype)


def prune(path, zeros, folder):
    """A quantized network with blocks of zeros in all convolutions of one group, but not in those that read pictures."""
    model = onnx.load(path)
    stored = {node.output[0]: node.input[0] for node in model.graph.node if node.op_type == "DequantizeLinear"}
    filters = {stored.get(node.input[1]) for node in model.graph.node
               if node.op_type == "Conv" and all(a.i == 1 for a in node.attribute if a.name == "group")}
    for constant in model.graph.initializer:
        if constant.name in filters and constant.dims[1] > BLOCK:
            constant.CopyFrom(numpy_helper.from_array(without_blocks(numpy_helper.to_array(constant), zeros),
                                                      constant.name))
    onnx.save(model, folder / "pruned.onnx")
    return folder / "pruned.onnx"


def compile_with(source, target, *options):
    result = wt.compile_model(source, target, *options, timeout=1200)
    if not result.ok:
        raise SystemExit(result.error)
    return target


def measure(source, folder, arguments):
    """Least milliseconds of the network and microseconds of its layers, and bytes of the library, sparse and dense."""
    kinds, times, layers, sizes, outputs = {"sparse": [], "dense": ["--sparsity=off"]}, {}, {}, {}, {}
    models, instrumented = {}, {}
    for kind, options in kinds.items():
        options = [*options, f"--threads={arguments.threads}", "--batch=1"]
        sizes[kind] = compile_with(source, folder / f"{kind}.so", *options).stat().st_size
        models[kind] = wt.Model(folder / f"{kind}.so")
        instrumented[kind] = wt.Model(compile_with(source, folder / f"{kind}_layers.so", "--instrument", *options))
    inputs = [np.random.default_rng(1).standard_normal([max(1, e) for e in t.shape]).astype(np.float32)
              for t in models["sparse"].inputs]
    for _ in range(arguments.rounds):
        for kind, model in models.items():
            outputs[kind] = model.run(*inputs)
            times[kind] = min(times.get(kind, 1e9), benchmark(model, inputs, seconds=0.2).min_ms)
            rows = profile(instrumented[kind], inputs, seconds=0.2).layers
            for row in rows:
                key = (kind, row.layer.name)
                layers[key] = (row.layer.algorithm, min(layers.get(key, ("", 1e9))[1], row.microseconds))
    for sparse, dense in zip(outputs["sparse"], outputs["dense"]):
        assert np.array_equal(sparse, dense), "answers differ"
    return times, layers, sizes


def show_layers(layers):
    print("| layer | dense | us | sparse | us | faster |\n|---|---|---|---|---|---|")
    for (kind, name), (algorithm, time) in layers.items():
        if kind != "sparse" or ("dense", name) not in layers:
            continue
        dense, dense_time = layers["dense", name]
        if algorithm == "sparse":
            print(f"| {name} | {dense} | {dense_time:.1f} | {algorithm} | {time:.1f} | {dense_time / time:.2f}x |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--zeros", default="70,80,90", help="percent")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--layers", action="store_true")
    arguments = parser.parse_args()
    print("| network | zeros | dense ms | sparse ms | faster | dense bytes | sparse bytes |\n|---|---|---|---|---|---|---|")
    for path in arguments.files:
        for zeros in ["-"] if path.suffix == ".mlir" else arguments.zeros.split(","):
            with tempfile.TemporaryDirectory(prefix="winnow-") as name:
                folder = Path(name)
                source = path if zeros == "-" else prune(qdq_model(path), float(zeros) / 100, folder)
                times, layers, sizes = measure(source, folder, arguments)
            print(f"| {path.stem} | {zeros} | {times['dense']:.3f} | {times['sparse']:.3f} | "
                  f"{times['dense'] / times['sparse']:.2f}x | {sizes['dense']} | {sizes['sparse']} |", flush=True)
            if arguments.layers:
                show_layers(layers)


if __name__ == "__main__":
    main()
