"""A compiled model, over its C interface (include/winnow/Runtime/winnow_model.h).

    model = Model("resnet50.so")
    scores, = model.run(picture)

Needs numpy and nothing else: a compiled model is self-contained.
"""

import ctypes
import os
import shutil
import tempfile
from dataclasses import dataclass
from typing import Callable, Mapping, Optional, Sequence, Union

import numpy as np

ABI_VERSION = 2
MAX_RANK = 8
DYNAMIC = -1
OK = 0


class WinnowError(RuntimeError):
    """A call that a compiled model refused; the message says what was wrong with it."""


class _TensorInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("extents", ctypes.POINTER(ctypes.c_int64))]


class _LayerInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("op", ctypes.c_char_p), ("algorithm", ctypes.c_char_p),
                ("macs", ctypes.c_int64), ("bytes", ctypes.c_int64)]


class _Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("bytes", ctypes.c_size_t), ("type", ctypes.c_int32),
                ("rank", ctypes.c_int32), ("extents", ctypes.c_int64 * MAX_RANK)]


_Body = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
_ParallelFor = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, _Body, ctypes.c_void_p)


class _Options(ctypes.Structure):
    _fields_ = [("threads", ctypes.c_int32), ("max_batch", ctypes.c_int64), ("parallel_for", _ParallelFor),
                ("pool", ctypes.c_void_p)]


def _bfloat16():
    """numpy has no bfloat16 of its own; with ml_dtypes (which onnx brings) there is one, else the bits are uint16."""
    try:
        import ml_dtypes
        return np.dtype(ml_dtypes.bfloat16)
    except ImportError:
        return np.dtype(np.uint16)


# ONNX's numbers of element types, which the C interface uses too.
_DTYPES = {1: np.dtype(np.float32), 2: np.dtype(np.uint8), 3: np.dtype(np.int8), 4: np.dtype(np.uint16),
           5: np.dtype(np.int16), 6: np.dtype(np.int32), 7: np.dtype(np.int64), 9: np.dtype(np.bool_),
           10: np.dtype(np.float16), 11: np.dtype(np.float64), 12: np.dtype(np.uint32), 13: np.dtype(np.uint64),
           16: _bfloat16()}
_TYPES = {dtype: number for number, dtype in _DTYPES.items()}


@dataclass(frozen=True)
class TensorInfo:
    """An input or output of a model; an extent that is only known at run time is -1."""
    name: str
    dtype: np.dtype
    shape: tuple


@dataclass(frozen=True)
class LayerInfo:
    """A layer of a model, as profiles and reports show it."""
    name: str
    op: str
    algorithm: str
    macs: int
    bytes: int


# Result type and argument types of each function of the C interface that is used here.
_SIGNATURES = {
    "winnow_abi_version": (ctypes.c_int32, []),
    "winnow_model": (ctypes.c_void_p, []),
    "winnow_model_name": (ctypes.c_char_p, [ctypes.c_void_p]),
    "winnow_input_count": (ctypes.c_int32, [ctypes.c_void_p]),
    "winnow_output_count": (ctypes.c_int32, [ctypes.c_void_p]),
    "winnow_input_info": (ctypes.POINTER(_TensorInfo), [ctypes.c_void_p, ctypes.c_int32]),
    "winnow_output_info": (ctypes.POINTER(_TensorInfo), [ctypes.c_void_p, ctypes.c_int32]),
    "winnow_output_max_extents": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int32, ctypes.c_int64,
                                                 ctypes.POINTER(ctypes.c_int64)]),
    "winnow_model_has_dynamic_batch": (ctypes.c_int32, [ctypes.c_void_p]),
    "winnow_model_max_threads": (ctypes.c_int32, [ctypes.c_void_p]),
    "winnow_context_threads": (ctypes.c_int32, [ctypes.c_void_p]),
    "winnow_arena_bytes": (ctypes.c_size_t, [ctypes.c_void_p, ctypes.c_int64]),
    "winnow_layer_count": (ctypes.c_int32, [ctypes.c_void_p]),
    "winnow_layer_info": (ctypes.POINTER(_LayerInfo), [ctypes.c_void_p, ctypes.c_int32]),
    "winnow_context_create": (ctypes.c_int, [ctypes.c_void_p, ctypes.POINTER(_Options),
                                             ctypes.POINTER(ctypes.c_void_p), ctypes.c_char_p, ctypes.c_size_t]),
    "winnow_context_destroy": (None, [ctypes.c_void_p]),
    "winnow_context_set_batch": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_int64]),
    "winnow_run": (ctypes.c_int, [ctypes.c_void_p, ctypes.POINTER(_Tensor), ctypes.c_int32,
                                  ctypes.POINTER(_Tensor), ctypes.c_int32]),
    "winnow_context_layer_times": (ctypes.POINTER(ctypes.c_int64), [ctypes.c_void_p]),
    "winnow_context_error": (ctypes.c_char_p, [ctypes.c_void_p]),
}


def _load(path, in_place):
    """The library at `path`. The loader knows a library by its file: a file that was overwritten since it was loaded
    would silently be the old model, so that each load sees a copy of its own, unless it is to be taken `in_place`."""
    if in_place:
        library = ctypes.CDLL(os.path.abspath(path), mode=os.RTLD_LOCAL | os.RTLD_NOW)
    else:
        with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
            copy = os.path.join(folder, "model.so")
            shutil.copyfile(path, copy)
            library = ctypes.CDLL(copy, mode=os.RTLD_LOCAL | os.RTLD_NOW)
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Model:
    """A model that `winnowc` compiled to a shared library, with one context to run in.

    Calls of one Model must not overlap; different Models, also of one file, may run at once. With `in_place` the file
    is loaded where it lies: faster, for files that nothing overwrites while this process runs.

    `threads` of its own (0: one, the caller) do the work, or `parallel_for(count, body)`, which calls body(i) for each i
    in range(count) in any order, in any threads, and returns after the last; count is at most `threads`.
    """

    def __init__(self, path: Union[str, os.PathLike], threads: int = 0, max_batch: int = 0, in_place: bool = False,
                 parallel_for: Optional[Callable[[int, Callable[[int], None]], None]] = None):
        self._context = None
        # The library calls it as long as the context lives.
        self._parallel_for = _ParallelFor()
        if parallel_for:
            self._parallel_for = _ParallelFor(
                lambda pool, count, body, data: parallel_for(count, lambda i: body(data, i)))
        self._library = _load(os.fspath(path), in_place)
        version = self._library.winnow_abi_version()
        if version != ABI_VERSION:
            raise WinnowError(f"{path}: expected a model of interface version {ABI_VERSION}, found {version}")
        self._model = ctypes.c_void_p(self._library.winnow_model())
        self.name = self._library.winnow_model_name(self._model).decode()
        self.inputs = self._infos("input")
        self.outputs = self._infos("output")
        self.has_dynamic_batch = bool(self._library.winnow_model_has_dynamic_batch(self._model))
        self._batch = max(1, max_batch)
        self._create_context(threads, max_batch)

    def _infos(self, what: str) -> tuple:
        count = getattr(self._library, f"winnow_{what}_count")(self._model)
        read = getattr(self._library, f"winnow_{what}_info")
        infos = [read(self._model, i).contents for i in range(count)]
        return tuple(TensorInfo(i.name.decode(), _DTYPES[i.type], tuple(i.extents[:i.rank])) for i in infos)

    def _create_context(self, threads: int, max_batch: int):
        context, message = ctypes.c_void_p(), ctypes.create_string_buffer(512)
        options = _Options(threads=threads, max_batch=max_batch, parallel_for=self._parallel_for)
        status = self._library.winnow_context_create(self._model, ctypes.byref(options), ctypes.byref(context),
                                                     message, len(message))
        if status != OK:
            raise WinnowError(message.value.decode())
        self._context = context

    def __del__(self):
        if self._context:
            self._library.winnow_context_destroy(self._context)
            self._context = None

    @property
    def layers(self) -> list:
        """The layers of the model, in the order in which they run."""
        count = self._library.winnow_layer_count(self._model)
        infos = [self._library.winnow_layer_info(self._model, i).contents for i in range(count)]
        return [LayerInfo(i.name.decode(), i.op.decode(), i.algorithm.decode(), i.macs, i.bytes) for i in infos]

    @property
    def max_threads(self) -> int:
        """The most threads that a run can use: what the model was compiled for."""
        return self._library.winnow_model_max_threads(self._model)

    @property
    def threads(self) -> int:
        """The threads that runs use."""
        return self._library.winnow_context_threads(self._context)

    @property
    def layer_times(self) -> Optional[list]:
        """Nanoseconds that each layer took in all runs so far; None unless the model is instrumented."""
        times = self._library.winnow_context_layer_times(self._context)
        return times[:self._library.winnow_layer_count(self._model)] if times else None

    def arena_bytes(self, batch: int = 1) -> int:
        """Bytes of working memory that a run of this batch takes."""
        return self._library.winnow_arena_bytes(self._model, batch)

    def _order(self, arrays, named: Optional[Mapping[str, np.ndarray]]) -> Sequence[np.ndarray]:
        if not named:
            return arrays
        unknown = [name for name in named if name not in [i.name for i in self.inputs]]
        if unknown or arrays:
            raise WinnowError(f"expected inputs named {[i.name for i in self.inputs]}, found {list(named)}")
        return [named[info.name] for info in self.inputs]

    def run(self, *arrays: np.ndarray, named: Optional[Mapping[str, np.ndarray]] = None) -> list:
        """The outputs for these inputs, which come in the model's order, or by name in `named`. Arrays are taken as
        they are: a wrong type or shape is an error, not a conversion."""
        call = self.bind(*arrays, named=named)
        call()
        return call.outputs

    def bind(self, *arrays: np.ndarray, named: Optional[Mapping[str, np.ndarray]] = None) -> "Call":
        """A call with everything made ready, for running many times: see Call."""
        return Call(self, [np.asarray(a, order="C") for a in self._order(arrays, named)])

    def _fit_batch(self, arrays) -> int:
        """The batch of this call; makes room for it where it is larger than any before."""
        if not self.has_dynamic_batch:
            return 1
        batch = 1
        for array, info in zip(arrays, self.inputs):
            if info.shape and info.shape[0] == DYNAMIC and array.ndim:
                batch = max(1, array.shape[0])
        if batch > self._batch:
            if self._library.winnow_context_set_batch(self._context, batch) != OK:
                raise WinnowError(self._library.winnow_context_error(self._context).decode())
            self._batch = batch
        return batch

    def _make_outputs(self, batch: int):
        outputs, buffers = (_Tensor * max(1, len(self.outputs)))(), []
        for i, info in enumerate(self.outputs):
            extents = (ctypes.c_int64 * MAX_RANK)()
            if self._library.winnow_output_max_extents(self._model, i, batch, extents) != OK:
                raise WinnowError(f"the model is not made for a batch of {batch}")
            buffer = np.empty(extents[:len(info.shape)], info.dtype)
            outputs[i].data, outputs[i].bytes = buffer.ctypes.data, buffer.nbytes
            outputs[i].type = _TYPES[info.dtype]
            buffers.append(buffer)
        return outputs, buffers


class Call:
    """A run of a model on arrays that stay where they are: change what is in them, call, read `outputs`, again.

    It is the context of its model that runs, so that calls of one model must not overlap.
    """

    def __init__(self, model: Model, arrays: Sequence[np.ndarray]):
        self._model, self._arrays, count = model, arrays, len(arrays)
        batch = model._fit_batch(arrays)
        self._inputs = (_Tensor * max(1, count))()
        for tensor, array in zip(self._inputs, arrays):
            if array.ndim > MAX_RANK or array.dtype not in _TYPES:
                raise WinnowError(f"no model takes an array of type {array.dtype} and rank {array.ndim}")
            tensor.data, tensor.bytes = array.ctypes.data, array.nbytes
            tensor.type, tensor.rank = _TYPES[array.dtype], array.ndim
            tensor.extents[:array.ndim] = array.shape
        self._outputs, self._buffers = model._make_outputs(batch)
        self._run, self._arguments = model._library.winnow_run, (
            model._context, self._inputs, count, self._outputs, len(self._buffers))

    def __call__(self):
        """Runs once."""
        if self._run(*self._arguments) != OK:
            raise WinnowError(self._model._library.winnow_context_error(self._model._context).decode())

    @property
    def outputs(self) -> list:
        """The outputs of the last run: views of memory that the next one overwrites."""
        views = []
        for buffer, tensor, info in zip(self._buffers, self._outputs, self._model.outputs):
            shape = tuple(tensor.extents[:len(info.shape)])
            views.append(buffer.reshape(-1)[:int(np.prod(shape))].reshape(shape))
        return views
