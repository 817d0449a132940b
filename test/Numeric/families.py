"""Families of the numeric grid, op by op: each draws one case from a seeded generator."""

import numpy as np

from cases import CLOSE, EXACT, Case, family, floats, node, pick, sizes


def convolution_case(random, rank, groups, inputs, outputs, dilations=None, kernel=None, strides=None):
    kernel = kernel or [pick(random, 1, 2, 3, 3, 3, 5) for _ in range(rank)]
    strides = strides or [pick(random, 1, 1, 1, 2, 3) for _ in range(rank)]
    dilations = dilations or [pick(random, 1, 1, 1, 2) for _ in range(rank)]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    extents = [r + int(random.integers(0, 14)) for r in reach]
    batch = pick(random, 1, 1, 2, 3)
    attributes = {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "group": groups}
    mode = pick(random, "pads", "pads", "none", "SAME_UPPER", "SAME_LOWER", "VALID")
    if mode == "pads":
        attributes["pads"] = [int(random.integers(0, r)) if r > 1 else 0 for r in reach * 2]
    elif mode != "none":
        attributes["auto_pad"] = mode
    if mode.startswith("SAME"):
        attributes["dilations"] = [1] * rank
    x = floats(random, batch, inputs, *extents)
    w = floats(random, outputs, inputs // groups, *kernel) / np.float32(np.sqrt(inputs // groups * np.prod(kernel)))
    constants, names = {"w": w}, ["x", "w"]
    if random.random() < 0.6:
        constants["b"] = floats(random, outputs)
        names.append("b")
    nodes, text = [node("Conv", names, **attributes)], f"{x.shape} {attributes}"
    case = Case(text, nodes, {"x": x}, constants, batched=True)
    return with_activation(random, case)


def with_activation(random, case):
    """Often something follows that a compiler may fuse."""
    kind = pick(random, "none", "none", "Relu", "Clip", "LeakyRelu", "Sigmoid", "HardSwish", "residual", "norm")
    if kind == "none":
        return case
    last = case.nodes[-1]
    last.output[0] = "t"
    if kind == "Clip":
        case.constants |= {"low": np.float32(0), "high": np.float32(0.8)}
        case.nodes.append(node("Clip", ["t", "low", "high"]))
    elif kind == "residual":  # y = relu(conv(x) + sigmoid(conv(x)))
        case.nodes += [node("Sigmoid", ["t"], ["s"]), node("Add", ["t", "s"], ["u"]), node("Relu", ["u"])]
    elif kind == "norm":
        channels = case.constants["w"].shape[0]
        if last.op_type == "ConvTranspose":
            channels = case.constants["w"].shape[1] * next(a.i for a in last.attribute if a.name == "group")
        case.constants |= {"scale": floats(random, channels), "shift": floats(random, channels),
                           "mean": floats(random, channels), "var": np.abs(floats(random, channels)) + np.float32(0.2)}
        case.nodes += [node("BatchNormalization", ["t", "scale", "shift", "mean", "var"], ["n"]), node("Relu", ["n"])]
    else:
        case.nodes.append(node(kind, ["t"]))
    case.name += f" + {kind}"
    return case


@family
def conv(random):
    groups = pick(random, 1, 1, 1, 2, 3)
    channels = lambda: groups * pick(random, 1, 2, 3, 5, 8, 16, 17, 24, 32)
    return convolution_case(random, 2, groups, channels(), channels())


@family
def conv_wide(random):
    """Channel counts that blocked layouts like, and those just beside them."""
    channels = lambda: pick(random, 15, 16, 31, 32, 33, 48, 64, 100)
    return convolution_case(random, 2, 1, channels(), channels())


@family
def conv_halves(random):
    """One tap, and channels whose halves are whole blocks or not; few pixels, or so many that they come in chunks."""
    rank, channels = pick(random, 1, 2, 2, 3), lambda: pick(random, 32, 64, 96, 128, 160, 40)
    case = convolution_case(random, rank, 1, channels(), channels(), kernel=[1] * rank, strides=[1] * rank)
    if random.random() < 0.25:
        large = [int(random.integers(30, 80)) for _ in range(min(rank, 2))] + [1] * (rank - 2)
        x = case.inputs["x"]
        case.inputs["x"] = floats(random, *x.shape[:2], *large)
        case.name += f" {large}"
    return case


def without_weights(random, case):
    """Zeros in the filter: anywhere, or in the same places of 4 or 16 output channels; whole channels without a weight."""
    w, share, rows = case.constants["w"], pick(random, 0.4, 0.7, 0.9, 0.98), pick(random, 1, 1, 4, 16)
    kept = np.repeat(random.random((-(-w.shape[0] // rows), *w.shape[1:])) >= share, rows, axis=0)[:w.shape[0]]
    kept[random.random(w.shape[0]) < 0.1] = False
    case.constants["w"] = w * kept.astype(np.float32)
    case.name += f" zeros {share} of {rows}"
    return case


@family
def conv_sparse(random):
    """Filters with zeros, windows of any kind, images of any extent."""
    rank, channels = pick(random, 1, 2, 2, 2), lambda: pick(random, 8, 16, 17, 24, 31, 32, 48, 100)
    kind, kernel, strides = pick(random, "any", "pointwise", "square"), None, None
    if kind != "any":
        kernel, strides = [1 if kind == "pointwise" else 3] * rank, [1] * rank
    case = convolution_case(random, rank, 1, channels(), channels(), kernel=kernel, strides=strides)
    if random.random() < 0.3:
        x = case.inputs["x"]
        case.inputs["x"] = floats(random, *x.shape[:2], *(int(random.integers(14, 64)) for _ in range(rank)))
        case.name += f" {case.inputs['x'].shape}"
    return without_weights(random, case)


@family
def conv_chunks(random):
    """So many tiles of a 3x3 window that transforms come in several chunks, the last of which may be smaller."""
    channels = lambda: pick(random, 33, 48, 64)
    case = convolution_case(random, 2, 1, channels(), channels(), kernel=[3, 3], strides=[1, 1], dilations=[1, 1])
    extents = [int(random.integers(40, 76)) for _ in range(2)]
    x = case.inputs["x"]
    case.inputs["x"] = floats(random, *x.shape[:2], *extents)
    case.name += f" {extents}"
    return case


@family
def conv_shortcut(random):
    """One tap with strides and many channels: the pixels that it reads may be copied together first."""
    strides = [int(random.integers(1, 4)), 2]
    case = convolution_case(random, 2, 1, pick(random, 384, 512), pick(random, 512, 544), kernel=[1, 1], strides=strides)
    extents = [s * int(random.integers(11, 16)) + int(random.integers(0, 2)) for s in strides]
    x = case.inputs["x"]
    case.inputs["x"] = floats(random, *x.shape[:2], *extents)
    case.name += f" {extents}"
    return case


@family
def conv_large(random):
    """Windows of up to 15 taps, along one or both dimensions, with any pads; the scale of what f32 can get right."""
    rank, channels = pick(random, 1, 2, 2, 2), lambda: pick(random, 5, 8, 16, 17, 24, 32, 48)
    kernel = [pick(random, 1, 3, 5, 6, 7, 9, 11, 15) for _ in range(rank)]
    case = convolution_case(random, rank, 1, channels(), channels(), [1] * rank, kernel, [1] * rank)
    case.tolerance = 1e-5
    return case


@family
def conv_grouped(random):
    """Groups that are narrower than a vector, some of whose blocks are not full."""
    width, groups = pick(random, 2, 4, 4, 8, 8), pick(random, 2, 3, 8, 13, 16)
    return convolution_case(random, 2, groups, width * groups, width * groups)


@family
def conv_one_pixel(random):
    """Windows as large as their input: fully connected layers."""
    extents = pick(random, [1, 1], [1, 1], [2, 3], [4, 4])
    inputs, outputs = pick(random, 3, 16, 32, 33, 100), pick(random, 1, 10, 16, 130, 300)
    x = floats(random, pick(random, 1, 1, 3), inputs, *extents)
    w = floats(random, outputs, inputs, *extents) / np.float32(np.sqrt(inputs * np.prod(extents)))
    b = floats(random, outputs)
    case = Case(f"{x.shape} to {outputs}", [node("Conv", ["x", "w", "b"])], {"x": x}, {"w": w, "b": b}, batched=True)
    return with_activation(random, case)


@family
def conv_depthwise(random):
    channels = pick(random, 1, 3, 8, 16, 17, 32, 40)
    return convolution_case(random, 2, channels, channels, channels * pick(random, 1, 1, 1, 2))


@family
def conv_1d_3d(random):
    groups = pick(random, 1, 1, 2)
    channels = lambda: groups * pick(random, 1, 3, 8, 16)
    return convolution_case(random, pick(random, 1, 3), groups, channels(), channels())


@family
def conv_dynamic_weights(random):
    """Weights and bias that are inputs."""
    case = convolution_case(random, 2, 1, pick(random, 3, 8, 16), pick(random, 4, 16))
    if len(case.nodes) > 1:
        return conv_dynamic_weights(random)
    case.inputs |= case.constants
    case.constants, case.batched = {}, False
    return case


@family
def conv_transpose(random):
    rank, groups = pick(random, 1, 2, 2, 2, 3), pick(random, 1, 1, 2)
    inputs, outputs = groups * pick(random, 1, 3, 8, 16), groups * pick(random, 1, 2, 5, 16)
    kernel, strides = [pick(random, 1, 2, 3, 4) for _ in range(rank)], [pick(random, 1, 2, 2, 3) for _ in range(rank)]
    dilations = [pick(random, 1, 1, 2) for _ in range(rank)]
    attributes = {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "group": groups}
    extents = sizes(random, rank, 3, 9)
    pads = [int(random.integers(0, 2)) for _ in range(2 * rank)]
    full = [(e - 1) * s + (k - 1) * d + 1 for e, s, k, d in zip(extents, strides, kernel, dilations)]
    if all(f - pads[i] - pads[i + rank] > 0 for i, f in enumerate(full)):
        attributes["pads"] = pads
    if random.random() < 0.4:
        attributes["output_padding"] = [int(random.integers(0, max(s, d))) for s, d in zip(strides, dilations)]
    x = floats(random, pick(random, 1, 2), inputs, *extents)
    constants = {"w": floats(random, inputs, outputs // groups, *kernel)}
    names = ["x", "w"]
    if random.random() < 0.5:
        constants["b"] = floats(random, outputs)
        names.append("b")
    case = Case(f"{x.shape} {attributes}", [node("ConvTranspose", names, **attributes)], {"x": x}, constants,
                batched=True)
    return with_activation(random, case)


@family
def conv_transpose_phases(random):
    """Windows shorter and much longer than their strides, one channel a group, weights that are inputs."""
    inputs = outputs = groups = pick(random, 16, 17, 32)
    if random.random() < 0.7:
        groups, inputs, outputs = 1, pick(random, 8, 16, 33, 64), pick(random, 3, 16, 33, 64)
    strides, kernel = [pick(random, 1, 2, 3, 4, 8) for _ in range(2)], [pick(random, 1, 2, 4, 7, 16) for _ in range(2)]
    dilations = [pick(random, 1, 1, 1, 2, 3, 4) for _ in range(2)]
    attributes = {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "group": groups}
    extents = sizes(random, 2, 1, 17)
    if random.random() < 0.3:
        attributes["auto_pad"], attributes["dilations"] = pick(random, "SAME_UPPER", "SAME_LOWER", "VALID"), [1, 1]
        # Where a step passes over the window, the padding would be negative and references disagree.
        attributes["strides"] = [min(s, k) for s, k in zip(strides, kernel)]
    else:
        reach = [(e - 1) * s + (k - 1) * d + 1 for e, s, k, d in zip(extents, strides, kernel, dilations)]
        attributes["pads"] = [int(random.integers(0, min(5, (r + 1) // 2))) for r in reach * 2]
        attributes["output_padding"] = [int(random.integers(0, max(s, d))) for s, d in zip(strides, dilations)]
    x = floats(random, pick(random, 1, 2), inputs, *extents)
    weights = {"w": floats(random, inputs, outputs // groups, *kernel), "b": floats(random, outputs)}
    nodes = [node("ConvTranspose", ["x", "w", "b"], **attributes)]
    if random.random() < 0.2:
        return Case(f"{x.shape} {attributes} (dynamic)", nodes, {"x": x} | weights)
    return Case(f"{x.shape} {attributes}", nodes, {"x": x}, weights, batched=True)


@family
def conv_pooled(random):
    """A convolution that only a pool reads: the two may share a kernel."""
    inputs, outputs = pick(random, 1, 3, 16, 20), pick(random, 8, 16, 24, 64)
    case = convolution_case(random, 2, 1, inputs, outputs, kernel=pick(random, [1, 1], [3, 3], [5, 3], [7, 7]))
    low, high = sizes(random, 2, 24, 60)
    case.inputs["x"] = floats(random, case.inputs["x"].shape[0], inputs, low, high)
    case.name += f" on {low}x{high}"
    case.nodes[-1].output[0] = "before"
    pools = pooling_case(random, 2, "before")
    case.nodes.append(pools.nodes[0])
    case.name += ", " + pools.name
    return case


@family
def conv_pooled_squares(random):
    """Windows and maps for which Winograd's outputs are pooled in registers."""
    channels, k = pick(random, 32, 40, 64), pick(random, 3, 3, 5)
    height, width = (2 * int(random.integers(8, 25)) for _ in range(2))
    x = floats(random, pick(random, 1, 2), channels, height, width)
    w = floats(random, channels, channels, k, k) / np.float32(k * np.sqrt(channels))
    nodes = [node("Conv", ["x", "w", "b"], ["t"], pads=[k // 2] * 4)]
    if random.random() < 0.7:
        nodes += [node("Relu", ["t"], ["r"])]
    pads = pick(random, [0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1])
    nodes.append(node("MaxPool", [nodes[-1].output[0]], kernel_shape=[2, 2], strides=[2, 2], pads=pads))
    return Case(f"{x.shape} k{k} {pads}", nodes, {"x": x}, {"w": w, "b": floats(random, channels)}, batched=True,
                tolerance=5e-5)


@family
def pool(random):
    return pooling_case(random, pick(random, 1, 2, 2, 2, 3))


def pooling_case(random, rank, source="x"):
    op = pick(random, "MaxPool", "MaxPool", "AveragePool", "AveragePool", "LpPool")
    kernel, strides = [pick(random, 1, 2, 3, 3, 5) for _ in range(rank)], [pick(random, 1, 1, 2, 2, 3)] * rank
    dilations = [pick(random, 1, 1, 1, 2)] * rank
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    extents = [r + int(random.integers(0, 12)) for r in reach]
    attributes = {"kernel_shape": kernel, "strides": strides}
    if dilations[0] > 1:
        attributes["dilations"] = dilations
    mode = pick(random, "pads", "pads", "none", "SAME_UPPER", "SAME_LOWER", "VALID")
    if mode == "pads":
        attributes["pads"] = [int(random.integers(0, k)) if k > 1 else 0 for k in kernel * 2]
    elif mode != "none":
        attributes["auto_pad"] = mode
        # Where a step passes over the window, references disagree: the padding would be negative. With dilations they
        # do not even agree on the result's shape.
        attributes.pop("dilations", None)
        attributes["strides"] = [min(s, k) for s, k in zip(strides, kernel)]
    if mode in ("pads", "none"):
        attributes["ceil_mode"] = pick(random, 0, 0, 1)
    if op == "AveragePool":
        attributes["count_include_pad"] = pick(random, 0, 1)
    x = floats(random, pick(random, 1, 2), pick(random, 1, 3, 16, 17, 32), *extents)
    return Case(f"{op} {x.shape} {attributes}", [node(op, [source], **attributes)], {"x": x}, batched=True)


@family
def pool_indices(random):
    kernel, stride = pick(random, 2, 3), pick(random, 1, 2)
    attributes = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [pick(random, 0, 1)] * 4,
                  "storage_order": pick(random, 0, 0, 1)}
    x = floats(random, pick(random, 1, 2), pick(random, 1, 3, 16), *sizes(random, 2, 4, 12))
    return Case(f"MaxPool {x.shape} {attributes}", [node("MaxPool", ["x"], ["y", "i"], **attributes)], {"x": x},
                outputs=("y", "i"), batched=True)


@family
def pool_global(random):
    op = pick(random, "GlobalAveragePool", "GlobalMaxPool")
    x = floats(random, pick(random, 1, 2), pick(random, 1, 16, 17, 40), *sizes(random, pick(random, 1, 2, 3), 1, 9))
    return Case(f"{op} {x.shape}", [node(op, ["x"])], {"x": x}, batched=True)


def broadcast_pair(random, shape):
    """Two shapes that broadcast together to something like `shape`."""
    def thinned():
        dropped = list(shape[int(random.integers(0, len(shape) + 1)):])
        return [1 if random.random() < 0.3 else d for d in dropped]
    return pick(random, (shape, shape), (shape, thinned()), (thinned(), shape), (thinned(), thinned()))


@family
def binary(random):
    op = pick(random, "Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Mod", "Less", "LessOrEqual", "Greater",
              "GreaterOrEqual", "Equal", "And", "Or", "Xor")
    dtype = pick(random, np.float32, np.float32, np.float64, np.int32, np.int64, np.uint8, np.int8)
    if op in ("Div", "Mod") and np.dtype(dtype).kind in "iu":
        dtype = np.int32
    shape = sizes(random, pick(random, 1, 2, 3, 4), 1, 7)
    a, b = (random.integers(-9, 10, s) if np.dtype(dtype).kind != "u" else random.integers(0, 9, s)
            for s in broadcast_pair(random, shape))
    attributes = {}
    if op in ("And", "Or", "Xor"):
        a, b = a > 0, b > 0
    elif op == "Equal" or np.dtype(dtype).kind != "f":
        a, b = a.astype(dtype), b.astype(dtype)
    else:
        a, b = (a + 0.25).astype(dtype), (b + 0.5).astype(dtype)
    if op in ("Div", "Mod"):
        b = np.where(b == 0, b.dtype.type(3), b)
    if op == "Mod" and a.dtype.kind == "f":
        attributes["fmod"] = 1
    if op == "Pow":
        dtype = np.float32 if np.dtype(dtype).kind == "f" else np.int32
        a, b = (np.abs(a) % 5 + 1).astype(dtype), (np.abs(b) % 4).astype(dtype)
    a, b = np.asarray(a), np.asarray(b)
    constant = random.random() < 0.3
    return Case(f"{op} {a.dtype} {a.shape} {b.shape}", [node(op, ["a", "b"], **attributes)],
                {"a": a} if constant else {"a": a, "b": b}, {"b": b} if constant else {},
                tolerance=CLOSE if a.dtype.kind == "f" else EXACT)


UNARY = {"Relu": {}, "LeakyRelu": {"alpha": 0.1}, "Elu": {"alpha": 1.5}, "Selu": {}, "Celu": {"alpha": 0.7},
         "Sigmoid": {}, "HardSigmoid": {"alpha": 0.3}, "HardSwish": {}, "Mish": {}, "Softplus": {}, "Softsign": {},
         "Tanh": {}, "Erf": {}, "ThresholdedRelu": {"alpha": 0.6}, "Shrink": {"lambd": 0.4, "bias": 0.1}, "Neg": {},
         "Abs": {}, "Exp": {}, "Ceil": {}, "Floor": {}, "Round": {}, "Sign": {}, "Sin": {}, "Cos": {}, "Tan": {},
         "Atan": {}, "Sinh": {}, "Cosh": {}, "Asinh": {}, "Reciprocal": {}, "Sqrt": {}, "Log": {}, "Asin": {},
         "Acos": {}, "Acosh": {}, "Atanh": {}}


@family
def unary(random):
    op = list(UNARY)[int(random.integers(len(UNARY)))]
    x = 3 * floats(random, *sizes(random, pick(random, 1, 2, 3, 4), 1, 9))
    if op in ("Sqrt", "Log", "Reciprocal"):
        x = np.abs(x) + np.float32(0.1)
    elif op in ("Asin", "Acos", "Atanh"):
        x = np.tanh(x) * np.float32(0.98)
    elif op == "Acosh":
        x = np.abs(x) + 1
    elif op == "Tan":
        x = np.tanh(x)
    elif op in ("Round", "Floor", "Ceil"):
        x = np.round(x * 2) / 2
    return Case(f"{op} {x.shape}", [node(op, ["x"], **UNARY[op])], {"x": x.astype(np.float32)})


@family
def matmul(random):
    k, n = pick(random, 1, 3, 16, 33, 64), pick(random, 1, 2, 10, 16, 50)
    kind = pick(random, "gemm", "gemm", "2d", "batched", "vector", "constant")
    m = pick(random, 1, 1, 2, 5, 17)
    if kind == "gemm":
        attributes = {"transA": pick(random, 0, 0, 1), "transB": pick(random, 0, 1), "alpha": pick(random, 1.0, 0.5),
                      "beta": pick(random, 1.0, 2.0)}
        a = floats(random, *((k, m) if attributes["transA"] else (m, k)))
        b = floats(random, *((n, k) if attributes["transB"] else (k, n)))
        c = floats(random, *pick(random, (n,), (1, n), (m, n), (m, 1), (1,)))
        constants, names = {"b": b, "c": c}, ["a", "b", "c"][:pick(random, 2, 3, 3)]
        constants = {name: v for name, v in constants.items() if name in names}
        return Case(f"Gemm {a.shape} {b.shape} {attributes}", [node("Gemm", names, **attributes)], {"a": a}, constants,
                    batched=not attributes["transA"] and c.shape[0] != m)
    shapes = {"2d": ((m, k), (k, n)), "constant": ((m, k), (k, n)), "batched": ((2, 1, m, k), (3, k, n)),
              "vector": pick(random, ((k,), (k, n)), ((m, k), (k,)), ((k,), (k,)), ((2, m, k), (k,)))}[kind]
    a, b = floats(random, *shapes[0]), floats(random, *shapes[1])
    inputs, constants = ({"a": a}, {"b": b}) if kind == "constant" else ({"a": a, "b": b}, {})
    return Case(f"MatMul {a.shape} {b.shape}", [node("MatMul", ["a", "b"])], inputs, constants)


@family
def reduction(random):
    op = pick(random, "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
              "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare", "ArgMax", "ArgMin")
    rank = pick(random, 1, 2, 3, 4)
    x = floats(random, *sizes(random, rank, 1, 7))
    if op == "ReduceLogSum":
        x = np.abs(x) + np.float32(0.1)
    keep = pick(random, 0, 1)
    if op.startswith("Arg"):
        attributes = {"axis": int(random.integers(-rank, rank)), "keepdims": keep,
                      "select_last_index": pick(random, 0, 1)}
        return Case(f"{op} {x.shape} {attributes}", [node(op, ["x"], **attributes)], {"x": np.round(x)},
                    tolerance=EXACT)
    axes = sorted(int(a) for a in random.permutation(rank)[:int(random.integers(1, rank + 1))])
    if random.random() < 0.2:
        axes = None
    attributes = {"keepdims": keep}
    names, constants = ["x"], {}
    if axes is not None:
        names, constants = ["x", "axes"], {"axes": np.array(axes, np.int64)}
    return Case(f"{op} {x.shape} {axes} {attributes}", [node(op, names, **attributes)], {"x": x}, constants)


@family
def normalization(random):
    op = pick(random, "BatchNormalization", "InstanceNormalization", "LayerNormalization", "LRN", "Softmax",
              "LogSoftmax", "Hardmax")
    channels = pick(random, 1, 4, 12, 17)
    x = floats(random, pick(random, 1, 2), channels, *sizes(random, pick(random, 1, 2), 2, 8))
    vectors = {n: floats(random, channels) for n in ("scale", "shift", "mean")}
    vectors["var"] = np.abs(floats(random, channels)) + np.float32(0.1)
    if op == "BatchNormalization":
        return Case(f"{op} {x.shape}", [node(op, ["x", "scale", "shift", "mean", "var"])], {"x": x}, vectors,
                    batched=True)
    if op == "InstanceNormalization":
        constants = {n: vectors[n] for n in ("scale", "shift")}
        return Case(f"{op} {x.shape}", [node(op, ["x", "scale", "shift"])], {"x": x}, constants, batched=True)
    if op == "LayerNormalization":
        axis = pick(random, -1, 1, x.ndim - 1)
        shape = x.shape[axis % x.ndim:]
        constants = {"scale": floats(random, *shape), "shift": floats(random, *shape)}
        return Case(f"{op} {x.shape} {axis}", [node(op, ["x", "scale", "shift"], axis=axis)], {"x": x}, constants)
    if op == "LRN":
        x = x if x.ndim == 4 else x[..., None]
        size = pick(random, 1, 3, 5)
        return Case(f"{op} {x.shape} {size}", [node(op, ["x"], size=size, alpha=0.01, beta=0.7, bias=1.5)], {"x": x},
                    batched=True)
    axis = int(random.integers(-x.ndim, x.ndim))
    return Case(f"{op} {x.shape} {axis}", [node(op, ["x"], axis=axis)], {"x": x})


@family
def movement(random):
    """Ops that move elements about and compute nothing."""
    rank = pick(random, 2, 3, 4)
    shape = sizes(random, rank, 2, 6)
    x = pick(random, floats(random, *shape), random.integers(-99, 99, shape), random.integers(0, 2, shape) > 0,
             random.integers(0, 255, shape).astype(np.uint8))
    kind = pick(random, "Transpose", "Slice", "Concat", "Split", "Pad", "Expand", "Tile", "Gather", "GatherElements",
                "GatherND", "Where", "DepthToSpace", "SpaceToDepth", "Reshape", "ScatterElements", "ScatterND")
    axis = int(random.integers(-rank, rank))
    extent = shape[axis]
    make = lambda name, nodes, inputs=None, constants=None, outputs=("y",): Case(
        f"{kind} {x.dtype} {list(x.shape)} {name}", nodes, inputs or {"x": x}, constants or {}, outputs, EXACT)
    if kind == "Transpose":
        perm = [int(p) for p in random.permutation(rank)]
        return make(perm, [node(kind, ["x"], perm=perm)])
    if kind == "Slice":
        step = pick(random, 1, 1, 2, -1, -2)
        starts, ends = (int(random.integers(-extent, extent)), pick(random, extent, 9999, -1, -9999))
        c = {n: np.array([v], np.int64) for n, v in (("s", starts), ("e", ends), ("a", axis), ("t", step))}
        result = range(extent)[starts:ends if ends != -9999 or step > 0 else None:step]
        if not len(result):
            return movement(random)
        return make((starts, ends, axis, step), [node(kind, ["x", "s", "e", "a", "t"])], None, c)
    if kind == "Concat":
        other = list(shape)
        other[axis] = pick(random, 1, 3)
        b = random.permutation(np.resize(x.ravel(), int(np.prod(other)))).reshape(other)
        return make(axis, [node(kind, ["x", "b", "x"], axis=axis)], {"x": x, "b": b})
    if kind == "Split":
        first = int(random.integers(1, extent))
        return make((axis, first), [node(kind, ["x", "s"], ["y", "z"], axis=axis)], None,
                    {"s": np.array([first, extent - first], np.int64)}, ("y", "z"))
    if kind == "Pad":
        mode = pick(random, "constant", "reflect", "edge", "wrap")
        if x.dtype == bool:
            mode = "constant"
        pads = [int(random.integers(-1 if mode == "constant" else 0, 2)) for _ in range(2 * rank)]
        c = {"p": np.array(pads, np.int64)}
        names = ["x", "p"]
        if mode == "constant" and random.random() < 0.5:
            c["v"] = x.dtype.type(1)
            names.append("v")
        return make((mode, pads), [node(kind, names, mode=mode)], None, c)
    if kind == "Expand":
        x = x[:, :1] if rank > 1 else x
        target = [pick(random, 1, 2)] + [d if d > 1 else pick(random, 1, 4) for d in x.shape]
        return make(target, [node(kind, ["x", "s"])], {"x": x}, {"s": np.array(target, np.int64)})
    if kind == "Tile":
        repeats = sizes(random, rank, 1, 3)
        return make(repeats, [node(kind, ["x", "r"])], None, {"r": np.array(repeats, np.int64)})
    if kind == "Gather":
        index = random.integers(-extent, extent, sizes(random, pick(random, 0, 1, 2), 1, 4)).astype(
            pick(random, np.int64, np.int32))
        index = np.asarray(index)
        constant = random.random() < 0.5
        return make((axis, index.shape), [node(kind, ["x", "i"], axis=axis)],
                    {"x": x} if constant else {"x": x, "i": index}, {"i": index} if constant else {})
    if kind == "GatherElements":
        index = random.integers(-extent, extent, shape)
        return make(axis, [node(kind, ["x", "i"], axis=axis)], {"x": x, "i": index})
    if kind in ("GatherND", "ScatterND"):
        depth = int(random.integers(1, rank + 1))
        count = 2 if kind == "ScatterND" else 3
        index = np.stack([random.permutation(max(d, count))[:count] % d for d in shape[:depth]], -1).astype(np.int64)
        if kind == "GatherND":
            return make(index.shape, [node(kind, ["x", "i"])], {"x": x, "i": index})
        index = np.stack([np.arange(count) % d for d in shape[:depth]], -1).astype(np.int64)
        updates = np.resize(x.ravel()[::-1], [count, *shape[depth:]])
        return make(index.shape, [node(kind, ["x", "i", "u"])], {"x": x, "i": index, "u": updates})
    if kind == "ScatterElements":
        index = np.argsort(random.random(shape), axis=axis)
        return make(axis, [node(kind, ["x", "i", "u"], axis=axis)], {"x": x, "i": index, "u": x[::-1].copy()})
    if kind == "Where":
        c = random.integers(0, 2, pick(random, shape, shape[1:], [1] * rank)) > 0
        return make(c.shape, [node(kind, ["c", "x", "b"])], {"c": c, "x": x, "b": x[:1].copy()})
    if kind == "Reshape":
        target = pick(random, [-1], [0, -1], [1, -1, shape[-1]])
        return make(target, [node(kind, ["x", "s"])], None, {"s": np.array(target, np.int64)})
    b, h, w = pick(random, 2, 3), 2, 3
    mode = {"mode": pick(random, "DCR", "CRD")} if kind == "DepthToSpace" else {}
    shape = (2, 2 * b * b, h, w) if kind == "DepthToSpace" else (2, 3, h * b, w * b)
    x = floats(random, *shape)
    return Case(f"{kind} {shape} {mode}", [node(kind, ["x"], blocksize=b, **mode)], {"x": x}, tolerance=EXACT,
                batched=True)


@family
def resize(random):
    mode = pick(random, "nearest", "linear", "linear", "cubic")
    attributes = {"mode": mode, "coordinate_transformation_mode": pick(
        random, "half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")}
    if mode == "nearest":
        attributes["nearest_mode"] = pick(random, "round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
    if mode == "cubic":
        attributes |= {"cubic_coeff_a": pick(random, -0.75, -0.5), "exclude_outside": pick(random, 0, 1)}
    x = floats(random, pick(random, 1, 2), pick(random, 1, 3, 16), *sizes(random, 2, 3, 8))
    if random.random() < 0.5:
        scales = [1.0, 1.0, pick(random, 2.0, 1.5, 0.5, 3.0), pick(random, 2.0, 0.75, 1.0)]
        return Case(f"{x.shape} {scales} {attributes}", [node("Resize", ["x", "", "s"], **attributes)], {"x": x},
                    {"s": np.array(scales, np.float32)})
    target = [*x.shape[:2], *sizes(random, 2, 2, 14)]
    return Case(f"{x.shape} {target} {attributes}", [node("Resize", ["x", "", "", "s"], **attributes)], {"x": x},
                {"s": np.array(target, np.int64)})


@family
def quantization(random):
    """Quantized convolutions and products as exporters write them."""
    kind = pick(random, "qdq conv", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "round trip")
    dtype = pick(random, np.uint8, np.int8)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    zero = lambda: dtype(random.integers(low // 2 if low else 100, high // 2 + 20))
    scale = lambda: np.float32(random.uniform(0.005, 0.05))
    if kind == "round trip":
        x = floats(random, 2, 5, 7)
        c = {"s": scale(), "z": zero()}
        nodes = [node("QuantizeLinear", ["x", "s", "z"], ["q"]), node("DequantizeLinear", ["q", "s", "z"])]
        return Case(f"{kind} {dtype.__name__}", nodes, {"x": x}, c, ("y", "q"), 1e-6)
    if kind in ("QLinearMatMul", "MatMulInteger"):
        a, b = (random.integers(low, high + 1, s).astype(dtype) for s in ((4, 20), (20, 6)))
        if kind == "MatMulInteger":
            return Case(f"{kind} {dtype.__name__}", [node(kind, ["a", "b", "za", "zb"])], {"a": a, "b": b},
                        {"za": zero(), "zb": zero()}, tolerance=EXACT)
        c = {"sa": scale(), "za": zero(), "sb": scale(), "zb": zero(), "sy": np.float32(0.3), "zy": zero()}
        return Case(f"{kind} {dtype.__name__}", [node(kind, ["a", "sa", "za", "b", "sb", "zb", "sy", "zy"])],
                    {"a": a, "b": b}, c, tolerance=1)
    channels, outputs = pick(random, 3, 16), pick(random, 4, 16)
    w = random.integers(-127, 128, (outputs, channels, 3, 3)).astype(np.int8)
    geometry = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [pick(random, 1, 2)] * 2}
    x = random.integers(low, high + 1, (pick(random, 1, 2), channels, 9, 8)).astype(dtype)
    if kind == "ConvInteger":
        x = random.integers(0, 256, x.shape).astype(np.uint8)
        w = random.integers(0, 256, w.shape).astype(np.uint8)
        c = {"w": w, "zx": np.uint8(7), "zw": np.uint8(120)}
        return Case(f"{kind} {x.shape}", [node(kind, ["x", "w", "zx", "zw"], **geometry)], {"x": x}, c,
                    tolerance=EXACT, batched=True)
    per_axis = random.random() < 0.5
    sw = random.uniform(0.001, 0.01, outputs if per_axis else ()).astype(np.float32)
    zw = np.zeros_like(sw, np.int8)
    b = random.integers(-1000, 1000, outputs).astype(np.int32)
    c = {"sx": scale(), "zx": zero(), "w": w, "sw": sw, "zw": zw, "sy": np.float32(0.2), "zy": zero(), "b": b}
    if kind == "QLinearConv":
        names = ["x", "sx", "zx", "w", "sw", "zw", "sy", "zy", "b"]
        return Case(f"{kind} {dtype.__name__} {x.shape} {geometry}", [node(kind, names, **geometry)], {"x": x}, c,
                    tolerance=1, batched=True)
    c["sb"], c["zb"] = (c["sx"] * sw).astype(np.float32), np.zeros_like(sw, np.int32)
    axis = {"axis": 0} if per_axis else {}
    nodes = [node("DequantizeLinear", ["x", "sx", "zx"], ["xf"]),
             node("DequantizeLinear", ["w", "sw", "zw"], ["wf"], **axis),
             node("DequantizeLinear", ["b", "sb", "zb"], ["bf"], **axis),
             node("Conv", ["xf", "wf", "bf"], ["cf"], **geometry),
             node("QuantizeLinear", ["cf", "sy", "zy"], ["y"])]
    return Case(f"{kind} {dtype.__name__} {x.shape} {geometry}", nodes, {"x": x}, c, tolerance=1, batched=True)
