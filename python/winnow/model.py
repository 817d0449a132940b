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
from winnow.calls import Call, Plan
from winnow.errors import WinnowError
from winnow.tensors import DYNAMIC, LayerInfo, TensorInfo, as_array, dtype_of

#: Calls body(i) for each i in range(count), in any order and in any threads, and returns after the last.
ParallelFor = Callable[[int, Callable[[int], None]], None]


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
        #: The file that this was loaded from, or the name of the model that it was compiled from.
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
        self._plan: Optional[Plan] = None
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

    def library_bytes(self) -> bytes:
        """The shared library itself: what Model.load() takes, as a file."""
        with open(self.path, "rb") as file:
            return file.read()

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
                self._plan = Plan(self, inputs)
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
