"""Calls of a compiled model: what is made ready once, and what each of them does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional, Sequence, Tuple

import numpy as np

from winnow.errors import WinnowError
from winnow.tensors import DYNAMIC, as_buffer, lacks_buffer

if TYPE_CHECKING:
    from winnow.model import Model

MAX_RANK = 8


class Plan:
    """Runs of a model on inputs of certain shapes: descriptions that are filled in once; a call changes only where the
    tensors lie."""

    def __init__(self, model: Model, arrays: Sequence[np.ndarray]):
        self._model, ffi = model, model._ffi
        self._from_buffer = ffi.from_buffer
        self.batch = batch = model._fit_batch(arrays)
        self._inputs = ffi.new("WinnowTensor[]", max(1, len(arrays)))
        self._expected = [(self._inputs[i], a.dtype, a.shape, lacks_buffer(a.dtype)) for i, a in enumerate(arrays)]
        for (tensor, _, shape, _), array, info in zip(self._expected, arrays, (*model.inputs, *[None] * len(arrays))):
            if len(shape) > MAX_RANK or (info and array.dtype != info.dtype):
                raise WinnowError(f"input '{info.name if info else '?'}': expected {info}, found "
                                  f"{'x'.join(map(str, shape))} {array.dtype}")
            tensor.bytes, tensor.rank = array.nbytes, array.ndim
            tensor.type = info.type if info else 0
            tensor.extents[0:array.ndim] = array.shape
        self._outputs = ffi.new("WinnowTensor[]", max(1, len(model.outputs)))
        self._results: List[Tuple[Any, np.dtype, Tuple[int, ...], bool]] = []
        self._open_extents: List[Tuple[Any, int, int]] = []
        for i, info in enumerate(model.outputs):
            extents = ffi.new("int64_t[]", MAX_RANK)
            if model._library.winnow_output_max_extents(model._model, i, batch, extents):
                raise WinnowError(f"the model is not made for a batch of {batch}")
            shape, tensor = tuple(extents[0:len(info.shape)]), self._outputs[i]
            tensor.type = info.type
            tensor.bytes = int(np.prod(shape, dtype=np.int64)) * info.dtype.itemsize
            self._results.append((tensor, info.dtype, shape, lacks_buffer(info.dtype)))
            self._open_extents += [(tensor.extents, d, shape[d]) for d, e in enumerate(info.shape) if e == DYNAMIC]
        self._function = model._library.winnow_run
        self._arguments = (model._context, self._inputs, len(arrays), self._outputs, len(model.outputs))

    def point_at(self, arrays: Sequence[Any]) -> Optional[List[Any]]:
        """Takes these arrays as inputs, which lie there as long as the result lives; None where they are not of the
        plan's types and shapes, or not dense."""
        if len(arrays) != len(self._expected):
            return None
        held, from_buffer = [], self._from_buffer
        for array, (tensor, dtype, shape, lacks) in zip(arrays, self._expected):
            # An array of another class may hide its memory: as_array decides.
            if (type(array) is not np.ndarray or array.dtype is not dtype and array.dtype != dtype
                    or array.shape != shape or not array.flags.c_contiguous):
                return None
            tensor.data = pointer = from_buffer(as_buffer(array) if lacks else array)
            held.append(pointer)
        return held

    def run(self, arrays: Sequence[Any]) -> Optional[List[np.ndarray]]:
        """The outputs for these inputs, in new arrays; None where the plan is not one for them."""
        held = self.point_at(arrays)
        if held is None:
            return None
        results, from_buffer, empty = [], self._from_buffer, np.empty
        for tensor, dtype, shape, lacks in self._results:
            result = empty(shape, dtype)
            tensor.data = from_buffer(as_buffer(result) if lacks else result)
            results.append(result)
        if self._function(*self._arguments):
            self._model._fail()
        for extents, dimension, largest in self._open_extents:
            if extents[dimension] != largest:
                return self._cut(results)
        return results

    def _cut(self, results: List[np.ndarray]) -> List[np.ndarray]:
        """Buffers were made for the largest shapes that outputs can have: what the run says they have."""
        for i, (tensor, _, shape, _) in enumerate(self._results):
            if (actual := tuple(tensor.extents[0:tensor.rank])) != shape:
                results[i] = results[i].reshape(-1)[:int(np.prod(actual, dtype=np.int64))].reshape(actual).copy()
        return results


class Call:
    """A run of a model on arrays that stay where they are: change what is in them, call, read `outputs`, again.

    It is the context of its model that runs: calls of one model wait for one another.
    """

    def __init__(self, model: Model, arrays: Sequence[np.ndarray]):
        self._model, self._plan = model, Plan(model, arrays)
        self._held, self._buffers = self._plan.point_at(arrays), []
        for tensor, dtype, shape, _ in self._plan._results:
            self._buffers.append(np.empty(shape, dtype))
            tensor.data = model._ffi.from_buffer(as_buffer(self._buffers[-1]))
        self._function, self._arguments = self._plan._function, self._plan._arguments
        #: The batch of these arrays, 1 where the model's is fixed.
        self.batch = self._plan.batch

    def __call__(self) -> None:
        """Runs once."""
        with self._model._lock:
            if self._function(*self._arguments):
                self._model._fail()

    @property
    def outputs(self) -> List[np.ndarray]:
        """The outputs of the last run: views of memory that the next one overwrites."""
        views = []
        for buffer, (tensor, *_) in zip(self._buffers, self._plan._results):
            shape = tuple(tensor.extents[0:tensor.rank])
            views.append(buffer.reshape(-1)[:int(np.prod(shape, dtype=np.int64))].reshape(shape))
        return views
