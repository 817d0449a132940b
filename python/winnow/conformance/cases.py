"""The cases of the ONNX backend suite, as the PyPI package `onnx` has them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Dict, List, Sequence, Set, Tuple

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests
from onnx.backend.test.runner import Runner

KINDS = ("real", "pytorch-converted", "pytorch-operator", "simple", "node")

#: The ops that Winnow means to compile: what convolutional networks use.
LISTED = set("""
Conv ConvTranspose ConvInteger QLinearConv MaxPool AveragePool LpPool GlobalMaxPool GlobalAveragePool GlobalLpPool
MatMul Gemm MatMulInteger QLinearMatMul BatchNormalization InstanceNormalization GroupNormalization LayerNormalization
LRN Softmax LogSoftmax Hardmax Relu Clip LeakyRelu PRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Swish Gelu Mish
Softplus Softsign Tanh Erf ThresholdedRelu Shrink Add Sub Mul Div Pow Mod Min Max Mean Sum Neg Abs Sqrt Reciprocal Exp
Log Ceil Floor Round Sign Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh IsNaN IsInf Not And Or Xor Equal
Greater Less GreaterOrEqual LessOrEqual BitShift BitwiseAnd BitwiseOr BitwiseXor BitwiseNot ReduceSum ReduceMean
ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare ArgMax ArgMin Concat
Split Slice Pad Reshape Flatten Transpose Squeeze Unsqueeze Expand Tile Gather GatherElements GatherND Scatter
ScatterElements ScatterND Where Cast CastLike Resize Upsample DepthToSpace SpaceToDepth TopK NonMaxSuppression
GridSample RoiAlign Einsum QuantizeLinear DequantizeLinear DynamicQuantizeLinear Shape Size Range ConstantOfShape
Constant Identity Dropout
""".split())

#: Element types in scope: f32, u8, i8, u16, i16, i32, i64, bool, f16, f64, u32, u64, bf16.
TYPES = {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 16}


class Case:
    """A case of the suite: its model and the data sets that belong to it."""

    def __init__(self, kind: str, test: Any):
        self.kind, self.test = kind, test
        self.name = test.name if kind != "real" else test.name.replace("test_", "light_", 1)
        self._folder: str = "" if kind == "real" else test.model_dir or ""
        self.model: onnx.ModelProto = test.model
        if kind == "real":
            self.model = onnx.load(Path(onnx.__file__).parents[1] / test.url)
        elif self.model is None:
            self.model = onnx.load(os.path.join(self._folder, "model.onnx"))
        self.ops: List[str] = sorted({_qualified(n) for n in self.model.graph.node})
        #: Whether this is one of those that must pass: only listed ops, with types and attributes in scope.
        self.listed = set(self.ops) <= LISTED and not self._is_out_of_scope()

    @property
    def opset(self) -> int:
        """The version of ONNX's own operator set, 0 where the model uses none of it."""
        return next((o.version for o in self.model.opset_import if o.domain in ("", "ai.onnx")), 0)

    def element_types(self) -> Set[str]:
        """The element types of inputs and outputs, by ONNX's names; "sequence" and the like for what is no tensor."""
        return {onnx.TensorProto.DataType.Name(i.type.tensor_type.elem_type).lower()
                if i.type.HasField("tensor_type") else i.type.WhichOneof("value").replace("_type", "")
                for i in (*self.model.graph.input, *self.model.graph.output)}

    def _is_out_of_scope(self) -> bool:
        """True for training, foreign domains and element types that Winnow leaves alone (4-bit, 8-bit floats, text)."""
        infos = [i.type for i in (*self.model.graph.input, *self.model.graph.output)]
        types = {i.tensor_type.elem_type for i in infos if i.HasField("tensor_type")}
        attributes = [(n, a) for n in self.model.graph.node for a in n.attribute]
        types |= {a.i for n, a in attributes if n.op_type in ("Cast", "QuantizeLinear") and a.name in (
            "to", "output_dtype") and a.i}
        return (not types <= TYPES or not all(i.HasField("tensor_type") for i in infos)
                or any(a.name == "training_mode" and a.i for _, a in attributes) or "training_dropout" in self.name)

    def data_sets(self) -> Sequence[Tuple[List[Any], List[Any]]]:
        """Pairs of inputs and expected outputs."""
        if self.kind == "real":
            initial = {i.name for i in self.model.graph.initializer}
            feeds = [Runner.generate_dummy_data(i, seed=0, name=self.name, random=False)
                     for i in self.model.graph.input if i.name not in initial]
            tensor = onnx.load_tensor(str(Path(onnx.__file__).parents[1] / self.test.url).replace(
                ".onnx", "_output_0.pb"))
            return [(feeds, [numpy_helper.to_array(tensor)])]
        sets = self.test.data_sets if self.test.data_sets is not None else self._stored_sets()
        return [([_as_value(i) for i in inputs], [_as_value(o) for o in outputs]) for inputs, outputs in sets]

    def _stored_sets(self) -> List[Tuple[List[Any], List[Any]]]:
        return [([_load(folder / f"input_{i}.pb", info.type) for i, info in enumerate(self.model.graph.input)
                  if (folder / f"input_{i}.pb").exists()],
                 [_load(folder / f"output_{i}.pb", info.type) for i, info in enumerate(self.model.graph.output)])
                for folder in sorted(Path(self._folder).glob("test_data_set*"))]


def _qualified(node: onnx.NodeProto) -> str:
    """An op's name, with its domain where that is not ONNX's own."""
    return node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"


def _load(path: Path, kind: onnx.TypeProto) -> Any:
    """A stored value; sequences and optionals stay what they are, no tensors."""
    if kind.HasField("tensor_type"):
        return numpy_helper.to_array(onnx.load_tensor(path))
    return path


def _as_value(value: Any) -> Any:
    """The suite stores tensors as arrays, protos or (sequences, optionals) something else."""
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return np.asarray(value) if isinstance(value, (np.ndarray, np.generic, int, float)) else value


def load_cases(kinds: Sequence[str] = KINDS, pattern: str = "") -> List[Case]:
    """The cases of these kinds whose name matches a regular expression, in the order of their names."""
    cases: Dict[Tuple[str, str], Case] = {}
    for kind in kinds:
        for test in sorted(load_model_tests(kind=kind), key=lambda t: t.name):
            if re.search(pattern, test.name) or re.search(pattern, test.name.replace("test_", "light_", 1)):
                cases[kind, test.name] = Case(kind, test)
    return list(cases.values())
