"""Families of the numeric grid whose ops the importer writes out in others: recurrence, control flow, sampling, losses."""

import numpy as np
from onnx import TensorProto, helper

from cases import CLOSE, EXACT, Case, family, floats, node, pick, sizes


@family
def recurrent(random):
    """RNN, LSTM and GRU behind a transpose, as exporters of batch-first networks write them."""
    op, gates = pick(random, ("RNN", 1), ("LSTM", 4), ("LSTM", 4), ("GRU", 3), ("GRU", 3))
    direction = pick(random, "forward", "forward", "reverse", "bidirectional")
    count = 2 if direction == "bidirectional" else 1
    batch, steps, features, hidden = pick(random, 1, 2, 3), *sizes(random, 1, 1, 7), *sizes(random, 2, 1, 9)
    x = floats(random, batch, steps, features)
    constants = {"w": floats(random, count, gates * hidden, features) / np.float32(np.sqrt(features)),
                 "r": floats(random, count, gates * hidden, hidden) / np.float32(np.sqrt(hidden))}
    names, attributes = ["t", "w", "r", "", "", "", "", ""], {"hidden_size": hidden, "direction": direction}
    if random.random() < 0.7:
        constants["b"] = floats(random, count, 2 * gates * hidden)
        names[3] = "b"
    static = random.random() < 0.4  # States and lengths fix the batch.
    if static:
        constants["lengths"] = random.integers(1, steps + 1, batch).astype(np.int32)
        names[4] = "lengths"
    if static and random.random() < 0.6:
        constants["h"] = floats(random, count, batch, hidden)
        names[5] = "h"
        if op == "LSTM":
            constants["c"] = floats(random, count, batch, hidden)
            names[6] = "c"
    if op == "LSTM" and random.random() < 0.3:
        constants["p"] = floats(random, count, 3 * hidden)
        names[7] = "p"
    if op == "GRU" and random.random() < 0.5:
        attributes["linear_before_reset"] = 1
    while names[-1] == "":
        names.pop()
    results = ["s", "y_h"] + (["y_c"] if op == "LSTM" else [])
    nodes = [node("Transpose", ["x"], ["t"], perm=[1, 0, 2]), node(op, names, results, **attributes),
             node("Transpose", ["s"], perm=[2, 0, 1, 3])]
    # The references disagree about reversed sequences that end early; only the last states are defined alike.
    return Case(f"{op} {x.shape} {attributes} {names}", nodes, {"x": x}, constants, ("y", *results[1:]),
                batched=not static, tolerance=5e-5)


def body(nodes, inputs, outputs):
    info = lambda name, kind, shape: helper.make_tensor_value_info(name, kind, shape)
    return helper.make_graph(nodes, "body", [info(*i) for i in inputs], [info(*o) for o in outputs])


def loop_case(random, x):
    """A sum of powers that is carried and gathered; the bias comes from outside."""
    shape, trips = list(x.shape), pick(random, 1, 2, 3, 5)
    inner = body([node("Mul", ["carried", "factor"], ["m"]), node("Add", ["m", "x"], ["next"]),
                  node("Cast", ["i"], ["f"], to=TensorProto.FLOAT), node("Add", ["next", "f"], ["row"]),
                  node("Identity", ["go"], ["on"])],
                 [("i", TensorProto.INT64, []), ("go", TensorProto.BOOL, []), ("carried", TensorProto.FLOAT, shape)],
                 [("on", TensorProto.BOOL, []), ("next", TensorProto.FLOAT, shape), ("row", TensorProto.FLOAT, shape)])
    nodes = [node("Relu", ["x"], ["start"]), node("Loop", ["trips", "yes", "start"], ["last", "y"], body=inner)]
    constants = {"trips": np.int64(trips), "yes": np.bool_(True), "factor": np.float32(0.5)}
    return Case(f"Loop {trips} {x.shape}", nodes, {"x": x}, constants, ("y", "last"))


def while_case(random, x):
    """A loop that ends when its data say so."""
    shape, trips = list(x.shape), pick(random, 2, 4)
    inner = body([node("Add", ["carried", "step"], ["next"]), node("ReduceMax", ["next"], ["largest"], keepdims=0),
                  node("Less", ["largest", "limit"], ["on"])],
                 [("i", TensorProto.INT64, []), ("go", TensorProto.BOOL, []), ("carried", TensorProto.FLOAT, shape)],
                 [("on", TensorProto.BOOL, []), ("next", TensorProto.FLOAT, shape)])
    nodes = [node("Identity", ["x"], ["start"]), node("Loop", ["trips", "yes", "start"], body=inner)]
    constants = {"trips": np.int64(trips), "yes": np.bool_(True), "step": np.float32(0.75),
                 "limit": np.float32(np.abs(x).max() + 1)}
    return Case(f"while {trips} {x.shape}", nodes, {"x": x}, constants)


def scan_case(random, x):
    """A running sum along an axis, forwards or backwards."""
    axis, backwards = int(random.integers(0, x.ndim)), pick(random, 0, 1)
    row = [e for d, e in enumerate(x.shape) if d != axis]
    inner = body([node("Add", ["sum", "part"], ["next"]), node("Mul", ["next", "factor"], ["out"])],
                 [("sum", TensorProto.FLOAT, row), ("part", TensorProto.FLOAT, row)],
                 [("next", TensorProto.FLOAT, row), ("out", TensorProto.FLOAT, row)])
    nodes = [node("Scan", ["zero", "x"], ["last", "y"], body=inner, num_scan_inputs=1, scan_input_axes=[axis],
                  scan_input_directions=[backwards], scan_output_axes=[axis], scan_output_directions=[backwards])]
    constants = {"zero": np.zeros(row, np.float32), "factor": np.float32(1.5)}
    return Case(f"Scan axis {axis} {x.shape}", nodes, {"x": x}, constants, ("y", "last"))


def if_case(random, x):
    """Two branches that see the same values; the condition is data or known."""
    branch = lambda op, factor: body([node("Mul", ["x", factor], ["m"]), node(op, ["m"], ["r"])], [],
                                     [("r", TensorProto.FLOAT, list(x.shape))])
    known = pick(random, True, False)
    nodes = [] if known else [node("ReduceSum", ["x"], ["total"], keepdims=0), node("Greater", ["total", "one"], ["c"])]
    constants = {"one": np.float32(1), "two": np.float32(-2)} | ({"c": np.bool_(pick(random, 0, 1))} if known else {})
    nodes.append(node("If", ["c"], then_branch=branch("Relu", "one"), else_branch=branch("Tanh", "two")))
    return Case(f"If known {known} {x.shape}", nodes, {"x": x}, constants)


@family
def control_flow(random):
    x = floats(random, *sizes(random, pick(random, 1, 2, 3), 1, 6))
    return pick(random, loop_case, while_case, scan_case, if_case)(random, x)


@family
def deform_conv(random):
    """Offsets that move taps by up to a few pixels, also out of the picture."""
    kernel, strides = sizes(random, 2, 1, 3), sizes(random, 2, 1, 2)
    dilations, pads = sizes(random, 2, 1, 2), [int(p) for p in random.integers(0, 2, 4)]
    groups, offset_groups = pick(random, 1, 1, 2), pick(random, 1, 1, 2)
    channels, filters, batch = 2 * pick(random, 1, 2, 3), groups * pick(random, 1, 3), pick(random, 1, 2)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    extents = [max(r, 1) + int(random.integers(0, 6)) for r in reach]
    results = [(e + pads[i] + pads[2 + i] - reach[i]) // strides[i] + 1 for i, e in enumerate(extents)]
    taps = kernel[0] * kernel[1] * offset_groups
    x = floats(random, batch, channels, *extents)
    inputs = {"x": x, "offset": floats(random, batch, 2 * taps, *results)}
    constants, names = {"w": floats(random, filters, channels // groups, *kernel)}, ["x", "w", "offset"]
    if random.random() < 0.5:
        constants["b"] = floats(random, filters)
        inputs["mask"] = np.abs(floats(random, batch, taps, *results))
        names += ["b", "mask"]
    attributes = {"strides": strides, "dilations": dilations, "pads": pads, "group": groups,
                  "offset_group": offset_groups, "kernel_shape": kernel}
    return Case(f"{x.shape} {attributes}", [node("DeformConv", names, **attributes)], inputs, constants, batched=True,
                tolerance=5e-5)


@family
def loss(random):
    """Losses with weights and targets to ignore."""
    op = pick(random, "NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
    classes, spatial = pick(random, 2, 5, 9), sizes(random, pick(random, 0, 1, 2), 1, 4)
    x = floats(random, pick(random, 1, 3), classes, *spatial)
    target = random.integers(0, classes, (x.shape[0], *spatial))
    names, constants, attributes = ["x", "target"], {}, {"reduction": pick(random, "none", "sum", "mean")}
    if random.random() < 0.5:
        constants["w"] = np.abs(floats(random, classes)) + np.float32(0.1)
        names.append("w")
    if random.random() < 0.5:
        attributes["ignore_index"] = int(target.flat[0]) if target.size > 1 and (target != target.flat[0]).any() else -1
    return Case(f"{op} {x.shape} {attributes}", [node(op, names, **attributes)], {"x": x, "target": target}, constants)


@family
def signal(random):
    """Transforms of real and complex samples, whole, cut and extended."""
    length, parts = pick(random, 1, 3, 4, 8, 12, 15, 16, 30), pick(random, 1, 2)
    x = floats(random, 2, length, pick(random, 1, 3), parts)
    constants, names = {}, ["x"]
    if random.random() < 0.4:
        constants["n"] = np.int64(pick(random, 2, 5, 8, 20))
        names.append("n")
    attributes = {"axis": 1, "inverse": pick(random, 0, 1) if parts == 2 else 0,
                  "onesided": pick(random, 0, 1) if parts == 1 else 0}
    return Case(f"DFT {x.shape} {attributes} {constants}", [node("DFT", names, **attributes)], {"x": x}, constants,
                tolerance=CLOSE)


@family
def selection(random):
    """Parts that lengths, extents and windows choose."""
    op = pick(random, "CenterCropPad", "ReverseSequence", "Col2Im")
    if op == "CenterCropPad":
        x = floats(random, *sizes(random, 3, 1, 6))
        constants = {"shape": np.array(sizes(random, 2, 1, 8))}
        return Case(f"{op} {x.shape}", [node(op, ["x", "shape"], axes=[-1, 0])], {"x": x}, constants, tolerance=EXACT)
    if op == "ReverseSequence":
        x, axis = floats(random, *sizes(random, 3, 1, 5)), pick(random, 0, 1)
        lengths = random.integers(1, x.shape[axis] + 1, x.shape[1 - axis])
        nodes = [node(op, ["x", "lengths"], time_axis=axis, batch_axis=1 - axis)]
        return Case(f"{op} {x.shape} {axis}", nodes, {"x": x, "lengths": lengths}, tolerance=EXACT)
    kernel, strides, image = sizes(random, 2, 1, 3), sizes(random, 2, 1, 2), sizes(random, 2, 3, 7)
    pads = [int(p) for p in random.integers(0, 2, 4)]
    steps = [(e + pads[i] + pads[2 + i] - kernel[i]) // strides[i] + 1 for i, e in enumerate(image)]
    x = floats(random, pick(random, 1, 2), pick(random, 1, 3) * kernel[0] * kernel[1], steps[0] * steps[1])
    constants = {"image": np.array(image), "block": np.array(kernel)}
    return Case(f"{op} {x.shape} {image} {kernel} {strides} {pads}",
                [node(op, ["x", "image", "block"], strides=strides, pads=pads)], {"x": x}, constants, batched=True)
