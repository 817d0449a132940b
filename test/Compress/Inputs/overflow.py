"""overflow.py MODEL OUTPUT: the same function with values between the first two convolutions that f16 does not hold."""

import sys

import numpy as np
import onnx
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
weights = {i.name: i for i in model.graph.initializer}
# A normalization stands between the two.
for name, factor in (("norm1.scale", 2.0 ** 16), ("norm1.bias", 2.0 ** 16), ("conv2.weight", 2.0 ** -16)):
    changed = numpy_helper.to_array(weights[name]) * np.float32(factor)
    weights[name].CopyFrom(numpy_helper.from_array(changed, name))
onnx.save(model, sys.argv[2])
