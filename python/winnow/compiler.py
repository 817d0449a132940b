"""Compiles models, over the C API of libwinnow (include/winnow-c)."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import tempfile
from dataclasses import dataclass
from typing import Any, BinaryIO, Dict, List, Mapping, Optional, Tuple, Union, cast

from winnow import _abi
from winnow.errors import CompileError, Diagnostic, WinnowError
from winnow.model import Model
from winnow.options import IN_MEMORY, CompileOptions, ModelSource, PathLike, Progress, Setter
from winnow.text import ProgressBar

_HEADERS = ("winnow/Runtime/winnow_model.h", "winnow-c/Support.h", "winnow-c/Target.h", "winnow-c/Compile.h")
_SEVERITIES = ("error", "warning", "note", "remark")


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

    `changes` are fields of CompileOptions by name, on top of `options`. The shared library is written to `output` (.so), or
    is gone with the model. Runs use `threads` threads where that is given, else one.
    `progress` is called before each step, or shows a bar on stderr: None where that is a terminal, True always, False never.
    A model that cannot be compiled is a CompileError that names the file and the node.
    """
    chosen = _choose(options, changes)
    if output is not None and not os.fspath(output).endswith(".so"):
        raise WinnowError(f"expected an output that can be loaded (.so), found '{os.fspath(output)}': compile_file() writes "
                          "the other forms")
    if output is not None:
        compilation = compile_file(model, output, progress=progress, options=chosen)
        result = CompiledModel(output, threads=chosen.threads)
        result._file = open(output, "rb")
    else:
        with tempfile.TemporaryDirectory(prefix="winnow-") as folder:
            path = os.path.join(folder, "model.so")
            compilation = compile_file(model, path, progress=progress, options=chosen)
            result = CompiledModel(path, threads=chosen.threads, in_place=True)
            result._file = open(path, "rb")
        # The file has no name any more, so that nothing is left of it however this process ends.
        result.path = os.fspath(model) if isinstance(model, (str, os.PathLike)) else IN_MEMORY
    result._source, result._options, result._compilation = model, chosen, compilation
    return result


def compile_file(model: ModelSource, output: PathLike, *, progress: Union[None, bool, Progress] = None,
                 options: Optional[CompileOptions] = None, **changes: Any) -> Compilation:
    """Compiles a model to a file, whose ending picks the form: .so .o (with .h) .exe .ll .s .mlir .onnx. The file is
    whole or untouched."""
    chosen = _choose(options, changes)
    ffi, library = load_library()
    handle = ffi.gc(library.winnowCompileOptionsCreate(), library.winnowCompileOptionsDestroy)
    setter = Setter(ffi, library, handle)
    setter.set_input(model)
    if os.fspath(output):  # a dry run has none
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


class CompiledModel(Model):
    """A model that winnow.compile() made: a Model that also knows how it was compiled."""

    _source: ModelSource
    _options: CompileOptions
    _compilation: Compilation
    _file: BinaryIO
    #: The folder of samples that it was quantized with, where that is not the caller's.
    _samples: Optional["tempfile.TemporaryDirectory[str]"] = None

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
        target = os.path.abspath(path)
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(target), delete=False) as file:
            try:
                file.write(self.library_bytes())
                os.chmod(file.name, 0o755)
                os.replace(file.name, target)
            except BaseException:
                os.unlink(file.name)
                raise

    def library_bytes(self) -> bytes:
        descriptor = self._file.fileno()
        # Not by the file's position, which contexts in other threads and processes share.
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)

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
        twin._file, twin._samples = self._file, self._samples
        return twin
