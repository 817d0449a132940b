"""A compiled model, over its C interface (include/winnow/Runtime/winnow_model.h).

    model = Model.load("resnet50.so")
    scores = model(picture)

Needs numpy and cffi and nothing else: a compiled model is self-contained, the compiler is not loaded.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from winnow import _abi
from winnow.errors import WinnowError
from winnow.tensors import DYNAMIC, LayerInfo, TensorInfo, as_array, as_buffer, dtype_of, lacks_buffer

#: Calls body(i) for each i in range(count), in any order and in any threads, and returns after the last.
ParallelFor = Callable[[int, Callable[[int], None]], None]

MAX_RANK = 8


def _open(path: str, in_place: bool) -> Any:
    """The library at `path`. The loader knows a library by its file: a file that was overwritten since it was loaded
    would silently be the old model, so that each load sees a copy of its own, unless it is to be taken `in_place`."""
    ffi = _abi.model_interface()
    flags = ffi.RTLD_NOW | ffi.RTLD_LOCAL
    try:
        if in_place:
            return ffi.dlopen(os.path.abspath(path), flags)
        with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
            copy = os.path.join(folder, "model.so")
            shutil.copyfile(path, copy)
            return ffi.dlopen(copy, flags)
    except OSError as error:
        reason = str(error).replace(f"cannot load library '{path}': ", "")
        raise WinnowError(f"{path}: cannot be loaded as a compiled model: {reason}") from error


class Model:
    """A model that was compiled to a shared library, with one context to run in.

    `model(x)` runs it. Calls from several threads wait for one another; `clone()` gives a second context of the same
    model, to run at the same time. With `in_place` the file is loaded where it lies: faster, for files that nothing
    overwrites while this process runs.

    `threads` of its own (0: one, the caller) do the work, or `parallel_for(count, body)`, which calls body(i) for each i
    in range(count) in any order, in any threads, and returns after the last; count is at most `threads`.
    `max_batch` is the largest batch for which memory is taken at once; a larger one takes more when it comes.
    """

    def __init__(self, path: Union[str, os.PathLike], threads: int = 0, max_batch: int = 0, in_place: bool = False,
                 parallel_for: Optional[ParallelFor] = None):
        self._ffi = _abi.model_interface()
        #: The file that this was loaded from.
        self.path = os.fspath(path)
        self._set_up(_open(self.path, in_place), threads, max_batch, parallel_for)

    @classmethod
    def load(cls, path: Union[str, os.PathLike], **options: Any) -> "Model":
        """The model in a compiled `.so`; options as those of the class."""
        return cls(path, **options)

    def clone(self, threads: Optional[int] = None) -> "Model":
        """A second context of this model, by default with as many threads: the two may run at the same time."""
        twin = object.__new__(type(self))
        twin._ffi, twin.path = self._ffi, self.path
        twin._set_up(self._library, self.threads if threads is None else threads, self._batch, self._pool)
        return twin

    def _set_up(self, library: Any, threads: int, max_batch: int, parallel_for: Optional[ParallelFor]) -> None:
        self._library, self._pool = library, parallel_for
        try:
            found, expected = library.winnow_abi_version(), library.WINNOW_ABI_VERSION
        except AttributeError as error:
            raise WinnowError(f"{self.path}: expected a model compiled by Winnow: {error}") from error
        if found != expected:
            raise WinnowError(f"{self.path}: expected a model of interface version {expected}, found {found}")
        self._model = library.winnow_model()
        #: The name of the graph in the ONNX file.
        self.name: str = self._ffi.string(library.winnow_model_name(self._model)).decode()
        self.inputs: Tuple[TensorInfo, ...] = self._infos("input")
        self.outputs: Tuple[TensorInfo, ...] = self._infos("output")
        #: Whether the model takes any batch.
        self.has_dynamic_batch = bool(library.winnow_model_has_dynamic_batch(self._model))
        self._batch = max(1, max_batch)
        self._lock = threading.Lock()
        self._plan: Optional[_Plan] = None
        self._create_context(threads, max_batch)

    def _infos(self, what: str) -> Tuple[TensorInfo, ...]:
        count = getattr(self._library, f"winnow_{what}_count")(self._model)
        read = getattr(self._library, f"winnow_{what}_info")
        infos = [read(self._model, i) for i in range(count)]
        return tuple(TensorInfo(self._ffi.string(i.name).decode(), dtype_of(i.type), tuple(i.extents[0:i.rank]), i.type)
                     for i in infos)

    def _create_context(self, threads: int, max_batch: int) -> None:
        options = self._ffi.new("WinnowOptions *", {"threads": threads, "max_batch": max_batch})
        if self._pool:
            pool = self._pool
            # The library calls it as long as the context lives.
            self._callback = self._ffi.callback(
                "WinnowParallelFor", lambda _, count, body, data: pool(count, lambda i: body(data, i)))
            options.parallel_for = self._callback
        context, message = self._ffi.new("WinnowContext **"), self._ffi.new("char[512]")
        if self._library.winnow_context_create(self._model, options, context, message, len(message)):
            raise WinnowError(self._ffi.string(message).decode())
        self._context = self._ffi.gc(context[0], self._library.winnow_context_destroy)

    def _fail(self) -> None:
        raise WinnowError(self._ffi.string(self._library.winnow_context_error(self._context)).decode())

    @property
    def layers(self) -> List[LayerInfo]:
        """The layers of the model, in the order in which they run."""
        infos = [self._library.winnow_layer_info(self._model, i)
                 for i in range(self._library.winnow_layer_count(self._model))]
        text = lambda value: self._ffi.string(value).decode()  # noqa: E731
        return [LayerInfo(text(i.name), text(i.op), text(i.algorithm), i.macs, i.bytes) for i in infos]

    @property
    def max_threads(self) -> int:
        """The most threads that a run can use: what the model was compiled for."""
        return self._library.winnow_model_max_threads(self._model)

    @property
    def threads(self) -> int:
        """The threads that runs use."""
        return self._library.winnow_context_threads(self._context)

    @property
    def layer_times(self) -> Optional[List[int]]:
        """Nanoseconds that each layer took in all runs so far; None unless the model is instrumented."""
        times = self._library.winnow_context_layer_times(self._context)
        return self._ffi.unpack(times, self._library.winnow_layer_count(self._model)) if times else None

    def arena_bytes(self, batch: int = 1) -> int:
        """Bytes of working memory that a run of this batch takes."""
        return self._library.winnow_arena_bytes(self._model, batch)

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        """The output for these inputs: an array, or a tuple of them where the model has several.

        Inputs are arrays of numpy or of anything with DLPack, in the model's order, or by name. They are read where they
        lie (a strided one is copied); a wrong type or shape is an error, never a conversion. Outputs are new arrays,
        which the caller owns.
        """
        results = self._run(self._order(inputs, named) if named else inputs)
        return results[0] if len(results) == 1 else tuple(results)

    def run(self, *inputs: Any, named: Optional[Mapping[str, Any]] = None) -> List[np.ndarray]:
        """The same with a list of the outputs, whatever their number; names that are no identifiers go into `named`."""
        return self._run(self._order(inputs, named) if named else inputs)

    def bind(self, *inputs: Any, named: Optional[Mapping[str, Any]] = None) -> "Call":
        """A call with everything made ready, for running many times: see Call."""
        return Call(self, [as_array(a) for a in (self._order(inputs, named) if named else inputs)])

    def benchmark(self, *inputs: Any, seconds: float = 2.0, batch: int = 1) -> "Any":
        """Times of runs over about `seconds`: see winnow.measure.Benchmark. Inputs that are not given are noise."""
        from winnow.measure import benchmark
        return benchmark(self, inputs, seconds, batch)

    def profile(self, *inputs: Any, seconds: float = 2.0, batch: int = 1) -> "Any":
        """Times of each layer: see winnow.measure.Profile. Needs a model compiled with `instrument=True`."""
        from winnow.measure import profile
        return profile(self, inputs, seconds, batch)

    def report(self) -> Dict[str, Any]:
        """What the compiler decided, as `--report=FILE.json` says it. Only of a model that winnow.compile() made."""
        raise WinnowError(f"{self.path}: a loaded model has no report: compile it with winnow.compile(), or look at "
                          "its `layers`")

    def _order(self, inputs: Sequence[Any], named: Mapping[str, Any]) -> Sequence[Any]:
        if inputs or set(named) != {info.name for info in self.inputs}:
            found = list(named) + ([f"{len(inputs)} without a name"] if inputs else [])
            raise WinnowError(f"expected inputs named {[i.name for i in self.inputs]}, found {found}")
        return [named[info.name] for info in self.inputs]

    def _run(self, inputs: Sequence[Any]) -> List[np.ndarray]:
        with self._lock:
            results = self._plan.run(inputs) if self._plan else None
            if results is None:
                inputs = [as_array(a) for a in inputs]
                self._plan = _Plan(self, inputs)
                results = self._plan.run(inputs)
                assert results is not None, "a plan runs what it was made for"
            return results

    def _fit_batch(self, arrays: Sequence[np.ndarray]) -> int:
        """The batch of this call; makes room for it where it is larger than any before."""
        if not self.has_dynamic_batch:
            return 1
        batch = max([1, *(a.shape[0] for a, i in zip(arrays, self.inputs) if i.shape and i.shape[0] == DYNAMIC and a.ndim)])
        if batch > self._batch:
            if self._library.winnow_context_set_batch(self._context, batch):
                self._fail()
            self._batch = batch
        return batch

    def __repr__(self) -> str:
        return (f"<winnow.Model '{self.name}': {', '.join(map(str, self.inputs))} -> "
                f"{', '.join(map(str, self.outputs))}>")


class _Plan:
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
        self._model, self._plan = model, _Plan(model, arrays)
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
