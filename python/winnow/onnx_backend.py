"""Winnow as a backend of ONNX (onnx.backend.base): what the official suite runs, and tools that know that interface.

    import winnow.onnx_backend as backend
    outputs = backend.run_model(model, [x])

Winnow wants to know shapes when it compiles. Where an input decides one (the axes of a reduction, the sizes of a
Resize), the model is compiled when it is first run, with the value that the input has then as a constant; another value
compiles again, and what was compiled is kept. The same goes for shapes that the model leaves open.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set, Tuple

import numpy as np
import onnx
from onnx import helper, shape_inference
from onnx.backend.base import Backend, BackendRep

from winnow.errors import CompileError, WinnowError
from winnow.model import Model

# Which inputs an op reads when its result's shape is decided.
_SHAPE_INPUTS = {"Reshape": (1,), "Expand": (1,), "Tile": (1,), "Slice": (1, 2, 3, 4), "Pad": (1, 3), "Squeeze": (1,),
                 "Unsqueeze": (1,), "Split": (1,), "Resize": (1, 2, 3), "Upsample": (1,), "TopK": (1,),
                 "ConstantOfShape": (0,), "Range": (0, 1, 2), "OneHot": (1,), "CumSum": (1,), "CumProd": (1,),
                 "NonMaxSuppression": (2, 3, 4), "AffineGrid": (1,), "CenterCropPad": (1,), "MaxUnpool": (2,),
                 "Dropout": (1, 2), "Col2Im": (1, 2), "Trilu": (1,), "DFT": (1, 2), "SplitToSequence": (1,),
                 "ReduceSum": (1,), "ReduceMean": (1,), "ReduceMax": (1,), "ReduceMin": (1,), "ReduceProd": (1,),
                 "ReduceL1": (1,), "ReduceL2": (1,), "ReduceLogSum": (1,), "ReduceLogSumExp": (1,),
                 "ReduceSumSquare": (1,), "If": (0,), "Loop": (0, 1)}

# Tensors up to this many elements are taken for shapes where the compiler does not say which input it means.
_SMALL = 16

# How many compiled forms of one model are kept.
_KEPT = 16


def _wants_constant(error: CompileError) -> bool:
    return re.search(r"known when compiling|constant", str(error)) is not None


def _wants_shapes(error: CompileError) -> bool:
    return "--input-shape" in str(error)


class WinnowRep(BackendRep):
    """A model that is ready to run. `options` are those of winnow.compile()."""

    def __init__(self, model: onnx.ModelProto, **options: Any):
        self._proto, self._options = model, options
        initial = {i.name for i in model.graph.initializer}
        self._names = [i.name for i in model.graph.input if i.name not in initial]
        self._bound: Tuple[str, ...] = ()
        self._compiled: "OrderedDict[Any, Model]" = OrderedDict()
        self._fixes_shapes = False
        self._refusal: Optional[CompileError] = None
        try:
            self._compile({})
        except CompileError as error:
            if not (_wants_constant(error) or _wants_shapes(error)) or not self._names:
                raise
            self._refusal = error

    def run(self, inputs: Any, **kwargs: Any) -> Tuple[np.ndarray, ...]:
        """The outputs for these inputs: a sequence in the model's order, a mapping by name, or one array."""
        feeds = self._feeds(inputs)
        if self._refusal:
            self._settle(self._refusal, feeds)
        model = self._compile(feeds)
        return tuple(model.run(*(feeds[name] for name in self._names if name not in self._bound)))

    def _feeds(self, inputs: Any) -> Dict[str, np.ndarray]:
        if isinstance(inputs, np.ndarray):
            inputs = [inputs]
        if isinstance(inputs, Mapping):
            inputs = [inputs[name] for name in self._names if name in inputs]
        if len(inputs) != len(self._names):
            raise WinnowError(f"expected {len(self._names)} inputs ({', '.join(self._names)}), found {len(inputs)}")
        arrays = [np.asarray(value) for value in inputs]
        return dict(zip(self._names, arrays))

    def _compile(self, feeds: Mapping[str, np.ndarray]) -> Model:
        """The model for these values of the inputs that are bound, and these shapes where shapes are fixed."""
        bound = {name: feeds[name] for name in self._bound}
        shapes = {n: a.shape for n, a in feeds.items() if n not in bound} if self._fixes_shapes else {}
        key = (tuple((v.dtype.str, v.shape, v.tobytes()) for v in bound.values()), tuple(shapes.values()))
        if key in self._compiled:
            self._compiled.move_to_end(key)
            return self._compiled[key]
        import winnow
        model = winnow.compile(self._proto, fixed_inputs=bound, input_shapes=shapes, progress=False, **self._options)
        self._compiled[key] = model
        if len(self._compiled) > _KEPT:
            self._compiled.popitem(last=False)
        return model

    def _settle(self, error: CompileError, feeds: Mapping[str, np.ndarray]) -> None:
        """Decides which inputs are constants and whether shapes are fixed, by what the compiler missed: few first, more as
        long as it asks for more."""
        for _ in range(4):
            if _wants_shapes(error) and not self._fixes_shapes:
                self._fixes_shapes = True
            elif not self._bind_more(str(error), feeds):
                break
            try:
                self._compile(feeds)
                self._refusal = None
                return
            except CompileError as again:
                error = again
                if not (_wants_constant(error) or _wants_shapes(error)):
                    break
        self._bound, self._fixes_shapes = (), False
        raise error

    def _bind_more(self, message: str, feeds: Mapping[str, np.ndarray]) -> bool:
        """Binds inputs that this message of the compiler is about; false where all of them are bound already."""
        wanted = self._wanted(message)
        if not wanted - set(self._bound):  # what computes a shape is small
            wanted = {n for n, a in feeds.items() if a.ndim == 0 or (a.size <= _SMALL and a.dtype.kind in "iu")}
        if not wanted - set(self._bound):
            return False
        self._bound = tuple(n for n in self._names if n in wanted or n in self._bound)
        return True

    def _wanted(self, message: str) -> Set[str]:
        """Inputs of the model that ops read as shapes, and those that the compiler's message names."""
        nodes, names = self._proto.graph.node, set(self._names)
        wanted = {n for node in nodes for i in _SHAPE_INPUTS.get(node.op_type, ())
                  if i < len(node.input) and (n := node.input[i]) in names}
        for position in map(int, re.findall(r"expected input (\d+)", message)):
            wanted |= {node.input[position] for node in nodes
                       if position < len(node.input) and node.input[position] in names}
        return wanted | {n for n in names if f"'{n}'" in message}


class WinnowBackend(Backend):
    """Compiles for this machine's CPU. A model that Winnow does not support is a winnow.CompileError that says why."""

    @classmethod
    def is_compatible(cls, model: onnx.ModelProto, device: str = "CPU", **kwargs: Any) -> bool:
        """Whether the model compiles (it is compiled to find out)."""
        try:
            cls.prepare(model, device, **kwargs)
        except WinnowError:
            return False
        return True

    @classmethod
    def prepare(cls, model: onnx.ModelProto, device: str = "CPU", **kwargs: Any) -> WinnowRep:
        """The model, compiled; `kwargs` are options of winnow.compile()."""
        if not cls.supports_device(device):
            raise WinnowError(f"expected the device 'CPU', found '{device}'")
        return WinnowRep(model, **kwargs)

    @classmethod
    def run_node(cls, node: onnx.NodeProto, inputs: Any, device: str = "CPU",
                 outputs_info: Optional[Sequence[Tuple[np.dtype, Tuple[int, ...]]]] = None,
                 **kwargs: Any) -> Tuple[np.ndarray, ...]:
        """The outputs of one operation. `opset_version` says which version of it is meant (default: the newest)."""
        version = kwargs.pop("opset_version", onnx.defs.onnx_opset_version())
        arrays = [inputs] if isinstance(inputs, np.ndarray) else [np.asarray(i) for i in inputs]
        return cls.prepare(_node_model(node, arrays, outputs_info, version), device, **kwargs).run(arrays)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Only the CPU."""
        return device.split(":")[0].upper() == "CPU"


def _node_model(node: onnx.NodeProto, arrays: Sequence[np.ndarray],
                outputs_info: Optional[Sequence[Tuple[np.dtype, Tuple[int, ...]]]], version: int) -> onnx.ModelProto:
    """A model of one node; what it puts out is inferred where the caller does not say."""
    names = [name for name in node.input if name]
    if len(names) != len(arrays):
        raise WinnowError(f"node '{node.name or node.op_type}': expected {len(names)} inputs, found {len(arrays)}")
    inputs = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
              for name, a in zip(names, arrays)]
    results: List[str] = [name for name in node.output if name]
    if outputs_info is not None:
        outputs = [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)
                   for name, (dtype, shape) in zip(results, outputs_info)]
    else:
        outputs = [onnx.ValueInfoProto(name=name) for name in results]
    model = helper.make_model(helper.make_graph([node], node.name or node.op_type, inputs, outputs),
                              opset_imports=[helper.make_opsetid(node.domain, version)])
    return model if outputs_info is not None else shape_inference.infer_shapes(model, strict_mode=True)


is_compatible = WinnowBackend.is_compatible
prepare = WinnowBackend.prepare
run_model = WinnowBackend.run_model
run_node = WinnowBackend.run_node
supports_device = WinnowBackend.supports_device
