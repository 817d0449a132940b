"""Writes small ONNX models for the tests of the importer."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TYPES = {"f32": TensorProto.FLOAT, "f16": TensorProto.FLOAT16, "f64": TensorProto.DOUBLE, "i64": TensorProto.INT64,
         "i32": TensorProto.INT32, "i8": TensorProto.INT8, "u8": TensorProto.UINT8, "bool": TensorProto.BOOL}


def value(name, text):
    """A typed value from a text such as `f32 1x3x8x8`, `f32 Nx3` or `i64` (rank 0)."""
    element, *shape = text.split()
    dims = [int(d) if d.isdigit() else d for d in shape[0].split("x")] if shape else []
    return helper.make_tensor_value_info(name, TYPES[element], dims)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def weights(*shape, dtype=np.float32):
    """Numbers that are all different, so that they do not become a splat."""
    return (np.arange(np.prod(shape)) / 64 - 1).astype(dtype).reshape(shape)


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs.split() if isinstance(inputs, str) else inputs, outputs.split(),
                            name=attributes.pop("name", op.lower()), **attributes)


def model(nodes, inputs, outputs, constants=(), opset=17):
    """A model; `inputs` maps names to types, `constants` to arrays; `outputs` are names (their types stay open)."""
    graph = helper.make_graph(
        nodes, "test", [value(n, t) for n, t in inputs.items()],
        [helper.make_empty_tensor_value_info(n) for n in outputs.split()],
        [constant(n, a) for n, a in dict(constants).items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def body(nodes, inputs, outputs, constants=()):
    """The graph of a branch or loop: typed inputs, outputs by name (or by name and type)."""
    typed = outputs if isinstance(outputs, dict) else dict.fromkeys(outputs.split())
    return helper.make_graph(nodes, "body", [value(n, t) for n, t in inputs.items()],
                             [value(n, t) if t else helper.make_empty_tensor_value_info(n) for n, t in typed.items()],
                             [constant(n, a) for n, a in dict(constants).items()])


def save(name, proto):
    """Writes `proto` into the folder that the command line names."""
    path = f"{sys.argv[1]}/{name}.onnx"
    with open(path, "wb") as file:
        file.write(proto if isinstance(proto, bytes) else proto.SerializeToString())
