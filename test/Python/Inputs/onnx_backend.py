"""winnow.onnx_backend, as ONNX's own tools call it."""

import unittest

import numpy as np
from onnx import TensorProto, helper
from onnx.backend.test.runner import Runner

import winnow.onnx_backend as backend
from winnow import CompileError, WinnowError


def reduce_model(shape):
    node = helper.make_node("ReduceSum", ["x", "axes"], ["y"], name="sum", keepdims=0)
    graph = helper.make_graph([node], "graph", [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, shape),
        helper.make_tensor_value_info("axes", TensorProto.INT64, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])


class Interface(unittest.TestCase):
    x = np.arange(6, dtype=np.float32).reshape(2, 3)

    def test_run_node(self):
        y, = backend.run_node(helper.make_node("Relu", ["x"], ["y"]), [self.x - 2])
        self.assertTrue((y == np.maximum(self.x - 2, 0)).all())
        y, = backend.run_node(helper.make_node("Add", ["a", "b"], ["y"]), [self.x, self.x],
                              outputs_info=[(np.float32, (2, 3))], opset_version=13)
        self.assertTrue((y == 2 * self.x).all())
        with self.assertRaisesRegex(WinnowError, "2 inputs, found 1"):
            backend.run_node(helper.make_node("Add", ["a", "b"], ["y"]), [self.x])

    def test_values_that_decide_shapes(self):
        prepared = backend.prepare(reduce_model([2, 3]))
        for axis in (0, 1, 0):
            y, = prepared.run([self.x, np.array([axis])])
            self.assertTrue((y == self.x.sum(axis)).all())
        self.assertEqual(len(prepared._compiled), 2)  # one for each value, kept

    def test_open_shapes(self):
        prepared = backend.prepare(reduce_model([None, "width"]))
        for shape in ((2, 3), (4, 5), (2, 3)):
            x = np.ones(shape, np.float32)
            y, = prepared.run({"x": x, "axes": np.array([1])})
            self.assertEqual(y.tolist(), x.sum(1).tolist())

    def test_refusals(self):
        node = helper.make_node("StringNormalizer", ["x"], ["y"], name="text")
        graph = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.STRING, [3])],
                                  [helper.make_tensor_value_info("y", TensorProto.STRING, [3])])
        model = helper.make_model(graph)
        with self.assertRaises(CompileError):
            backend.prepare(model)
        self.assertFalse(backend.is_compatible(model))
        self.assertTrue(backend.is_compatible(reduce_model([2, 3])))
        self.assertTrue(backend.supports_device("CPU") and not backend.supports_device("CUDA:0"))
        with self.assertRaisesRegex(WinnowError, "CUDA"):
            backend.prepare(reduce_model([2, 3]), "CUDA")
        with self.assertRaisesRegex(WinnowError, "2 inputs"):
            backend.prepare(reduce_model([2, 3])).run([self.x])


# A handful of the official cases through the official runner.
official = Runner(backend.WinnowBackend, __name__)
for pattern in (r"test_conv_with_strides_padding_cpu$", r"test_relu_cpu$", r"test_maxpool_2d_default_cpu$",
                r"test_softmax_axis_1_cpu$", r"test_reduce_sum_keepdims_example_cpu$"):
    official.include(pattern)
globals().update(official.test_cases)

if __name__ == "__main__":
    unittest.main()
