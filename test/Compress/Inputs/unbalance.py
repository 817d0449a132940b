"""unbalance.py MODEL.onnx OUTPUT.onnx [BOUND]: the same function with channels of very different sizes. Each
normalization's channels are multiplied by 1/256 to 16, and the weights that read them are divided by as much.

With a bound, activations are cut there: every other channel then stays as it is, and reaches the bound; the others become
smaller only."""

import sys

import numpy as np
import onnx
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
tensors = {t.name: t for t in model.graph.initializer}


def multiply(name, factors):
    changed = numpy_helper.to_array(tensors[name]) * factors.astype(np.float32)
    tensors[name].CopyFrom(numpy_helper.from_array(changed, name))


bound = float(sys.argv[3]) if len(sys.argv) > 3 else None
for node in model.graph.node:
    if bound and node.op_type == "Relu":
        node.op_type = "Clip"
        node.input.extend(["zero", "bound"])
if bound:
    model.graph.initializer.extend(numpy_helper.from_array(np.float32(value), name)
                                   for name, value in (("zero", 0), ("bound", bound)))
random = np.random.default_rng(1)
for norm, reader in ("norm1", "conv2.weight"), ("norm2", "conv3.weight"), ("norm3", "fc.weight"):
    channels, inputs = tensors[f"{norm}.scale"].dims[0], tensors[reader].dims[1]
    factors = 2.0 ** random.integers(-8, 0 if bound else 5, channels)
    if bound:
        factors[::2] = 1
    multiply(f"{norm}.scale", factors)
    multiply(f"{norm}.bias", factors)
    columns = np.repeat(1 / factors, inputs // channels)
    multiply(reader, columns.reshape(1, -1, *[1] * (len(tensors[reader].dims) - 2)))
onnx.save(model, sys.argv[2])
