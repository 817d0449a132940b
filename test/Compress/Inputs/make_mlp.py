"""Fully connected networks of odd sizes, and samples: make_mlp.py FOLDER"""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
random = np.random.default_rng(7)


def dense(inputs, outputs):
    return (random.standard_normal((outputs, inputs)) / np.sqrt(inputs)).astype(np.float32)


def save(name, nodes, constants, shape, outputs):
    values = [numpy_helper.from_array(value, key) for key, value in constants.items()]
    graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [shape[0], outputs])], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(folder, name + ".onnx"))


# Behind a feature map, with rows that are no multiple of a group.
constants = {"w0": dense(144, 200), "b0": random.standard_normal(200).astype(np.float32), "w1": dense(200, 83),
             "b1": random.standard_normal(83).astype(np.float32), "w2": dense(83, 10)}
save("mlp", [
    helper.make_node("MaxPool", ["x"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
    helper.make_node("Flatten", ["p"], ["f"]),
    helper.make_node("Gemm", ["f", "w0", "b0"], ["g"], name="fc0", transB=1),
    helper.make_node("Relu", ["g"], ["r"]),
    helper.make_node("Gemm", ["r", "w1", "b1"], ["h"], name="fc1", transB=1),
    helper.make_node("Sigmoid", ["h"], ["s"]),
    helper.make_node("Gemm", ["s", "w2"], ["y"], name="fc2", transB=1),
], constants, ["n", 16, 6, 6], 10)
np.savez(os.path.join(folder, "samples.npz"), x=random.standard_normal((32, 16, 6, 6)).astype(np.float32))

# One layer, of many sizes: whole and broken words, groups and blocks of outputs.
for inputs, outputs in ((96, 96), (512, 17), (1000, 33), (130, 64), (2048, 5)):
    save(f"fc_{inputs}_{outputs}", [helper.make_node("MatMul", ["x", "w"], ["y"], name="fc")],
         {"w": dense(outputs, inputs)}, [1, inputs], outputs)
