#!/usr/bin/env python3
"""Compares the layers of a network with ONNX Runtime's, at one thread: where time is lost, and how far from the roof.

ONNX Runtime's nodes are matched to the convolutions and products of the ONNX file: it names a node by the value that
it computes, behind a fused activation or sum. The rest (pooling, sums, reorders of the layout) is compared op by op.
Times are the least of several short runs.

usage: layers.py MODEL.onnx... [--all] [--json FILE] [--avx2] [--options "..."]
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import machine
import rounds
from engines import Setup, Unavailable, Winnow, product, random_inputs, run_tool, wt
from peers import OnnxRuntime

import onnx

COMPUTE = ("Conv", "Gemm", "MatMul", "ConvTranspose")
# What ONNX Runtime may have fused behind a convolution.
FUSED = ("Relu", "Clip", "HardSigmoid", "Sigmoid", "HardSwish", "Tanh", "LeakyRelu", "Add", "BatchNormalization",
         "Sum", "Mul", "Flatten", "Reshape")
MARK = "_kernel_time"


def ort_nodes(path, runs, setup):
    """ONNX Runtime's nodes: name to (op, least microseconds, shapes of inputs, shapes of outputs). Its process is this
    script again, with the processor that it is to see."""
    command = [*machine.measured(1), sys.executable, __file__, "--profile-onnxruntime", str(runs), str(path)]
    result = subprocess.run(command, env={**os.environ, **rounds.environment_of(setup)}, capture_output=True, text=True)
    if result.returncode:
        raise Unavailable(f"ONNX Runtime: {(result.stderr.strip().splitlines() or ['?'])[-1][:300]}")
    return json.loads(result.stdout)


def profile_onnxruntime(path, runs):
    """What ort_nodes() returns, measured in this process."""
    import onnxruntime
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
        options = OnnxRuntime(Setup()).options()
        options.enable_profiling, options.profile_file_prefix = True, os.path.join(folder, "profile")
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        inputs = random_inputs(path)
        for _ in range(runs):
            session.run(None, inputs)
        events = json.loads(Path(session.end_profiling()).read_text())
    nodes = {}
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith(MARK):
            name, details = event["name"][:-len(MARK)], event["args"]
            known = nodes.get(name, (None, math.inf))
            shapes = [[s for entry in details.get(f"{side}_type_shape", []) for s in entry.values()]
                      for side in ("input", "output")]
            nodes[name] = (details["op_name"], min(known[1], event["dur"]), *shapes)
    return nodes


def owner(name, graph, taken):
    """The convolution or product of the ONNX graph that ONNX Runtime's node `name` computes; None for other nodes.
    `taken` are the values that nodes of its own compute."""
    producers = {output: node for node in graph.node for output in node.output}
    nodes = {node.name: node for node in graph.node}
    plain = name.removeprefix("fused ").removesuffix("_nchwc")
    node = nodes.get(plain) or producers.get(plain)
    pending, seen = [node] if node else [], set()
    while pending:
        node = pending.pop()
        if node.op_type in COMPUTE:
            return node
        if node.op_type in FUSED and id(node) not in seen:
            seen.add(id(node))
            pending += [producers[i] for i in node.input if i in producers and i not in taken]
    return None


def winnow_layers(path, setup, repeats):
    """Our layers in their order, each with the least of the mean times of several runs of winnow-run."""
    engine, best = Winnow(Setup(1, setup.avx2, (*setup.options, "--instrument"))), None
    library, _ = product(engine, path)
    for _ in range(repeats):
        result = run_tool([*machine.measured(1), wt.tool("winnow-run"), library, "--profile", "--json", "--seconds=0.05"])
        layers = json.loads(result.message)
        best = layers if best is None else [min(pair, key=lambda l: l["us"]) for pair in zip(best, layers)]
    return best


def shape_of(node, inputs, outputs):
    """A layer in words, as `64->128 3x3 s2 g1 @28x28`; channels are padded to what ONNX Runtime's layout wants."""
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    if node.op_type != "Conv" or len(inputs) < 2:
        return " x ".join("*".join(map(str, shape)) for shape in inputs[:2])
    kernel, stride = inputs[1][2:], attributes.get("strides", [1])
    group = attributes.get("group", 1)
    return (f"{inputs[0][1]}->{outputs[0][1]} {'x'.join(map(str, kernel))}" + (f" s{stride[0]}" if stride[0] > 1 else "")
            + (f" g{group}" if group > 1 else "") + f" @{'x'.join(map(str, outputs[0][2:]))}")


def with_weights(node, constants, inputs):
    """The shapes of a layer's inputs; ONNX Runtime leaves out constants that it has packed."""
    weights = constants.get(node.input[1])
    return [inputs[0], list(weights.dims), *inputs[2:]] if inputs and weights is not None else inputs


def traffic(inputs, outputs):
    """Bytes of a layer's inputs, weights and outputs, each once."""
    return 4 * sum(math.prod(shape) for shape in [*inputs, *outputs] if shape)


def compare(path, setup, repeats):
    """Rows for the convolutions and products, and microseconds of both by op for all else."""
    graph = onnx.load(path, load_external_data=False).graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    nodes = ort_nodes(path, 5 * repeats, setup)
    taken = {name.removesuffix("_nchwc") for name in nodes}
    theirs, rest_theirs = {}, {}
    for name, (op, us, inputs, outputs) in nodes.items():
        node = owner(name, graph, taken) if op not in ("ReorderInput", "ReorderOutput") else None
        if node is not None and node.name not in theirs and any(op.endswith(c) for c in COMPUTE):
            inputs = with_weights(node, constants, inputs)
            theirs[node.name] = (us, shape_of(node, inputs, outputs), traffic(inputs, outputs))
        else:
            rest_theirs[op] = rest_theirs.get(op, 0) + us
    rows, rest_ours = [], {}
    for layer in winnow_layers(path, setup, repeats):
        if layer["name"] in theirs and layer["gflops"]:
            us, shape, moved = theirs.pop(layer["name"])
            rows.append({"name": layer["name"], "shape": shape, "algorithm": layer["algorithm"] or layer["op"],
                         "us": layer["us"], "ort_us": us, "gflops": layer["gflops"],
                         "gbytes": moved / 1e3 / layer["us"]})
        elif layer["us"]:
            rest_ours[layer["op"]] = rest_ours.get(layer["op"], 0) + layer["us"]
    for name, (us, shape, _) in theirs.items():
        rest_theirs["unmatched " + name] = us
    return rows, rest_ours, rest_theirs


def show(path, rows, rest_ours, rest_theirs, peak, everything):
    total = [sum(r["us"] for r in rows) + sum(rest_ours.values()),
             sum(r["ort_us"] for r in rows) + sum(rest_theirs.values())]
    print(f"\n## {path.stem}: {total[0] / 1e3:.2f} ms in layers, ONNX Runtime {total[1] / 1e3:.2f} ms\n")
    kinds = {}
    for row in rows:  # equal layers share a line
        kinds.setdefault((row["shape"], row["algorithm"]), []).append(row)
    lines = []
    for (shape, algorithm), same in kinds.items():
        ours, theirs = sum(r["us"] for r in same), sum(r["ort_us"] for r in same)
        if everything or ours > theirs:
            lines.append((theirs - ours, [shape, algorithm, len(same), f"{ours:.0f}", f"{theirs:.0f}",
                                          f"{ours / theirs:.2f}" if theirs else "-",
                                          f"{same[0]['gflops'] / peak:.0%}" if peak else "-",
                                          f"{same[0]['gbytes']:.1f}", same[0]["name"]]))
    if lines:
        print(wt.table([line for _, line in sorted(lines, key=lambda l: l[0])],
                       ["layer", "algorithm", "times", "us", "ORT us", "ratio", "of peak", "GB/s", "first of them"]))
    for title, rest in (("Winnow", rest_ours), ("ONNX Runtime", rest_theirs)):
        words = ", ".join(f"{op} {us:.0f}" for op, us in sorted(rest.items(), key=lambda item: -item[1])[:8])
        print(f"\n{title}'s other layers, us: {words or 'none'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--all", action="store_true", help="all layers, not only those where we are slower")
    parser.add_argument("--json", type=Path, help="write all rows there")
    parser.add_argument("--avx2", action="store_true", help="both on a processor with AVX2 at most")
    parser.add_argument("--options", default="", help="more options for winnowc")
    parser.add_argument("--repeats", type=int, default=4)
    parser.add_argument("--profile-onnxruntime", type=int, metavar="RUNS", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.profile_onnxruntime:
        print(json.dumps(profile_onnxruntime(arguments.models[0], arguments.profile_onnxruntime)))
        return
    peak, found = machine.peak_gflops(1, arguments.avx2), {}
    for path in arguments.models:
        setup = Setup(1, arguments.avx2, tuple(arguments.options.split()))
        try:
            found[path.stem] = compare(path, setup, arguments.repeats)
            show(path, *found[path.stem], peak, arguments.all)
        except Unavailable as reason:
            print(f"\n## {path.stem}: {reason}")
        if arguments.json:
            arguments.json.write_text(json.dumps(found, indent=1) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
