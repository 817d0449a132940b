"""Prints an ONNX model, a line for each input, output, initializer and node."""

import sys

import onnx
from onnx import helper, numpy_helper


def shape_of(info):
    kind = info.type.tensor_type
    extents = [str(d.dim_value) if d.HasField("dim_value") else d.dim_param or "?" for d in kind.shape.dim]
    return f"{onnx.TensorProto.DataType.Name(kind.elem_type)}[{', '.join(extents)}]"


model = onnx.load(sys.argv[1])
print(f"ir {model.ir_version} opset {model.opset_import[0].version} by {model.producer_name}: {model.graph.name}")
for info in model.graph.input:
    print(f"input {info.name} {shape_of(info)}")
for tensor in model.graph.initializer:
    array = numpy_helper.to_array(tensor)
    print(f"constant {tensor.name} {array.dtype}{list(array.shape)} {array.ravel().tolist()[:4]}")
for node in model.graph.node:
    attributes = " ".join(f"{a.name}={helper.get_attribute_value(a)}" for a in node.attribute)
    print(f"{node.op_type} {node.name}: {', '.join(node.input)} -> {', '.join(node.output)} {attributes}".rstrip())
for info in model.graph.output:
    print(f"output {info.name} {shape_of(info)}")
