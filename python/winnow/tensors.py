"""Tensors between Python and the C interface: element types, descriptions, arrays without copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

import numpy as np

from winnow.errors import WinnowError

#: In place of an extent that is only known when the model runs.
DYNAMIC = -1


def _bfloat16() -> np.dtype:
    """numpy has no bfloat16 of its own; with ml_dtypes (which onnx brings) there is one, else the bits are uint16."""
    try:
        import ml_dtypes
        return np.dtype(ml_dtypes.bfloat16)
    except ImportError:
        return np.dtype(np.uint16)


_BFLOAT16 = 16
# ONNX's numbers of element types, which the C interface uses too.
_DTYPES: Dict[int, np.dtype] = {number: np.dtype(name) for number, name in {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16",
    11: "float64", 12: "uint32", 13: "uint64"}.items()}


def dtype_of(number: int) -> np.dtype:
    """The numpy type of an element type of the C interface."""
    if number == _BFLOAT16:  # ml_dtypes takes a while to import: only where it is needed
        return _bfloat16()
    return _DTYPES[number]


@dataclass(frozen=True)
class TensorInfo:
    """An input or output of a model. `shape` has -1 (DYNAMIC) for an extent that is only known at run time."""
    name: str
    dtype: np.dtype
    shape: Tuple[int, ...]
    #: The element type's number in the C interface and in ONNX (TensorProto.DataType).
    type: int

    def accepts(self, shape: Tuple[int, ...]) -> bool:
        """Whether a tensor of this shape is one that this describes."""
        return len(shape) == len(self.shape) and all(e in (DYNAMIC, x) for e, x in zip(self.shape, shape))

    def __str__(self) -> str:
        extents = "x".join("?" if e == DYNAMIC else str(e) for e in self.shape)
        return f"{self.name}: {extents or 'scalar'} {self.dtype}"


@dataclass(frozen=True)
class LayerInfo:
    """A layer of a model. `macs` multiply-accumulates and `bytes` (inputs, weights, outputs) are for a batch of one."""
    name: str
    op: str
    algorithm: str
    macs: int
    bytes: int


def as_array(value: Any) -> np.ndarray:
    """`value` as a dense row-major numpy array: the same memory where it is one already, also through DLPack (tensors of
    torch, jax, ... on the CPU); a copy where it is strided."""
    if not isinstance(value, np.ndarray):
        value = _from_dlpack(value) if hasattr(value, "__dlpack__") else np.asarray(value)
    return value if value.flags.c_contiguous else np.ascontiguousarray(value)


def _from_dlpack(value: Any) -> np.ndarray:
    try:
        return np.from_dlpack(value)
    except (BufferError, RuntimeError, TypeError, ValueError) as error:
        raise WinnowError(f"expected a tensor in this machine's memory that DLPack can hand over: {error}") from error


def lacks_buffer(dtype: np.dtype) -> bool:
    """Whether arrays of this type lack Python's buffer interface, as those of ml_dtypes do."""
    return dtype.kind == "V"


def as_buffer(array: np.ndarray) -> np.ndarray:
    """The same memory as a type that has Python's buffer interface."""
    return array.view(np.uint16) if lacks_buffer(array.dtype) else array


def default_shape(info: TensorInfo, batch: int = 1) -> Optional[Tuple[int, ...]]:
    """The shape of an input for this batch; None where more than the batch is only known at run time."""
    if DYNAMIC in info.shape[1:]:
        return None
    return tuple(batch if e == DYNAMIC else e for e in info.shape)
