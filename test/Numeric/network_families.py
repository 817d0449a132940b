"""Families of the numeric grid that are small networks: what passes over neighbouring ops has to get right."""

import numpy as np

from cases import Case, family, floats, node, pick, sizes


@family
def network(random):
    """Short chains with branches, as networks have them: layouts change and buffers are shared on the way."""
    channels = pick(random, 8, 16, 24, 33)
    x = floats(random, pick(random, 1, 2), pick(random, 3, 16), *sizes(random, 2, 8, 15))
    constants, nodes, current, width = {}, [], "x", x.shape[1]

    def weights(out, inputs, k):
        name = f"w{len(constants)}"
        constants[name] = floats(random, out, inputs, k, k) / np.float32(k * np.sqrt(inputs))
        return name

    for step in range(pick(random, 3, 4, 5)):
        block, y = pick(random, "conv", "conv", "depthwise", "concat", "residual", "pool", "squeeze"), f"t{step}"
        if block == "conv":
            nodes += [node("Conv", [current, weights(channels, width, 3)], [y + "c"], pads=[1] * 4),
                      node("Relu", [y + "c"], [y])]
            width = channels
        elif block == "depthwise":
            nodes += [node("Conv", [current, weights(width, 1, 3)], [y], pads=[1] * 4, group=width)]
        elif block == "concat":
            nodes += [node("Conv", [current, weights(channels, width, 1)], [y + "a"]),
                      node("Conv", [current, weights(channels, width, 3)], [y + "b"], pads=[1] * 4),
                      node("Concat", [y + "a", y + "b", current], [y], axis=1)]
            width += 2 * channels
        elif block == "residual":
            nodes += [node("Conv", [current, weights(width, width, 3)], [y + "c"], pads=[1] * 4),
                      node("Add", [y + "c", current], [y + "s"]), node("Relu", [y + "s"], [y])]
        elif block == "pool":
            op = pick(random, "MaxPool", "AveragePool")
            nodes += [node(op, [current], [y], kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4)]
        else:  # squeeze and excite
            nodes += [node("GlobalAveragePool", [current], [y + "p"]),
                      node("Conv", [y + "p", weights(width, width, 1)], [y + "f"]),
                      node("Sigmoid", [y + "f"], [y + "g"]), node("Mul", [current, y + "g"], [y])]
        current = y
    constants["fc"] = floats(random, width, 10)
    nodes += [node("GlobalAveragePool", [current], ["gap"]), node("Flatten", ["gap"], ["flat"]),
              node("MatMul", ["flat", "fc"], ["y"])]
    return Case(f"{x.shape} {[n.op_type for n in nodes]}", nodes, {"x": x}, constants, ("y", current),
                batched=True, tolerance=5e-5)


@family
def shuffle(random):
    """Units that split, join and shuffle channels, as ShuffleNet has them; blocks of channels rarely divide them."""
    half, groups = pick(random, 8, 15, 16, 29), pick(random, 2, 2, 4)
    half = -(-half // groups) * groups
    x = floats(random, pick(random, 1, 1, 2), pick(random, 3, 16), *sizes(random, 2, 5, 12))
    batch, _, height, width = x.shape
    constants, nodes = {}, []

    def conv(source, target, out, inputs, k=1, group=1):
        name = f"w{len(constants)}"
        constants[name] = floats(random, out, inputs // group, k, k) / np.float32(k * np.sqrt(inputs // group))
        nodes.append(node("Conv", [source, name], [target], pads=[k // 2] * 4, group=group))

    conv("x", "a", half, x.shape[1])
    conv("x", "b", half, x.shape[1], 3)
    nodes.append(node("Concat", ["a", "b"], ["t0"], axis=1))
    constants["split"] = np.array([batch, groups, 2 * half // groups, height, width], np.int64)
    constants["join"] = np.array([batch, 2 * half, height, width], np.int64)
    constants["sizes"] = np.array([half, half], np.int64)
    units = pick(random, 1, 2, 3)
    for unit in range(units):
        t = f"t{unit}"
        nodes += [node("Reshape", [t, "split"], [t + "r"]), node("Transpose", [t + "r"], [t + "p"], perm=[0, 2, 1, 3, 4]),
                  node("Reshape", [t + "p", "join"], [t + "s"]),
                  node("Split", [t + "s", "sizes"], [t + "x", t + "y"], axis=1)]
        conv(t + "y", t + "c", half, half)
        if random.random() < 0.5:
            conv(t + "c", t + "d", half, half, 3, half)
        else:
            nodes.append(node("Relu", [t + "c"], [t + "d"]))
        conv(t + "d", t + "e", half, half)
        nodes.append(node("Concat", [t + "x", t + "e"], [f"t{unit + 1}"], axis=1))
    last = f"t{units}"
    nodes += [node("Reshape", [last, "split"], ["lr"]), node("Transpose", ["lr"], ["lp"], perm=[0, 2, 1, 3, 4]),
              node("Reshape", ["lp", "join"], ["ls"])]
    conv("ls", "u", 2 * half, 2 * half, 3, 2 * half)
    conv("u", "y", 10, 2 * half)
    outputs = ("y", "ls") if random.random() < 0.3 else ("y",)
    return Case(f"{x.shape} half {half} groups {groups} units {units} {outputs}", nodes, {"x": x}, constants, outputs,
                tolerance=5e-5)


@family
def separable(random):
    """Depthwise convolutions with pointwise ones around them, on maps that leave the second level cache."""
    inputs, width, out = pick(random, 3, 16, 24), pick(random, 72, 96, 144), pick(random, 16, 24, 40)
    k, stride, batch = pick(random, 3, 3, 5), pick(random, 1, 2), pick(random, 1, 1, 2)
    x = floats(random, batch, inputs, *sizes(random, 2, 60, 84))
    expands, projects = pick(random, (True, True), (True, True), (True, False), (False, True))
    constants, nodes, current, channels = {}, [], "x", inputs

    def conv(target, out, k=1, stride=1, group=1):
        name = f"w{len(constants)}"
        constants[name] = floats(random, out, channels // group, k, k) / np.float32(k * np.sqrt(channels // group))
        names = [current, name]
        if random.random() < 0.7:
            constants[name + "b"] = floats(random, out)
            names.append(name + "b")
        nodes.append(node("Conv", names, [target], pads=[k // 2] * 4, strides=[stride] * 2, group=group))
        return target, out

    def activate(source):
        op = pick(random, "none", "Relu", "HardSwish", "Sigmoid")
        if op == "none":
            return source
        nodes.append(node(op, [source], [source + "r"]))
        return source + "r"

    if not expands:
        current, channels = conv("s", width, 3)
    else:
        current, channels = conv("e", width)
    current = activate(current)
    current, channels = conv("d", width, k, stride, width)
    current = activate(current)
    if projects:
        same = random.random() < 0.5 and stride == 1 and expands
        current, channels = conv("p", inputs if same else out)
        if same:
            nodes.append(node("Add", ["p", "x"], ["q"]))
            current = "q"
    nodes.append(node("Identity", [current], ["y"]))
    return Case(f"{x.shape} to {width} {'e' * expands}k{k}s{stride}{'p' * projects}", nodes, {"x": x}, constants,
                batched=True, tolerance=5e-5)
