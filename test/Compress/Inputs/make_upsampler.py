"""make_upsampler.py MODEL.onnx DATA.npz: a network with a resize in the middle, and pictures for it."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(0)
first, last = (numpy_helper.from_array(random.standard_normal((8, c, 3, 3)).astype(np.float32), name)
               for c, name in ((1, "first.weight"), (8, "last.weight")))
scales = numpy_helper.from_array(np.float32([1, 1, 2, 2]), "scales")
nodes = [helper.make_node("Conv", ["x", "first.weight"], ["a"], "first"),
         helper.make_node("Resize", ["a", "", "scales"], ["b"], "enlarge", mode="linear"),
         helper.make_node("Conv", ["b", "last.weight"], ["c"], "last"),
         helper.make_node("GlobalAveragePool", ["c"], ["y"], "pool")]
graph = helper.make_graph(nodes, "up", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 8, 8])],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8, 1, 1])], [first, last, scales])
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), sys.argv[1])
np.savez(sys.argv[2], x=random.standard_normal((64, 1, 8, 8)).astype(np.float32))
