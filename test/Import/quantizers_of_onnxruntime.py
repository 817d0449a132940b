"""Small networks as ONNX Runtime's own quantization writes them: in QOperator and in QDQ form, with dynamic scales, with
weights of four bits. Each must compile and give ONNX Runtime's answers.

usage: quantizers_of_onnxruntime.py FOLDER
"""

import logging
import sys
from pathlib import Path

import winnow_testing as wt

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization as q

logging.disable(logging.WARNING)
random = np.random.default_rng(3)


def network():
    """Convolutions, a shortcut, pools, a concatenation, activations, a fully connected layer."""
    weight = lambda name, *shape: numpy_helper.from_array(
        (random.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32), name)
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c1"], name="first", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"], name="relu"),
        helper.make_node("Conv", ["r1", "w2", "b2"], ["c2"], name="second", pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["c2", "r1"], ["a"], name="shortcut"),
        helper.make_node("LeakyRelu", ["a"], ["l"], name="leaky", alpha=0.2),
        helper.make_node("MaxPool", ["l"], ["m"], name="maximum", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("AveragePool", ["l"], ["v"], name="mean", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Sigmoid", ["v"], ["s"], name="sigmoid"),
        helper.make_node("Mul", ["m", "s"], ["p"], name="gate"),
        helper.make_node("Concat", ["m", "p"], ["k"], name="join", axis=1),
        helper.make_node("GlobalAveragePool", ["k"], ["g"], name="pool"),
        helper.make_node("Flatten", ["g"], ["f"], name="flat"),
        helper.make_node("Gemm", ["f", "w3", "b3"], ["y"], name="classes", transB=1)]
    values = [weight("w1", 8, 3, 3, 3), weight("b1", 8), weight("w2", 8, 8, 3, 3), weight("b2", 8),
              weight("w3", 10, 16), weight("b3", 10)]
    graph = helper.make_graph(nodes, "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 12, 12])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])], values)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def inputs(count):
    return [{"x": random.standard_normal((1, 3, 12, 12)).astype(np.float32)} for _ in range(count)]


class Reader(q.CalibrationDataReader):
    def __init__(self):
        self.samples = iter(inputs(8))

    def get_next(self):
        return next(self.samples, None)


def static(form, activations=q.QuantType.QUInt8, weights=q.QuantType.QInt8, per_channel=True, **extra):
    return lambda source, path: q.quantize_static(source, path, Reader(), quant_format=form, per_channel=per_channel,
                                                  activation_type=activations, weight_type=weights,
                                                  extra_options=extra)


def dynamic(source, path):
    q.quantize_dynamic(source, path)


def in_blocks(source, path):
    """The weights of the fully connected layer in four bits, a scale for every eight columns (operator set 21)."""
    model = onnx.load(source)
    model.opset_import[0].version, model.ir_version = 21, 10
    weight = next(t for t in model.graph.initializer if t.name == "w3")
    values = numpy_helper.to_array(weight).reshape(10, 2, 8)
    scales = np.abs(values).max(2) / 7
    codes = np.clip(np.round(values / scales[..., None]), -8, 7).reshape(10, 16).astype(np.int64)
    model.graph.initializer.remove(weight)
    model.graph.initializer.extend([
        helper.make_tensor("codes", TensorProto.INT4, [10, 16], codes.ravel().tolist()),
        numpy_helper.from_array(scales.astype(np.float32), "scales")])
    model.graph.node.insert(0, helper.make_node("DequantizeLinear", ["codes", "scales"], ["w3"], name="unpack", axis=1,
                                                block_size=8))
    onnx.save(model, path)


# Name, how it is made, operators that must be there (so that a form that is no longer written does not pass unseen), and
# the most that an answer may be off, in units of the output's range.
FORMS = [
    ("operators", static(q.QuantFormat.QOperator), {"QLinearConv", "QLinearAdd", "QLinearLeakyRelu", "QLinearSigmoid",
     "QLinearAveragePool", "QLinearMul", "QLinearConcat", "QLinearGlobalAveragePool", "QGemm"}, 0.02),
    ("operators-u8", static(q.QuantFormat.QOperator, weights=q.QuantType.QUInt8, per_channel=False), {"QLinearConv"}, 0.02),
    ("operators-s8", static(q.QuantFormat.QOperator, q.QuantType.QInt8), {"QLinearConv", "QLinearAdd"}, 0.02),
    ("qdq", static(q.QuantFormat.QDQ), {"QuantizeLinear"}, 0.02),
    ("qdq-symmetric", static(q.QuantFormat.QDQ, q.QuantType.QInt8, ActivationSymmetric=True), {"QuantizeLinear"}, 0.02),
    ("qdq-16", static(q.QuantFormat.QDQ, q.QuantType.QUInt16, UseQDQContribOps=True), {"com.microsoft.QuantizeLinear"}, 1e-4),
    ("qdq-4", static(q.QuantFormat.QDQ, weights=q.QuantType.QInt4), {"com.microsoft.DequantizeLinear"}, 0.02),
    ("dynamic", dynamic, {"DynamicQuantizeLinear", "ConvInteger"}, 0.01),
    ("blocks", in_blocks, {"DequantizeLinear"}, 1e-4),
]


def operators(path):
    return {(f"{n.domain}." if n.domain and n.op_type.endswith("zeLinear") else "") + n.op_type
            for n in onnx.load(path).graph.node}


def check(folder, name, make, needed, tolerance):
    path = str(folder / f"{name}.onnx")
    make(str(folder / "net.onnx"), path)
    missing = needed - operators(path)
    assert not missing, f"{name}: expected {missing} among {operators(path)}"
    session, model, worst = wt.ort_session(path), wt.compile_and_load(path), 0.0
    for feeds in inputs(8):
        expected, actual = session.run(None, feeds)[0], model.run(named=feeds)[0]
        worst = max(worst, float(np.abs(actual - expected).max()) / float(np.ptp(expected)))
    assert worst <= tolerance, f"{name}: an answer is off by {worst:.4f} of the range, expected at most {tolerance}"
    print(f"{name}: within {tolerance} (worst {worst:.5f})")


def main():
    folder = Path(sys.argv[1])
    onnx.save(network(), folder / "net.onnx")
    for form in FORMS:
        check(folder, *form)


if __name__ == "__main__":
    main()
