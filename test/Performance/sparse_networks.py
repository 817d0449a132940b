#!/usr/bin/env python3
"""Times whole networks with zeros in their filters against the same networks computed densely.

Of each network, the smallest weights of each convolution and fully connected layer become zero (not of depthwise ones,
and not of those that read a picture), in the same places of so many neighbouring output channels as --patterns says. It is
compiled as selection sees fit and with --sparsity=off; both take turns, and least times are kept. Accuracy does not
matter here. `--zeros 0` times a network as it is.

usage: sparse_networks.py [--zeros 70,80,90] [--patterns 1,4,16] [--threads N] [--rounds N] MODEL.onnx...
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Support"))
import winnow_testing as wt

import numpy as np
import onnx
from onnx import numpy_helper
from turns import least_times, random_inputs


def without_smallest(weights, zeros, rows):
    """`weights` (outputs first) with the share `zeros` of them zero, in the same places of `rows` outputs."""
    outputs = weights.shape[0]
    flat = np.zeros((-(-outputs // rows) * rows, weights[0].size), np.float32)
    flat[:outputs] = weights.reshape(outputs, -1)
    scores = (flat.reshape(-1, rows, flat.shape[1])**2).sum(1)
    kept = scores > np.quantile(scores, zeros)
    return (weights * np.repeat(kept, rows, axis=0)[:outputs].reshape(weights.shape)).astype(np.float32)


def prune(path, zeros, rows):
    """The network of `path` without its smallest weights."""
    model = onnx.load(path)
    arrays = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        tensor = arrays.get(node.input[1]) if node.op_type in ("Conv", "Gemm") else None
        if tensor is None or tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        weights = numpy_helper.to_array(tensor)
        is_transposed = node.op_type == "Gemm" and not any(a.name == "transB" and a.i for a in node.attribute)
        weights = weights.T if is_transposed else weights
        if weights.shape[1] <= 4:
            continue
        weights = without_smallest(weights, zeros, rows)
        tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(weights.T if is_transposed else weights), tensor.name))
    return model


def measure(path, zeros, rows, arguments):
    """Milliseconds without and with the zeros, and the largest difference over the scale of the results."""
    model = prune(path, zeros, rows) if zeros else onnx.load(path)
    options = {"dense": ["--sparsity=off"], "sparse": []}
    networks = {kind: wt.compile_and_load(model, f"--threads={arguments.threads}", "--batch=1", *extra)
                for kind, extra in options.items()}
    inputs = random_inputs(networks["dense"])
    results = {kind: np.asarray(network.run(*inputs)[0]) for kind, network in networks.items()}
    times = least_times(networks, dict.fromkeys(networks, inputs), arguments.rounds)
    return times["dense"], times["sparse"], wt.error_of_scale(results["sparse"], results["dense"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--zeros", default="70,80,90", help="percent")
    parser.add_argument("--patterns", default="1", help="output channels that share a pattern")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    slower = []
    print(f"{'':32} zeros pattern   dense  sparse  sparse/dense   error")
    for path in arguments.models:
        for rows in map(int, arguments.patterns.split(",")):
            for zeros in map(float, arguments.zeros.split(",")):
                dense, sparse, error = measure(path, zeros / 100, rows, arguments)
                print(f"{path.stem:32} {zeros:4.0f}% {rows:7} {dense:7.3f} {sparse:7.3f} {sparse / dense:13.3f} {error:7.1e}",
                      flush=True)
                slower += [path.stem] * (sparse > 1.02 * dense)
    print("slower by more than 2%: " + (", ".join(slower) or "none"))
    sys.exit(bool(slower))


if __name__ == "__main__":
    main()
