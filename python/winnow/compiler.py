"""Compiles models, over the C API of libwinnow (include/winnow-c)."""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import os
import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union, cast

import numpy as np

from winnow import _abi
from winnow.errors import CompileError, Diagnostic, WinnowError
from winnow.model import Model
from winnow.text import ProgressBar

#: A path to an .onnx or .mlir file, an onnx.ModelProto, or the bytes of one.
ModelSource = Union[str, os.PathLike, bytes, Any]
#: Told before each step: what it is, its number from 0, and how many there are.
Progress = Callable[[str, int, int], None]
PathLike = Union[str, os.PathLike]

_HEADERS = ("winnow/Runtime/winnow_model.h", "winnow-c/Support.h", "winnow-c/Target.h", "winnow-c/Compile.h")
_SEVERITIES = ("error", "warning", "note", "remark")
# What stands for a model in memory where errors name a file.
_IN_MEMORY = "model.onnx"


@dataclass(frozen=True)
class CompileOptions:
    """All that a user decides; the same options as winnowc's, with the same defaults."""
    #: host, x86-64-v3, x86-64-v4, x86-64-multi (both, chosen when loaded) or a triple.
    target: str = "host"
    #: The processor, in place of the target's, and features to add or take away ("+avx2,-fma").
    cpu: str = ""
    features: str = ""
    #: The batch, where the model leaves it open.
    batch: Optional[int] = None
    #: Shapes by input; None (or -1) as first extent keeps the batch dynamic.
    input_shapes: Mapping[str, Sequence[Optional[int]]] = field(default_factory=dict)
    #: Inputs that become constants: arrays, or paths of .npy files.
    fixed_inputs: Mapping[str, Union[np.ndarray, PathLike]] = field(default_factory=dict)
    #: Compute convolutions by this where it is legal; "": the cheapest each. See algorithm_names().
    algorithm: str = ""
    #: Time the algorithms of each convolution on this machine and take the fastest.
    autotune: bool = False
    #: The JSON file that keeps measured times; known ones are used also without `autotune`.
    tuning_cache: PathLike = ""
    #: (i, n): with `autotune`, time only every n-th convolution, from number i on. See winnow.distributed.autotune().
    tune_part: Tuple[int, int] = (0, 1)
    #: The most threads that runs will have; 0: this machine's processors.
    threads: int = 0
    #: What dividing work among threads costs, in cycles; None: an estimate.
    fork_join_cycles: Optional[float] = None
    #: Predict with this machine's measured speeds; False: typical ones, for equal code everywhere.
    measured_speed: bool = True
    #: 0 to 3: how hard LLVM works on the generated code.
    opt_level: int = 2
    #: Take the time of each layer in every run: what Model.profile() needs.
    instrument: bool = False
    #: Stop after this phase and write .mlir; "": go through. See phase_names().
    compile_to: str = ""
    #: A .txt, .json or .html file for the table of the layers; "-": text on stdout.
    report: PathLike = ""
    #: A .yaml file for what passes did and declined.
    remarks: PathLike = ""
    #: Check the IR after every pass; print the time of each pass to stderr.
    verify_each: bool = False
    timing: bool = False


@dataclass(frozen=True)
class Compilation:
    """What came of a compilation: the report (as `--report=FILE.json` has it) and messages that are no errors."""
    report: Dict[str, Any]
    diagnostics: Tuple[Diagnostic, ...]


@functools.lru_cache(maxsize=None)
def load_library() -> Tuple[Any, Any]:
    """The interface to libwinnow and the library itself, loaded when it is first needed."""
    ffi = _abi.interface(*_HEADERS)
    path = _abi.library_path()
    try:
        library = ffi.dlopen(str(path), ffi.RTLD_NOW | ffi.RTLD_LOCAL)
    except OSError as error:
        raise WinnowError(f"{path}: cannot be loaded: {error}") from error
    found, expected = library.winnowGetModelAbiVersion(), library.WINNOW_ABI_VERSION
    if found != expected:
        raise WinnowError(f"{path}: expected a library for interface version {expected}, found {found}")
    return ffi, library


def _names(function: str) -> List[str]:
    ffi, library = load_library()
    return ffi.string(getattr(library, function)()).decode().split(", ")


def algorithm_names() -> List[str]:
    """What CompileOptions.algorithm may be."""
    return _names("winnowGetAlgorithmNames")


def phase_names() -> List[str]:
    """What CompileOptions.compile_to may be."""
    return _names("winnowGetPhaseNames")


def target_names() -> List[str]:
    """What CompileOptions.target may be, beside triples."""
    return _names("winnowGetTargetNames")


def versions() -> Dict[str, str]:
    """The versions of the library and of the LLVM in it."""
    ffi, library = load_library()
    return {"winnow": ffi.string(library.winnowGetVersion()).decode(),
            "llvm": ffi.string(library.winnowGetLLVMVersion()).decode()}


def compile(model: ModelSource, *, progress: Union[None, bool, Progress] = None, output: Optional[PathLike] = None,
            options: Optional[CompileOptions] = None, **changes: Any) -> "CompiledModel":
    """Compiles a model for this machine and loads it.

    `changes` are fields of CompileOptions by name, on top of `options`. The shared library lies in a temporary folder as
    long as the model lives, or is written to `output` (.so). Runs use `threads` threads where that is given, else one.
    `progress` is called before each step, or shows a bar on stderr: None where that is a terminal, True always, False never.
    A model that cannot be compiled is a CompileError that names the file and the node.
    """
    chosen = _choose(options, changes)
    if output is not None and not os.fspath(output).endswith(".so"):
        raise WinnowError(f"expected an output that can be loaded (.so), found '{os.fspath(output)}': compile_file() writes "
                          "the other forms")
    folder = tempfile.mkdtemp(prefix="winnow-") if output is None else None
    path = os.fspath(output) if output is not None else os.path.join(cast(str, folder), "model.so")
    try:
        compilation = compile_file(model, path, progress=progress, options=chosen)
        result = CompiledModel(path, threads=chosen.threads, in_place=folder is not None)
    except BaseException:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    if folder:
        weakref.finalize(result, shutil.rmtree, folder, ignore_errors=True)
    result._source, result._options, result._compilation = model, chosen, compilation
    return result


def compile_file(model: ModelSource, output: PathLike, *, progress: Union[None, bool, Progress] = None,
                 options: Optional[CompileOptions] = None, **changes: Any) -> Compilation:
    """Compiles a model to a file, whose ending picks the form: .so .o (with .h) .exe .ll .s .mlir. The file is whole or
    untouched."""
    chosen = _choose(options, changes)
    ffi, library = load_library()
    handle = ffi.gc(library.winnowCompileOptionsCreate(), library.winnowCompileOptionsDestroy)
    setter = _Setter(ffi, library, handle)
    setter.set_input(model)
    setter("OutputFile", os.fspath(output))
    setter.set_options(chosen)
    bar = progress if callable(progress) else ProgressBar("compile", None if progress is None else bool(progress))
    telling = setter.set_progress(bar)
    compilation = ffi.new("WinnowCompilation **")
    try:
        status = library.winnowCompile(handle, compilation)
    finally:
        if isinstance(bar, ProgressBar):
            bar.close()
    result = ffi.gc(compilation[0], library.winnowCompilationDestroy)
    if telling.error:
        raise telling.error
    diagnostics, lines = _read_diagnostics(ffi, library, result)
    if status:
        raise CompileError("\n".join(lines) or ffi.string(library.winnowResultGetText(status)).decode(), diagnostics)
    report = ffi.string(library.winnowCompilationGetReportJson(result)).decode()
    return Compilation(json.loads(report) if report else {}, diagnostics)


def _choose(options: Optional[CompileOptions], changes: Mapping[str, Any]) -> CompileOptions:
    known = {f.name for f in dataclasses.fields(CompileOptions)}
    unknown = sorted(set(changes) - known)
    if unknown:
        raise TypeError(f"compile() has no option '{unknown[0]}': expected some of {', '.join(sorted(known))}")
    return dataclasses.replace(options or CompileOptions(), **changes)


def _read_diagnostics(ffi: Any, library: Any, result: Any) -> Tuple[Tuple[Diagnostic, ...], List[str]]:
    """All messages, and the errors among them as tools print them, with the notes that belong to them."""
    diagnostics, lines, is_error = [], [], False
    for index in range(library.winnowCompilationGetDiagnosticCount(result)):
        read = library.winnowCompilationGetDiagnostic(result, index)
        texts = [ffi.string(text).decode(errors="replace") for text in (read.file, read.node, read.message, read.text)]
        diagnostics.append(Diagnostic(_SEVERITIES[read.severity], *texts[:3]))
        is_error = read.severity == 0 or (is_error and read.severity == 2)
        if is_error:
            lines.append(texts[3])
    return tuple(diagnostics), lines


class _Telling:
    """Hands progress to a Python function; what that raises is kept until the compiler has returned."""

    def __init__(self, ffi: Any, function: Progress):
        self._function, self.error = function, None  # type: Progress, Optional[BaseException]
        self.callback = ffi.callback("WinnowProgressCallback", lambda _, step, index, count: self._tell(
            ffi.string(step).decode(), index, count))

    def _tell(self, step: str, index: int, count: int) -> None:
        try:
            if not self.error:
                self._function(step, index, count)
        except BaseException as error:  # an interruption, too
            self.error = error


class _Setter:
    """Fills in the options of the C API."""

    def __init__(self, ffi: Any, library: Any, handle: Any):
        self._ffi, self._library, self._handle = ffi, library, handle
        self._held: List[Any] = []  # what the options borrow

    def __call__(self, name: str, *values: Any) -> None:
        """Calls winnowCompileOptionsSet<name>; text is handed over as UTF-8."""
        texts = [v.encode() if isinstance(v, str) else v for v in values]
        arguments = [self._ffi.new("char[]", v) if isinstance(t, str) else v for t, v in zip(values, texts)]
        if getattr(self._library, "winnowCompileOptionsSet" + name)(self._handle, *arguments):
            raise CompileError(f"error: {name}: out of range: {', '.join(map(str, values))}")

    def set_input(self, model: ModelSource) -> None:
        if isinstance(model, (str, os.PathLike)):
            self("InputFile", os.fspath(model))
            return
        if hasattr(model, "SerializeToString"):
            model = model.SerializeToString()
        if not isinstance(model, (bytes, bytearray, memoryview)):
            raise TypeError(f"expected a path, an onnx.ModelProto or bytes, found {type(model).__name__}")
        data = self._ffi.from_buffer(model)
        self._held.append(data)
        self("BorrowedInputBytes", data, len(data), _IN_MEMORY)

    def set_options(self, o: CompileOptions) -> None:
        self("Target", o.target, o.cpu, o.features)
        if o.batch is not None:
            self("Batch", o.batch)
        for name, shape in o.input_shapes.items():
            self("InputShape", name, [-1 if e is None else int(e) for e in shape], len(shape))
        for name, value in o.fixed_inputs.items():
            self._fix_input(name, value)
        for name, text in (("Algorithm", o.algorithm), ("TuningCache", o.tuning_cache), ("CompileTo", o.compile_to),
                           ("ReportFile", o.report), ("RemarksFile", o.remarks)):
            if os.fspath(text):
                self(name, os.fspath(text))
        self("TunePart", *o.tune_part)
        if o.fork_join_cycles is not None:
            self("ForkJoinCycles", float(o.fork_join_cycles))
        for name, number in (("Autotune", o.autotune), ("Threads", o.threads), ("MeasuredSpeed", o.measured_speed),
                             ("Instrument", o.instrument), ("VerifyEach", o.verify_each), ("Timing", o.timing)):
            self(name, number)
        if not 0 <= o.opt_level <= 3:
            raise CompileError(f"error: opt_level: expected 0 to 3, found {o.opt_level}")
        self("OptLevel", o.opt_level)

    def _fix_input(self, name: str, value: Union[np.ndarray, PathLike]) -> None:
        if isinstance(value, (str, os.PathLike)):
            self("FixedInputFile", name, os.fspath(value))
            return
        file = io.BytesIO()
        np.save(file, np.asarray(value), allow_pickle=False)
        self("FixedInputBytes", name, file.getvalue(), len(file.getvalue()))

    def set_progress(self, function: Progress) -> _Telling:
        telling = _Telling(self._ffi, function)
        self("ProgressCallback", telling.callback, self._ffi.NULL)
        return telling


class CompiledModel(Model):
    """A model that winnow.compile() made: a Model that also knows how it was compiled."""

    _source: ModelSource
    _options: CompileOptions
    _compilation: Compilation
    _original: Optional["CompiledModel"] = None

    @property
    def options(self) -> CompileOptions:
        """What it was compiled with."""
        return self._options

    def report(self) -> Dict[str, Any]:
        """What the compiler decided: layers with shapes, algorithms and weights, memory, seconds of each step; as
        `--report=FILE.json` has it."""
        return self._compilation.report

    def save(self, path: PathLike) -> None:
        """Writes the shared library, for Model.load(); the file is whole or untouched."""
        target = os.fspath(path)
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(os.path.abspath(target)), delete=False) as file:
            try:
                with open(self.path, "rb") as source:
                    shutil.copyfileobj(source, file)
                os.chmod(file.name, 0o755)
                os.replace(file.name, target)
            except BaseException:
                os.unlink(file.name)
                raise

    def profile(self, *inputs: Any, seconds: float = 2.0, batch: int = 1) -> Any:
        """Times of each layer: see winnow.measure.Profile. Compiles the model again to take them, unless it was compiled
        with `instrument=True`."""
        if self._options.instrument:
            return super().profile(*inputs, seconds=seconds, batch=batch)
        again = compile(self._source, options=self._options, instrument=True, report="", remarks="", autotune=False)
        if self.threads != again.threads:
            again = again.clone(self.threads)
        return Model.profile(again, *inputs, seconds=seconds, batch=batch)

    def clone(self, threads: Optional[int] = None) -> "CompiledModel":
        twin = cast(CompiledModel, super().clone(threads))
        twin._source, twin._options, twin._compilation = self._source, self._options, self._compilation
        twin._original = self  # on which the file hangs
        return twin
