"""overflow.py MODEL OUTPUT: the same function with values between the first two convolutions that f16 does not hold."""

import sys

import numpy as np
import onnx
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
weights = {i.name: i for i in model.graph.initializer}
first, second = [node for node in model.graph.node if node.op_type == "Conv"][:2]
for name, factor in [*((n, 2.0 ** 16) for n in first.input[1:]), (second.input[1], 2.0 ** -16)]:
    changed = numpy_helper.to_array(weights[name]) * np.float32(factor)
    weights[name].CopyFrom(numpy_helper.from_array(changed, name))
onnx.save(model, sys.argv[2])
