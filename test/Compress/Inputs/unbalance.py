"""unbalance.py MODEL.onnx OUTPUT.onnx: the same function with channels of very different sizes. Each normalization's
channels are multiplied by 1/256 to 16, and the weights that read them are divided by as much."""

import sys

import numpy as np
import onnx
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
tensors = {t.name: t for t in model.graph.initializer}


def multiply(name, factors):
    changed = numpy_helper.to_array(tensors[name]) * factors.astype(np.float32)
    tensors[name].CopyFrom(numpy_helper.from_array(changed, name))


random = np.random.default_rng(1)
for norm, reader in ("norm1", "conv2.weight"), ("norm2", "conv3.weight"), ("norm3", "fc.weight"):
    channels, inputs = tensors[f"{norm}.scale"].dims[0], tensors[reader].dims[1]
    factors = 2.0 ** random.integers(-8, 5, channels)
    multiply(f"{norm}.scale", factors)
    multiply(f"{norm}.bias", factors)
    columns = np.repeat(1 / factors, inputs // channels)
    multiply(reader, columns.reshape(1, -1, *[1] * (len(tensors[reader].dims) - 2)))
onnx.save(model, sys.argv[2])
